public import FrameIO

/// What a run writes, as the command line names it; nil is not written.
public struct OutputRequest: Sendable {
    /// The open-set map.
    public var openSet: String?
    /// Closed-set labels.
    public var labels: String?
    /// Scores.
    public var scoreMap: String?
    /// The picture for people.
    public var overlay: String?
    /// JSON lines.
    public var meta: String?
    /// CSV.
    public var frameTimes: String?
    /// `--format`, where endings do not tell.
    public var format: OutputFormat?
    /// `--progress`.
    public var progress: String?

    /// Nothing is written.
    public init() {}

    /// The outputs that go to standard output.
    public var standardOutputCount: Int {
        [openSet, labels, scoreMap, overlay, meta, frameTimes, progress].count { $0 == "-" }
    }
}
