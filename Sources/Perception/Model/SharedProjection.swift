internal import OpenSet
internal import Synchronization

/// The projection of a score's features, computed when it is first asked for and then shared by the networks of all sizes: a
/// covariance is inverted or decomposed for it, whatever the size.
final class SharedProjection: Sendable {
    private let made = Mutex<FeatureProjection?>(nil)

    /// Nothing is computed yet.
    init() {}

    /// Whether it has been computed.
    var isMade: Bool { made.withLock { $0 != nil } }

    /// The projection; computed by the first caller, while others wait. Not for the frame path.
    func projection(
        _ reading: FeatureReading, of features: FeatureStatistics
    ) throws(OpenSetError) -> FeatureProjection {
        try made.withLock { made throws(OpenSetError) -> FeatureProjection in
            if let made { return made }
            let projection =
                reading == .classDistances
                ? try FeatureProjection(classDistances: features) : FeatureProjection(principalShare: features)
            made = projection
            return projection
        }
    }
}
