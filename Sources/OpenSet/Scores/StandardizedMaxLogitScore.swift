internal import CKernels

/// Standardized max logits (Jung et al., ICCV 2021): how far the maximum logit lies below what is usual for the class that
/// it predicts. Mean and deviation of each predicted class are `ScoreStatistics.classMaximumLogit`.
extension OutlierScore {
    /// The standardised score of each pixel for itself.
    public static let standardizedMaximumLogit = OutlierScore(
        name: "sml", formula: "(mean_k - max s) / deviation_k",
        summary: "standardized max logit, k the predicted class (Jung et al., ICCV 2021), without their smoothing",
        needs: .statistics, kind: DH_SCORE_SML)

    /// The method as published: the same, then boundary suppression and dilated smoothing of the whole frame's map. Both
    /// follow the authors' public code, widths 3, 2, 1, 0 around predicted borders and a 7x7 Gaussian with taps 6 apart.
    public static let smoothedStandardizedMaximumLogit = OutlierScore(
        name: "sml-smooth", formula: "smoothed (mean_k - max s) / deviation_k",
        summary: "the same with boundary suppression and dilated smoothing, as published; one frame's passes more",
        needs: .statistics, kind: DH_SCORE_SML, isSmoothed: true)
}
