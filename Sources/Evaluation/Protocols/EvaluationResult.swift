/// All numbers of an evaluation with the rules that they follow.
public struct EvaluationResult: Sendable {
    /// Pixels by role.
    public struct Pixels: Sendable, Equatable {
        /// Known content.
        public private(set) var inlier = 0
        /// Anomalies.
        public private(set) var anomaly = 0
        /// Left out.
        public private(set) var void = 0

        /// None.
        public init() {}

        mutating func add(_ scores: PooledScores) {
            inlier += scores.inlierCount
            anomaly += scores.anomalyCount
            void += scores.voidCount
        }
    }

    /// The rules.
    public let rules: EvaluationProtocol
    /// The set's layout as the rules read it.
    public let layout: DatasetLayout
    /// Pictures.
    public let images: Int
    /// Pixels by role.
    public let pixels: Pixels
    /// Metrics over all pixels of the set; nil where the set has no anomalies.
    public internal(set) var pooled: AnomalyMetrics?
    /// Means over pictures, where the protocol wants them.
    public internal(set) var means: PerImageMeans?
    /// What binning may have changed: bounds of AP and AUROC; nil where all scores were kept.
    public internal(set) var binBounds: (averagePrecision: ClosedRange<Double>, areaUnderROC: ClosedRange<Double>)?
    /// The numbers in draws of pictures, for their intervals; nil where none were asked for, or of fewer than two pictures.
    public internal(set) var draws: MetricDraws?
    /// Mean IoU of the known classes, anomalies and void left out.
    public internal(set) var closedIoU: Double?
    /// Open-IoU by the threshold's choice.
    public internal(set) var open: [FoldThreshold: OpenSetQuality] = [:]
    /// SegmentMeIfYouCan's components.
    public internal(set) var components: ComponentMetrics?
    /// Metrics by distance; nil where the set has no distances.
    public internal(set) var distances: [DistanceMetrics]?

    init(rules: EvaluationProtocol, layout: DatasetLayout, images: Int, pixels: Pixels) {
        self.rules = rules
        self.layout = layout
        self.images = images
        self.pixels = pixels
    }

    /// The headline values: means over pictures if the protocol says so, else over all pixels.
    public var averagePrecision: Double? { means.map(\.averagePrecision) ?? pooled?.averagePrecision }
    /// Headline area under the ROC curve.
    public var areaUnderROC: Double? { means.map(\.areaUnderROC) ?? pooled?.areaUnderROC }
    /// Headline false positive rate at 95 %.
    public var falsePositiveRate95: Double? { means.map(\.falsePositiveRate95) ?? pooled?.falsePositiveRate95 }
    /// Headline true positive rate at a false positive rate of 5 %.
    public var truePositiveRate5: Double? { means.map(\.truePositiveRate5) ?? pooled?.truePositiveRate5 }
    /// Headline best F1.
    public var bestF1: Double? { means.map(\.bestF1) ?? pooled?.bestF1 }
}
