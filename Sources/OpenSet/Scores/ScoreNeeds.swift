/// What a score reads besides the class logits.
public struct ScoreNeeds: OptionSet, Sendable {
    /// One bit per need.
    public let rawValue: Int

    /// Needs with these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The logits of an outlier head.
    public static let outlierHead = ScoreNeeds(rawValue: 1)
    /// `ScoreStatistics` of the model; `TailPlan` takes them.
    public static let statistics = ScoreNeeds(rawValue: 2)
    /// The logit of an outlier class beside the known ones: `TailGeometry.outlierChannel`.
    public static let outlierClass = ScoreNeeds(rawValue: 4)

    /// What the heads read (or the activations that enter their last convolution). Such a score is computed at the head's
    /// resolution wherever others are.
    public static let features = ScoreNeeds(rawValue: 8)

    /// In words, as the help prints them; empty for none.
    var text: String {
        let words = [
            (ScoreNeeds.outlierHead, "the outlier head"), (.outlierClass, "an outlier class"), (.features, "features"),
            (.statistics, "calibrated statistics"),
        ]
        return words.filter { contains($0.0) }.map(\.1).joined(separator: " and ")
    }
}
