/// The numbers that tables quote, for the pixels of one picture or of a whole set. Rates are fractions of 1.
public struct AnomalyMetrics: Sendable, Equatable {
    /// Anomaly pixels.
    public let anomalyPixels: Int
    /// Inlier pixels.
    public let inlierPixels: Int
    /// Average precision (step sum, ties grouped).
    public let averagePrecision: Double
    /// Area under the ROC curve.
    public let areaUnderROC: Double
    /// False positive rate at a true positive rate of 95 %.
    public let falsePositiveRate95: Double
    /// True positive rate at a false positive rate of 5 %.
    public let truePositiveRate5: Double
    /// Greatest pixel F1 of all thresholds.
    public let bestF1: Double
    /// The threshold of `falsePositiveRate95`, for the pipeline's strict rule.
    public let threshold95: Float
    /// The greatest threshold of `truePositiveRate5`, for the strict rule.
    public let threshold5: Float
    /// The threshold of `bestF1`, for the strict rule.
    public let thresholdF1: Float

    /// How the point of 95 % is chosen.
    public enum Target: Sendable, Equatable {
        /// The first point from the highest score down that reaches it.
        case first(TieRule)
        /// The nearest point: Hendrycks' code for StreetHazards.
        case nearest
    }

    /// Computes all of them from a curve.
    public init(_ curve: some DetectionSteps, target: Target = .first(.atLeast)) {
        anomalyPixels = curve.anomalyCount
        inlierPixels = curve.inlierCount
        averagePrecision = curve.averagePrecision
        areaUnderROC = curve.areaUnderROC
        let point =
            switch target {
            case .first(let rule): curve.point(atTruePositiveRate: 0.95, rule)
            case .nearest: curve.point(nearestTruePositiveRate: 0.95)
            }
        falsePositiveRate95 = point.falsePositiveRate
        threshold95 = point.threshold
        let at5 = curve.point(atFalsePositiveRate: 0.05)
        truePositiveRate5 = at5?.truePositiveRate ?? 0
        // Where even the highest score has more mistakes nothing may count.
        threshold5 = at5?.threshold ?? .infinity
        let best = curve.bestF1
        bestF1 = best.f1
        thresholdF1 = best.point.threshold
    }
}
