/// One CSV line a frame, written out after each (`--frame-times`). Fields of stages that a frame did not reach, an
/// unknown capture time, and age and source of a map that is not valid are empty.
///
/// The file grows in place, so that others may follow it. Allocates nothing after opening.
public final class FrameTimesWriter {
    private let channel: OutputChannel
    private var line = ByteBuffer(capacity: 4096)

    /// The columns.
    public static let header: StaticString =
        "frame_id,capture_ns,arrival_ns,decode_us,normalize_us,backbone_us,heads_us,score_us,threshold_us,fuse_us,write_us,queue_wait_us,total_us,quality_level,status,age_ms,valid,source_frame_id\n"

    /// Opens `path`, `-` for standard output, and writes the header.
    public init(path: String) throws(FrameIOError) {
        channel = try OutputChannel(path: path)
        line.append(Self.header)
        try channel.write(line.contents)
    }

    /// Writes one line. Blocks while the reader is slow.
    public func write(_ record: FrameRecord) throws(FrameIOError) {
        line.removeAll()
        line.append(decimal: record.frameID)
        line.append(",")
        if let capture = record.captureNanoseconds { line.append(decimal: capture) }
        line.append(",")
        line.append(decimal: record.arrivalNanoseconds)
        let stages = record.stages
        time(stages.decode)
        time(stages.normalize)
        time(stages.backbone)
        time(stages.heads)
        time(stages.score)
        time(stages.threshold)
        time(stages.fuse)
        time(stages.write)
        time(record.queueWaitNanoseconds)
        time(record.totalNanoseconds)
        line.append(",")
        line.append(decimal: record.qualityLevel)
        line.append(",")
        line.append(record.status.name)
        line.append(",")
        if let age = record.ageNanoseconds { line.append(millisecondsOf: max(0, age)) }
        line.append(record.isValid ? ",true," : ",false,")
        if let source = record.sourceFrameID { line.append(decimal: source) }
        line.append("\n")
        try channel.write(line.contents)
    }

    private func time(_ nanoseconds: Int64?) {
        line.append(",")
        if let nanoseconds { line.append(microsecondsOf: nanoseconds) }
    }
}
