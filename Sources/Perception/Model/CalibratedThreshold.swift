/// One entry of `thresholds.yaml`: a decision threshold with everything that it holds for.
///
/// Only these keys are read. Files have more: the rates that were reached, their intervals, counts (`ThresholdEvidence`).
public struct CalibratedThreshold: Decodable, Sendable, Equatable {
    /// The score's name, as `--score` takes it.
    public let score: String
    /// `full` or `low`.
    public let scoreAt: String
    /// A pixel is unknown where its score is above this.
    public let value: Float
    /// How the value was chosen, for instance `TPR 95`.
    public let rule: String
    /// The network's input size, `1024x512`, as far as it was known before the first frame.
    public let size: String
    /// The input sizes that the frames had, by their aspects; nil in files that do not tell.
    public var sizes: [String]?
    /// `fp32` or `int8`.
    public let precision: String
    /// SHA-256 of the model that it was measured with.
    public let modelSHA256: String
    /// SHA-256 of the statistics that the score read; nil where it needs none.
    public var statisticsSHA256: String?
    /// The set that it was measured on.
    public let set: String
    /// What made the entry; nil in files that do not tell.
    public var command: String?
    /// What was measured, of an entry that was made just now; never read from files.
    public var evidence: ThresholdEvidence?

    enum CodingKeys: String, CodingKey {
        case score, value, rule, size, sizes, precision, set, command
        case scoreAt = "score_at"
        case modelSHA256 = "model_sha256"
        case statisticsSHA256 = "statistics_sha256"
    }

    /// An entry; see the properties.
    public init(
        score: String, scoreAt: String, value: Float, rule: String, size: String, precision: String,
        modelSHA256: String, set: String
    ) {
        self.score = score
        self.scoreAt = scoreAt
        self.value = value
        self.rule = rule
        self.size = size
        self.precision = precision
        self.modelSHA256 = modelSHA256
        self.set = set
    }

    /// Whether the score read these statistics, or needs none and got none.
    func isOfStatistics(_ sha256: String?) -> Bool { statisticsSHA256?.lowercased() == sha256?.lowercased() }

    /// Whether both decide in the same runs: a newer one takes the other's place. Those of older statistics decide in none.
    func replaces(_ other: CalibratedThreshold) -> Bool {
        score == other.score && scoreAt == other.scoreAt && size == other.size && precision == other.precision
            && modelSHA256.lowercased() == other.modelSHA256.lowercased()
    }

    /// Whether it was calibrated at the input size that a run declares.
    func fits(_ size: NetworkSize) -> Bool {
        self.size == size.description || sizes?.contains(size.description) == true
    }

    /// `TPR 95, fp32 at 1024x512, set X`.
    var origin: String { "\(rule), \(precision) at \(size), set \(set)" }
}
