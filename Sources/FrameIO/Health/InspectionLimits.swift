/// From when on a frame counts as unhealthy. Declared in the pipeline file.
public struct InspectionLimits: Sendable, Equatable {
    /// Repetitions of one content in a row from which on the input counts as frozen; 0 does not look.
    public var frozenFrames = 10
    /// Brightness (0 to 255) that at most one sample in 256 of a black picture exceeds; limited-range video has its
    /// black at 16.
    public var blackLevel = 24
    /// Standard deviation of brightness (0 to 255) up to which a picture counts as blank.
    public var blankDeviation = 1.0
    /// Steps between capture times from this many times the usual one on are gaps.
    public var gapFactor = 2.5

    /// The limits that hold without a pipeline file.
    public init() {}
}
