internal import Foundation
internal import FrameIO

/// One clip that is being written: `NAME.mcap.partial` until it is whole.
struct ClipFile {
    private let sink: RecordingSink
    private let aside: String
    /// Its path when it is whole.
    let path: String
    private(set) var frames = 0
    /// Frames without picture in the clip: of another kind than its first.
    private(set) var withoutInput = 0

    /// Begins a clip that was triggered by `trigger`, with `first` as its first frame with a picture.
    init(
        request: ClipRequest, trigger: FrameHistory.Entry, first: FrameHeader?, fields: [(key: String, value: String)]
    ) throws(FrameIOError) {
        path = request.folder + "/" + Self.name(trigger)
        aside = path + ".partial"
        var options = request.recording
        if case .raw? = first?.payload { options.inputIsRaw = true }
        var fields = fields
        fields.append(("record_if", request.trigger.text))
        fields.append(("trigger_frame_id", "\(trigger.record.frameID)"))
        fields.append(("pre_s", "\(Double(request.pre) / 1e9)"))
        fields.append(("post_s", "\(Double(request.post) / 1e9)"))
        if let first {
            fields.append(("input_color_range", first.colorRange.name))
            fields.append(("input_color_matrix", first.colorMatrix.name))
        }
        sink = try RecordingSink(path: aside, options: options, fields: fields)
    }

    /// Adds a frame. Blocks while the disk is slow.
    mutating func add(
        _ entry: FrameHistory.Entry, _ history: borrowing FrameHistory, map: inout ByteBuffer
    ) throws(FrameIOError) {
        if let header = entry.header {
            if !sink.write(input: history.encoded(entry), of: header) { withoutInput += 1 }
            if history.openSet(entry, into: &map), entry.mapCount == header.width * header.height {
                sink.write(.openSet, UnsafePointer(map.start), width: header.width, height: header.height, of: header)
            }
        }
        try sink.end(entry.record, regions: history.regions(entry))
        frames += 1
    }

    /// Writes the end and gives the file its name. Blocks until all is on disk.
    func finish(lost: Int) throws(FrameIOError) {
        try sink.finish(fields: [
            ("frames", "\(frames)"), ("frames_lost", "\(lost)"), ("frames_without_input", "\(withoutInput)"),
        ])
        guard rename(aside, path) == 0 else { throw .system(operation: "rename to", path: path, code: errno) }
    }

    /// Time and number of the frame: `clip-20261126T005512.123Z-frame000123.mcap`.
    private static func name(_ trigger: FrameHistory.Entry) -> String {
        var seconds = time_t(trigger.time / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return String(
            format: "clip-%04d%02d%02dT%02d%02d%02d.%03dZ-frame%06llu.mcap", parts.tm_year + 1900, parts.tm_mon + 1,
            parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
            Int32(trigger.time / 1_000_000 % 1000), trigger.record.frameID)
    }
}
