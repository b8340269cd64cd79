internal import CKernels

extension OutlierScore {
    /// The paper's score: outlier posterior times inverse data likelihood, in logarithms.
    public static let denseHybrid = OutlierScore(
        name: "densehybrid", formula: "ln P(d_out|x) - ln sum exp s",
        summary: "the hybrid of both parts; DenseHybrid (ECCV 2022), equation 6; ln P(d_out|x) = -softplus(o0 - o1)",
        needs: .outlierHead, kind: DH_SCORE_DENSEHYBRID)
}
