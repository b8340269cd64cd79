internal import CKernels

extension OutlierScore {
    /// Normalised entropy of the class posterior.
    public static let entropy = OutlierScore(
        name: "entropy", formula: "-sum p ln p / ln K",
        summary: "entropy of the class posterior, 0 to 1",
        needs: [], kind: DH_SCORE_ENTROPY)
}
