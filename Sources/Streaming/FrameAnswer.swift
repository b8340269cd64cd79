/// How a frame is answered: with a map of its own, with an earlier one, or with none.
public struct FrameAnswer: Hashable, Sendable {
    /// Where the map comes from.
    public enum Kind: Hashable, Sendable {
        /// It is computed from the frame itself.
        case computed
        /// It is the last one that was computed, older than the frame.
        case held
        /// There is none: every pixel is unknown.
        case unknown
    }

    /// Where the map comes from.
    public let kind: Kind
    /// The rung of the ladder that answers; 0 is full quality. The `quality_level` of outputs.
    public let level: Int
    /// Which of the declared network sizes computes; 0 is the full one. 0 where nothing is computed.
    public let variant: Int

    /// An answer; see the properties.
    public init(_ kind: Kind, level: Int, variant: Int = 0) {
        self.kind = kind
        self.level = level
        self.variant = variant
    }

    /// What every frame gets where there is no ladder.
    public static let full = FrameAnswer(.computed, level: 0)
}

/// The frame that a held map was computed from.
public struct MapOrigin: Hashable, Sendable {
    /// What the source knew of it.
    public let stamp: FrameStamp
    /// When it arrived, on `MonotonicTime`.
    public let arrival: Int64

    /// An origin; see the properties.
    public init(stamp: FrameStamp, arrival: Int64) {
        self.stamp = stamp
        self.arrival = arrival
    }
}
