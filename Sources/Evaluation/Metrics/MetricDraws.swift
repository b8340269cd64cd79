/// The five numbers that tables quote of a curve, or their means over pictures. Fractions of 1.
public struct DetectionRates: Sendable, Equatable {
    /// Average precision.
    public let averagePrecision: Double
    /// Area under the ROC curve.
    public let areaUnderROC: Double
    /// False positive rate at a true positive rate of 95 %.
    public let falsePositiveRate95: Double
    /// True positive rate at a false positive rate of 5 %.
    public let truePositiveRate5: Double
    /// Greatest pixel F1.
    public let bestF1: Double

    init(_ metrics: AnomalyMetrics) {
        averagePrecision = metrics.averagePrecision
        areaUnderROC = metrics.areaUnderROC
        falsePositiveRate95 = metrics.falsePositiveRate95
        truePositiveRate5 = metrics.truePositiveRate5
        bestF1 = metrics.bestF1
    }

    /// Nil without pictures.
    init?(_ means: PerImageMeans) {
        guard let averagePrecision = means.averagePrecision, let areaUnderROC = means.areaUnderROC,
            let falsePositiveRate95 = means.falsePositiveRate95, let truePositiveRate5 = means.truePositiveRate5,
            let bestF1 = means.bestF1
        else { return nil }
        self.averagePrecision = averagePrecision
        self.areaUnderROC = areaUnderROC
        self.falsePositiveRate95 = falsePositiveRate95
        self.truePositiveRate5 = truePositiveRate5
        self.bestF1 = bestF1
    }
}

/// The metrics of a set in each draw of its pictures, in the order of the draws; nil in a draw that lacks what a number needs
/// (both kinds of pixels, a fold, a component). Intervals leave such draws out.
///
/// Scores are counted in bins (see `ScoreHistogram` for what a bin loses). Evaluations of the same pictures with the same
/// bootstrap draw the same pictures, so that their differences are paired.
public struct MetricDraws: Sendable, Equatable {
    /// Number, seed and confidence of the draws.
    public let bootstrap: Bootstrap
    var rates: [DetectionRates?] = []
    var closedIoU: [Double?] = []
    var open: [FoldThreshold: [Double?]] = [:]
    var components: [ComponentRates] = []
    /// By range of distance, then by draw.
    var distances: [[DetectionRates?]] = []

    init(_ bootstrap: Bootstrap) { self.bootstrap = bootstrap }

    /// Draws that the headline numbers exist in; where none of the set's numbers needs anomalies, those with a closed IoU.
    public var count: Int {
        rates.isEmpty ? closedIoU.count { $0 != nil } : rates.count { $0 != nil }
    }

    /// Interval of a headline number; nil where no draw has it, as all of these.
    public func interval(_ rate: KeyPath<DetectionRates, Double>) -> ClosedRange<Double>? {
        bootstrap.interval(of: rates.map { $0?[keyPath: rate] })
    }

    /// Interval of the mean IoU of the known classes.
    public var closedInterval: ClosedRange<Double>? { bootstrap.interval(of: closedIoU) }

    /// Interval of open-IoU. The other folds' threshold is chosen again in each draw.
    public func openInterval(_ choice: FoldThreshold) -> ClosedRange<Double>? {
        open[choice].flatMap { bootstrap.interval(of: $0) }
    }

    /// Interval of a number of components, at the threshold of the whole set.
    public func componentInterval(_ rate: KeyPath<ComponentRates, Double?>) -> ClosedRange<Double>? {
        bootstrap.interval(of: components.map { $0[keyPath: rate] })
    }

    /// Interval of a number in one range of distances, nearest first.
    public func distanceInterval(_ range: Int, _ rate: KeyPath<DetectionRates, Double>) -> ClosedRange<Double>? {
        guard distances.indices.contains(range) else { return nil }
        return bootstrap.interval(of: distances[range].map { $0?[keyPath: rate] })
    }

    /// Interval of this number less that of `other`, draw by draw. Both must be of the same pictures, in the same order, with
    /// the same bootstrap: nil otherwise.
    public func difference(
        from other: MetricDraws, _ rate: KeyPath<DetectionRates, Double>
    ) -> ClosedRange<Double>? {
        guard bootstrap == other.bootstrap, rates.count == other.rates.count else { return nil }
        return bootstrap.interval(
            of: zip(rates, other.rates).map { own, other in
                guard let own, let other else { return nil }
                return own[keyPath: rate] - other[keyPath: rate]
            })
    }
}
