public import FrameIO
public import Streaming

/// A run's last minutes, second by second, and its slowest frames. A value for one owner; allocates at `init` only.
public struct RunHistory: Sendable {
    private var ring: [Second]
    private var slowest: [SlowFrame] = []
    private let slowestCount: Int

    /// Remembers `seconds` seconds and the `slowest` slowest frames.
    public init(seconds: Int = 600, slowest: Int = 10) {
        ring = (0..<max(1, seconds)).map { _ in Second(-1) }
        slowestCount = max(1, slowest)
        self.slowest.reserveCapacity(slowestCount + 1)
    }

    /// Counts a frame that has ended. Records come in the order of frames, so nearly in that of time: one that ended
    /// before all that is remembered is not counted. Allocates nothing.
    public mutating func note(_ record: FrameRecord, _ pipeline: PipelineRecord) {
        let number = pipeline.finished / 1_000_000_000
        let place = Int(number % Int64(ring.count))
        if ring[place].number < number { ring[place] = Second(number) }
        if ring[place].number == number { ring[place].note(record, pipeline) }
        guard pipeline.fate == .delivered, !pipeline.isWarmup else { return }
        let total = pipeline.totalNanoseconds
        guard slowest.count < slowestCount || total > (slowest.last?.pipeline.totalNanoseconds ?? 0) else { return }
        if slowest.count == slowestCount { slowest.removeLast() }
        let position = slowest.firstIndex { $0.pipeline.totalNanoseconds < total } ?? slowest.count
        slowest.insert(SlowFrame(record: record, pipeline: pipeline), at: position)
    }

    /// The seconds behind `last` and before `now` (both of `MonotonicTime`) in which frames ended, oldest first.
    /// Allocates.
    public func seconds(after last: Int64, before now: Int64) -> [Second] {
        let begin = max(last + 1, now - Int64(ring.count) + 1)
        guard begin < now else { return [] }
        return (begin..<now).compactMap { number in
            let second = ring[Int(number % Int64(ring.count))]
            return second.number == number ? second : nil
        }
    }

    /// The slowest frames so far, without warm-up, slowest first. A copy of its own. Allocates.
    public var slowestFrames: [SlowFrame] { slowest.map { $0 } }
}

/// A frame that took long.
public struct SlowFrame: Sendable {
    /// What outputs report of it.
    public let record: FrameRecord
    /// Its stage clock.
    public let pipeline: PipelineRecord
}
