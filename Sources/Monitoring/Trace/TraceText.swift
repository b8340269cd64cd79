internal import Streaming

/// Events of the Chrome trace format as text, each on a line that ends in a comma: the bare array, which viewers read
/// also without its closing bracket. Times are microseconds since the trace began.
struct TraceText {
    private static let process = 1
    /// The track of what happens before the first stage; stages have the numbers after it.
    private static let door = 1

    private let origin: Int64
    private(set) var text = ""

    /// Begins the array and names the tracks.
    init(origin: Int64, title: String) {
        self.origin = origin
        text = "[\n"
        name("process_name", track: 0, title)
        name("thread_name", track: Self.door, "admission")
        for stage in StageName.allCases { name("thread_name", track: Self.track(stage), stage.description) }
        for track in Self.door...Self.track(.write) {
            event("M", "thread_sort_index", track: track, extra: "\"args\":{\"sort_index\":\(track)}")
        }
    }

    /// Takes what was composed since the last call.
    mutating func take() -> String {
        defer { text = "" }
        return text
    }

    /// A frame's way: one asynchronous span over all of it, one span for each stage, an instant where it was lost.
    mutating func add(_ record: PipelineRecord, qualityLevel: Int) {
        let id = "\"cat\":\"frame\",\"id\":\(record.sequence)"
        let frame = "\"frame\":\(record.stamp.id)"
        event("b", "frame", track: Self.door, at: record.clock.arrival, extra: "\(id),\"args\":{\(frame)}")
        for stage in StageName.allCases {
            guard let timing = record.clock[stage] else { continue }
            event(
                "X", stage.description, track: Self.track(stage), at: timing.start,
                extra: "\"cat\":\"stage\",\"dur\":\(microseconds(timing.compute)),"
                    + "\"args\":{\(frame),\"wait_us\":\(microseconds(timing.wait))}")
        }
        if let place = record.fate.place {
            event(
                "i", record.fate.description, track: Self.track(place), at: record.finished,
                extra: "\"cat\":\"loss\",\"s\":\"p\",\"args\":{\(frame)}")
        }
        let met = record.deadlineMet.map { ",\"deadline_met\":\($0)" } ?? ""
        event(
            "e", "frame", track: Self.door, at: max(record.finished, record.clock.arrival),
            extra:
                "\(id),\"args\":{\(frame),\"status\":\"\(record.fate.status)\",\"quality_level\":\(qualityLevel)\(met)}"
        )
    }

    /// How full queues and pool are.
    mutating func add(_ gauges: PipelineGauges, at now: Int64) {
        var depths = "\"admission\":\(gauges.waiting)"
        for stage in StageName.allCases {
            if let depth = gauges.depth(before: stage) { depths += ",\"\(stage)\":\(depth)" }
        }
        event("C", "queue depth", track: 0, at: now, extra: "\"args\":{\(depths)}")
        event(
            "C", "frames", track: 0, at: now,
            extra: "\"args\":{\"in flight\":\(gauges.inFlight),\"free slots\":\(gauges.freeSlots)}")
    }

    /// That frames are missing in the trace from here.
    mutating func add(lost count: Int, at now: Int64) {
        event(
            "i", "\(count) frames are missing in this trace", track: Self.door, at: now,
            extra: "\"cat\":\"trace\",\"s\":\"g\",\"args\":{\"frames\":\(count)}")
    }

    /// The end of the array.
    mutating func close(lost count: Int) {
        text += "{\"name\":\"trace_end\",\"ph\":\"M\",\"pid\":\(Self.process),\"tid\":0,"
        text += "\"args\":{\"frames_missing\":\(count)}}\n]\n"
    }

    private mutating func name(_ kind: String, track: Int, _ name: String) {
        let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        event("M", kind, track: track, extra: "\"args\":{\"name\":\"\(escaped.filter { $0 >= " " })\"}")
    }

    private mutating func event(_ phase: String, _ name: String, track: Int, at time: Int64? = nil, extra: String) {
        let stamp = time.map { ",\"ts\":\(microseconds($0 - origin))" } ?? ""
        text +=
            "{\"name\":\"\(name)\",\"ph\":\"\(phase)\",\"pid\":\(Self.process),\"tid\":\(track)\(stamp),\(extra)},\n"
    }

    private static func track(_ stage: StageName) -> Int { door + 1 + stage.rawValue }

    private static func track(_ place: FramePlace) -> Int {
        if case .stage(let stage) = place { return track(stage) }
        return door
    }
}

/// Nanoseconds as microseconds with all three decimals.
private func microseconds(_ nanoseconds: Int64) -> String {
    let magnitude = nanoseconds.magnitude
    let rest = "\(magnitude % 1000)"
    let zeros = String(repeating: "0", count: 3 - rest.count)
    return "\(nanoseconds < 0 ? "-" : "")\(magnitude / 1000).\(zeros)\(rest)"
}

extension FrameFate {
    /// Where the frame was lost; nil where it was delivered.
    fileprivate var place: FramePlace? {
        switch self {
        case .delivered: nil
        case .dropped(let at, _), .failed(let at, _): at
        }
    }
}
