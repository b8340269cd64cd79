/// Means of metrics over the pictures of a set, as the StreetHazards protocols take them.
///
/// A picture without anomaly, or without inlier, has no AUROC, and its AP and FPR are conventions of libraries (old
/// scikit-learn: not a number, new: 0). Such pictures are skipped and counted.
public struct PerImageMeans: Sendable, Equatable {
    /// Pictures that have both kinds.
    public private(set) var images = 0
    /// Pictures that were skipped.
    public private(set) var skipped = 0
    private var sums = [0.0, 0.0, 0.0, 0.0, 0.0]

    /// No pictures.
    public init() {}

    /// Adds a picture, or nil for one that lacks a kind.
    public mutating func add(_ metrics: AnomalyMetrics?) {
        guard let metrics else {
            skipped += 1
            return
        }
        images += 1
        let values = [
            metrics.averagePrecision, metrics.areaUnderROC, metrics.falsePositiveRate95, metrics.truePositiveRate5,
            metrics.bestF1,
        ]
        for (index, value) in values.enumerated() { sums[index] += value }
    }

    private func mean(_ index: Int) -> Double? { images == 0 ? nil : sums[index] / Double(images) }

    /// Mean average precision; nil without pictures, as all of these.
    public var averagePrecision: Double? { mean(0) }
    /// Mean area under the ROC curve.
    public var areaUnderROC: Double? { mean(1) }
    /// Mean false positive rate at 95 %.
    public var falsePositiveRate95: Double? { mean(2) }
    /// Mean true positive rate at a false positive rate of 5 %.
    public var truePositiveRate5: Double? { mean(3) }
    /// Mean of the pictures' best F1.
    public var bestF1: Double? { mean(4) }
}
