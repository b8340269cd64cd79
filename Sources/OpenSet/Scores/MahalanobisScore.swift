internal import CKernels

extension OutlierScore {
    /// Squared Mahalanobis distance of the pre-logits feature to the nearest class mean, with one covariance for all
    /// classes (Lee et al., NeurIPS 2018). Means by predicted class. Computed at the head's resolution.
    public static let mahalanobis = OutlierScore(
        name: "mahalanobis", formula: "min_k (f-m_k)^T C^-1 (f-m_k)",
        summary: "distance of features to the nearest class mean, shared covariance (Lee et al., NeurIPS 2018)",
        needs: [.features, .statistics], kind: DH_SCORE_GIVEN, reading: .classDistances)
}
