/// JSON lines that tell what was decided for each frame, written out after each (`--decisions`): a header that says what
/// ran, one line a frame in the order of frames, and at the end one with the digest of all maps.
///
/// The file grows in place, so that it tells of every finished frame whatever ends the program. Allocates nothing after
/// opening.
public final class DecisionsWriter {
    private let channel: OutputChannel
    private var line = ByteBuffer(capacity: 4096)

    /// Opens `path`, `-` for standard output, and writes `header`, one JSON object without a line end.
    public init(path: String, header: String) throws(FrameIOError) {
        channel = try OutputChannel(path: path)
        for byte in header.utf8 { line.append(byte) }
        line.append("\n")
        try channel.write(line.contents)
    }

    /// Writes one line. Blocks while the reader is slow.
    public func write(_ record: FrameRecord) throws(FrameIOError) {
        line.removeAll()
        line.append("{\"frame_id\":")
        line.append(decimal: record.frameID)
        line.append(",\"decision\":\"")
        line.append(Self.decision(record))
        line.append("\",\"quality_level\":")
        line.append(decimal: record.qualityLevel)
        switch record.status {
        case .stalled: break
        case .delivered:
            if let source = record.sourceFrameID, source != record.frameID {
                line.append(",\"source_frame_id\":")
                line.append(decimal: source)
            }
        case .dropped(let place, let reason), .failed(let place, let reason):
            line.append(",\"at\":\"")
            line.append(place)
            line.append("\",\"reason\":\"")
            line.append(reason)
            line.append("\"")
        }
        line.append("}\n")
        try channel.write(line.contents)
    }

    /// Writes the last line: what a run that follows the file must come to.
    public func finish(frames: Int, digest: String) throws(FrameIOError) {
        line.removeAll()
        line.append("{\"frames\":")
        line.append(decimal: frames)
        line.append(",\"openset_digest\":\"")
        for byte in digest.utf8 { line.append(byte) }
        line.append("\"}\n")
        try channel.write(line.contents)
    }

    private static func decision(_ record: FrameRecord) -> StaticString {
        guard record.status.isDelivered else { return record.status.name }
        guard let source = record.sourceFrameID else { return "unknown" }
        return source == record.frameID ? "computed" : "held"
    }
}
