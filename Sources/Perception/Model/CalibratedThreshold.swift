/// One entry of `thresholds.yaml`: a decision threshold with everything that it holds for.
public struct CalibratedThreshold: Codable, Sendable, Equatable {
    /// The score's name, as `--score` takes it.
    public let score: String
    /// `full` or `low`.
    public let scoreAt: String
    /// A pixel is unknown where its score is above this.
    public let value: Float
    /// How the value was chosen, for instance `TPR 95`.
    public let rule: String
    /// The network's input size, `1024x512`.
    public let size: String
    /// `fp32` or `int8`.
    public let precision: String
    /// SHA-256 of the model that it was measured with.
    public let modelSHA256: String
    /// The set that it was measured on.
    public let set: String

    enum CodingKeys: String, CodingKey {
        case score, value, rule, size, precision, set
        case scoreAt = "score_at"
        case modelSHA256 = "model_sha256"
    }
}
