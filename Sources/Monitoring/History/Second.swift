internal import FrameIO
public import Streaming

/// What one second of a run came to. Trivial: a fixed size, nothing on the heap.
public struct Second: Sendable {
    /// Room for every `DropReason`.
    static let reasons = 16

    /// The second on `MonotonicTime`, rounded down.
    public let number: Int64
    /// Frames delivered.
    public private(set) var delivered = 0
    /// Frames that failed.
    public private(set) var failed = 0
    /// Delivered frames that were not in time.
    public private(set) var late = 0
    private var drops = InlineArray<16, Int>(repeating: 0)
    private var stages = InlineArray<8, Int64>(repeating: 0)
    private var wait: Int64 = 0
    private var total: Int64 = 0
    /// The longest time from arrival to delivery, in nanoseconds.
    public private(set) var longest: Int64 = 0
    private var fractions = 0.0
    private var maps = 0
    /// The greatest share of unknown pixels.
    public private(set) var mostAnomalous: Float = 0
    /// The worst quality level.
    public private(set) var qualityLevel = 0

    init(_ number: Int64) { self.number = number }

    /// Counts a frame that ended in this second.
    mutating func note(_ record: FrameRecord, _ pipeline: PipelineRecord) {
        switch pipeline.fate {
        case .failed: failed += 1
        case .dropped(_, let reason): drops[min(reason.rawValue, Self.reasons - 1)] += 1
        case .delivered:
            delivered += 1
            if pipeline.deadlineMet == false { late += 1 }
            for index in 0..<StageName.count {
                guard let stage = StageName(rawValue: index) else { continue }
                stages[index] += pipeline.clock[stage]?.compute ?? 0
            }
            wait += pipeline.queueWaitNanoseconds
            total += pipeline.totalNanoseconds
            longest = max(longest, pipeline.totalNanoseconds)
            qualityLevel = max(qualityLevel, record.qualityLevel)
            if let fraction = record.anomalyFraction {
                fractions += Double(fraction)
                maps += 1
                mostAnomalous = max(mostAnomalous, fraction)
            }
        }
    }

    /// Frames dropped for `reason`.
    public func dropped(_ reason: DropReason) -> Int { drops[min(reason.rawValue, Self.reasons - 1)] }

    /// Mean time of delivered frames in `stage`, in nanoseconds.
    public func mean(of stage: StageName) -> Double { mean(stages[stage.rawValue]) }

    /// Mean time of delivered frames in queues, in nanoseconds.
    public var meanWait: Double { mean(wait) }

    /// Mean time of delivered frames from arrival to delivery, in nanoseconds.
    public var meanTotal: Double { mean(total) }

    /// Mean share of unknown pixels; nil where no map was made.
    public var meanFraction: Double? { maps > 0 ? fractions / Double(maps) : nil }

    private func mean(_ sum: Int64) -> Double { delivered > 0 ? Double(sum) / Double(delivered) : 0 }
}
