public import FrameIO

/// What `--record-if` asks for.
public struct ClipRequest: Sendable {
    /// When a clip is recorded.
    public let trigger: TriggerExpression
    /// Nanoseconds before a trigger that a clip holds.
    public let pre: Int64
    /// Nanoseconds after it.
    public let post: Int64
    /// Folder of the clips; made where it is missing.
    public let folder: String
    /// Bytes reserved for frames that may come into a clip, or wait for the disk.
    public let memory: Int
    /// How clips are written.
    public var recording: RecordingOptions

    /// A request; its recordings hold frames as they came, open-set maps and JSON.
    public init(
        trigger: TriggerExpression, pre: Int64, post: Int64, folder: String, memory: Int, recording: RecordingOptions
    ) {
        self.trigger = trigger
        self.pre = pre
        self.post = post
        self.folder = folder
        self.memory = memory
        self.recording = recording
        self.recording.content = [.input, .openSet, .meta]
    }
}

/// What became of clips.
public struct ClipSummary: Sendable, Equatable {
    /// Clips whose files are whole.
    public var clips = 0
    /// Clips that could not be written.
    public var failed = 0
    /// Frames that whole clips hold.
    public var frames = 0
    /// Frames that belonged into clips and are not in whole ones: the disk was too slow for the memory, the memory too
    /// small for the time before a trigger, or the clip could not be written.
    public var lost = 0
    /// The first thing that went wrong.
    public var failure: String?

    /// None.
    public init() {}

    /// One line for people.
    var note: String {
        var note = "record-if: \(clips) clips with \(frames) frames"
        if lost > 0 {
            note += ", \(lost) frames are missing"
            // More memory is no help where the disk failed.
            if failed == 0 { note += " in them (more --record-memory-mb holds more)" }
        }
        return note
    }
}
