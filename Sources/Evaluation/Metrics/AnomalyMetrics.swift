/// The numbers that tables quote, over all pixels of a set at once. Rates are fractions of 1.
public struct AnomalyMetrics: Sendable, Equatable {
    /// Anomaly pixels.
    public let anomalyPixels: Int
    /// Inlier pixels.
    public let inlierPixels: Int
    /// Pixels that took no part.
    public let voidPixels: Int
    /// Average precision (step sum, ties grouped).
    public let averagePrecision: Double
    /// Area under the ROC curve.
    public let areaUnderROC: Double
    /// False positive rate at a true positive rate of 95 %.
    public let falsePositiveRate95: Double
    /// True positive rate at a false positive rate of 5 %.
    public let truePositiveRate5: Double
    /// The threshold of `falsePositiveRate95`, for the pipeline's strict rule.
    public let threshold95: Float
    /// How 95 % was read.
    public let rule: TieRule

    /// Computes all of them. Consumes the scores: sorting is in place.
    public init(_ scores: consuming PooledScores, rule: TieRule = .atLeast) throws(EvaluationError) {
        anomalyPixels = scores.anomalyCount
        inlierPixels = scores.inlierCount
        voidPixels = scores.voidCount
        let curve = try scores.curve()
        averagePrecision = curve.averagePrecision
        areaUnderROC = curve.areaUnderROC
        let point = curve.point(atTruePositiveRate: 0.95, rule)
        falsePositiveRate95 = point.falsePositiveRate
        threshold95 = point.threshold
        truePositiveRate5 = curve.truePositiveRate(atFalsePositiveRate: 0.05)
        self.rule = rule
    }
}
