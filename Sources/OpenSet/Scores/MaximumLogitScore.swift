internal import CKernels

extension OutlierScore {
    /// Negated maximum logit.
    public static let maximumLogit = OutlierScore(
        name: "max-logit", formula: "-max s",
        summary: "maximum logit (Hendrycks et al., ICML 2022); the cheapest, without exponentials",
        needs: [], kind: DH_SCORE_MAX_LOGIT)
}
