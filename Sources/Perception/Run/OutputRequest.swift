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
    /// The MCAP recording.
    public var recording: String?
    /// What the recording holds, and how.
    public var recordingOptions = RecordingOptions()
    /// `--format`, where endings do not tell.
    public var format: OutputFormat?
    /// What was decided for each frame (`--decisions` of a live run).
    public var decisions: String?
    /// What the input is called in the decisions' header.
    public var inputName = ""
    /// `--progress`.
    public var progress: String?

    /// Nothing is written.
    public init() {}

    /// The maps that the outputs need.
    var maps: PerceptionSettings.Maps {
        var maps = PerceptionSettings.Maps()
        maps.labels = labels != nil || records(.labels)
        maps.score = scoreMap != nil || records(.score)
        maps.overlay = overlay != nil || records(.overlay)
        maps.regions = meta != nil || records(.meta)
        return maps
    }

    /// Whether the recording holds such maps or pictures.
    func records(_ content: RecordingOptions.Content) -> Bool {
        recording != nil && recordingOptions.content.contains(content)
    }

    /// The outputs that go to standard output.
    public var standardOutputCount: Int {
        [openSet, labels, scoreMap, overlay, meta, frameTimes, progress, recording, decisions].count { $0 == "-" }
    }
}
