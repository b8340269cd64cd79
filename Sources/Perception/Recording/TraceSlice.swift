internal import Monitoring
internal import Streaming

/// The records of a few frames in a row, of which one is looked at. Fixed size: adding allocates nothing.
struct TraceSlice {
    /// Frames before and after the one.
    static let reach = 4

    private var records: InlineArray<9, PipelineRecord>
    private var levels = InlineArray<9, Int>(repeating: 0)
    private var count = 0
    /// Frames behind the one that are still to come.
    private var missing = Self.reach

    /// Empty; `filler` is never shown.
    init(filler: PipelineRecord) { records = InlineArray(repeating: filler) }

    /// Adds a frame up to the one itself.
    mutating func add(_ record: PipelineRecord, level: Int) {
        guard count < records.count else { return }
        records[count] = record
        levels[count] = level
        count += 1
    }

    /// Adds a frame behind the one, unless there are enough; whether it was added.
    mutating func addLater(_ record: PipelineRecord, level: Int) -> Bool {
        guard missing > 0 else { return false }
        missing -= 1
        add(record, level: level)
        return true
    }

    /// Chrome's trace format. Allocates.
    func text(title: String) -> String {
        FrameTrace.text((0..<count).map { (records[$0], levels[$0]) }, title: title)
    }
}
