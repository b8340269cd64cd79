public import OpenSet

/// What a compiled network gives out besides logits, for scores that need features and for measuring their statistics.
///
/// Both are cut from the heads' graph before it is compiled, so that runs of other scores have the plans they always had.
public struct FeatureTap: Sendable {
    enum Kind {
        /// Gives out the activations that enter the last convolution, where there is one.
        case measure
        /// Also a third plan, from features to what the score's last step reads.
        case project(FeatureReading, ScoreStatistics, SharedProjection)
    }

    let kind: Kind

    /// For `calibrate statistics`.
    static let measuring = FeatureTap(kind: .measure)

    /// What `score` needs beyond logits; nil for one that needs no features, or has no statistics.
    public init?(_ score: OutlierScore, _ statistics: ScoreStatistics?) {
        guard let reading = score.reading, let statistics else { return nil }
        kind = .project(reading, statistics, SharedProjection())
    }

    private init(kind: Kind) { self.kind = kind }
}
