internal import FrameIO
internal import Streaming

/// The records of a few frames in a row, of which one is looked at. Fixed size: adding allocates nothing.
struct TraceSlice {
    /// Frames before and after the one.
    static let reach = 4

    private var records: InlineArray<9, PipelineRecord>
    private(set) var count = 0
    /// Frames behind the one that are still to come.
    private(set) var missing = Self.reach

    /// Empty; `filler` is never shown.
    init(filler: PipelineRecord) { records = InlineArray(repeating: filler) }

    /// Adds a frame up to the one itself.
    mutating func add(_ record: PipelineRecord) {
        guard count < records.count else { return }
        records[count] = record
        count += 1
    }

    /// Adds a frame behind the one, unless there are enough; whether it was added.
    mutating func addLater(_ record: PipelineRecord) -> Bool {
        guard missing > 0, count > 0, record.sequence > records[count - 1].sequence else { return false }
        missing -= 1
        add(record)
        return true
    }

    /// Chrome's trace format: a track for each stage, a span for each frame in it, waiting and work apart. Allocates.
    var json: String {
        var events: [String] = []
        for stage in StageName.allCases {
            events.append(
                "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":\(stage.rawValue + 1),"
                    + "\"args\":{\"name\":\"\(stage)\"}}")
        }
        for index in 0..<count {
            let record = records[index]
            for stage in StageName.allCases {
                guard let timing = record.clock[stage] else { continue }
                if timing.wait > 0 {
                    events.append(
                        Self.span("wait", "queue", timing.start - timing.wait, timing.wait, stage, record.stamp.id))
                }
                events.append(Self.span("\(stage)", "stage", timing.start, timing.compute, stage, record.stamp.id))
            }
            if record.fate != .delivered {
                events.append(
                    "{\"name\":\"\(record.fate)\",\"cat\":\"fate\",\"ph\":\"i\",\"s\":\"p\",\"ts\":"
                        + Self.microseconds(record.finished)
                        + ",\"pid\":1,\"tid\":1,\"args\":{\"frame\":\(record.stamp.id)}}")
            }
        }
        return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" + events.joined(separator: ",\n") + "\n]}\n"
    }

    private static func span(
        _ name: String, _ category: String, _ start: Int64, _ length: Int64, _ stage: StageName, _ frame: UInt64
    ) -> String {
        "{\"name\":\"\(name)\",\"cat\":\"\(category)\",\"ph\":\"X\",\"ts\":\(microseconds(start)),"
            + "\"dur\":\(microseconds(length)),\"pid\":1,\"tid\":\(stage.rawValue + 1),\"args\":{\"frame\":\(frame)}}"
    }

    private static func microseconds(_ nanoseconds: Int64) -> String {
        let rest = "\(nanoseconds % 1000)"
        return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
}
