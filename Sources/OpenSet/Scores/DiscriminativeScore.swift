internal import CKernels

extension OutlierScore {
    /// Log-posterior of the outlier head.
    public static let discriminative = OutlierScore(
        name: "discriminative", formula: "ln P(d_out|x)",
        summary: "the hybrid's discriminative part: the outlier head alone (Bevandic et al., 2019)",
        needs: .outlierHead, kind: DH_SCORE_DISCRIMINATIVE)
}
