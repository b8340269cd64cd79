/// What one stage cost one frame, in nanoseconds.
public struct StageTiming: Hashable, Sendable {
    /// When its work began (`MonotonicTime`).
    public var start: Int64
    /// How long the frame waited for the stage, since the end of the stage before (since arrival for the first).
    public var wait: Int64
    /// How long the work took.
    public var compute: Int64

    /// A timing; see the properties.
    public init(start: Int64, wait: Int64, compute: Int64) {
        self.start = start
        self.wait = wait
        self.compute = compute
    }
}

/// The stopwatch that travels with a frame: for every stage the wait before it and the work in it, kept apart.
///
/// By construction the waits and the works of a frame add up to the time from arrival to the end of its last stage, to
/// the nanosecond. Where one kernel serves a group of stages its wall time is split among them (`end(_:at:shares:)`).
/// Pure state: times are handed in. Allocates nothing.
public struct StageClock: Sendable {
    /// Shares of a group's wall time by stage, in any common unit: time measured per row band and summed over bands
    /// and workers, for instance.
    public typealias Shares = InlineArray<8, UInt64>

    private var timings = InlineArray<8, StageTiming>(repeating: StageTiming(start: 0, wait: 0, compute: -1))
    /// When the frame arrived.
    public let arrival: Int64
    /// The end of the last stage that finished (the arrival before any did).
    public private(set) var lastEnd: Int64

    /// Starts at a frame's arrival.
    public init(arrival: Int64) {
        self.arrival = arrival
        lastEnd = arrival
    }

    /// Notes that work on `stage` begins: the time since the last end was waiting.
    public mutating func begin(_ stage: StageName, at now: Int64) {
        timings[stage.rawValue] = StageTiming(start: now, wait: max(0, now - lastEnd), compute: -1)
    }

    /// Notes that the work of a single stage ended.
    public mutating func end(_ stage: StageName, at now: Int64) {
        timings[stage.rawValue].compute = max(0, now - timings[stage.rawValue].start)
        lastEnd = max(now, timings[stage.rawValue].start)
    }

    /// Notes that the work of a group ended, which began with its first stage, and splits its wall time in proportion
    /// to `shares`; the parts add up to the wall time exactly. Stages of the group follow each other without waiting.
    ///
    /// Without any share (a kernel that reported none because it failed early) all of it is the first stage's.
    public mutating func end(_ group: StageGroup, at now: Int64, shares: Shares) {
        let start = timings[group.first.rawValue].start
        let wall = max(0, now - start)
        var total = 0.0
        for stage in group.first.rawValue...group.last.rawValue where group.contains(position: stage) {
            total += Double(shares[stage])
        }
        guard group.count > 1, total > 0 else { return end(group.first, at: now) }
        // Cumulative rounding: each boundary is rounded once, so that no nanosecond is lost or counted twice.
        var sum = 0.0
        var boundary: Int64 = 0
        for stage in group.first.rawValue...group.last.rawValue where group.contains(position: stage) {
            sum += Double(shares[stage])
            let next = stage == group.last.rawValue ? wall : min(wall, Int64((Double(wall) * (sum / total)).rounded()))
            let wait = stage == group.first.rawValue ? timings[stage].wait : 0
            timings[stage] = StageTiming(start: start + boundary, wait: wait, compute: next - boundary)
            boundary = next
        }
        lastEnd = start + wall
    }

    /// The timing of a stage, or nil if the frame did not go through it.
    public subscript(stage: StageName) -> StageTiming? {
        let timing = timings[stage.rawValue]
        return timing.compute >= 0 ? timing : nil
    }

    /// From arrival to the end of the last finished stage.
    public var total: Int64 { lastEnd - arrival }

    /// The sum of all waits.
    public var queueWait: Int64 {
        var sum: Int64 = 0
        for index in timings.indices where timings[index].compute >= 0 { sum += timings[index].wait }
        return sum
    }
}
