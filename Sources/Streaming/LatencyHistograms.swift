import Histogram

/// Count, extremes, mean and percentiles of one duration, in nanoseconds. All zero when nothing was recorded.
public struct LatencyStatistics: Hashable, Sendable {
    /// How many durations were recorded.
    public var count: UInt64 = 0
    /// The shortest, exactly.
    public var minimum: Int64 = 0
    /// The mean, exactly.
    public var mean: Double = 0
    /// Half of all were this long or shorter; percentiles are right to 3 digits.
    public var p50: Int64 = 0
    /// 95 of 100 were this long or shorter.
    public var p95: Int64 = 0
    /// 99 of 100 were this long or shorter.
    public var p99: Int64 = 0
    /// The longest, exactly.
    public var maximum: Int64 = 0
}

/// A histogram of durations with a fixed range of 1 ns to 1 h in 3 digits; longer ones count as 1 h in the percentiles
/// (minimum, mean and maximum are exact). Allocates at `init` only: about 130 KB.
struct LatencyHistogram: Sendable {
    private static let longest = UInt64(LatencyDistribution.longest)
    // autoResize stays off: it would allocate on the frame path.
    private var histogram = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: longest, numberOfSignificantValueDigits: .three)
    private var minimum = Int64.max
    private var maximum: Int64 = 0
    private var sum: Int64 = 0

    mutating func record(_ nanoseconds: Int64) {
        let value = max(0, nanoseconds)
        histogram.record(min(UInt64(value), Self.longest))
        minimum = min(minimum, value)
        maximum = max(maximum, value)
        sum &+= value
    }

    var statistics: LatencyStatistics {
        let count = histogram.totalCount
        guard count > 0 else { return LatencyStatistics() }
        // A percentile is the upper end of its bucket: never report more than was ever seen.
        func percentile(_ p: Double) -> Int64 {
            min(maximum, max(minimum, Int64(clamping: histogram.valueAtPercentile(p))))
        }
        return LatencyStatistics(
            count: count, minimum: minimum, mean: Double(sum) / Double(count), p50: percentile(50), p95: percentile(95),
            p99: percentile(99), maximum: maximum)
    }

    /// All counts, for files and merging. Allocates.
    var distribution: LatencyDistribution {
        let buckets = histogram.recordedValues().map { value in
            LatencyDistribution.Bucket(
                lower: Int64(clamping: histogram.lowestEquivalentForValue(value.value)), count: UInt64(value.count))
        }
        guard !buckets.isEmpty else { return LatencyDistribution() }
        return LatencyDistribution(recorded: buckets, minimum: minimum, maximum: maximum, sum: sum)
    }
}

/// Where delivered frames spent their time: one histogram per stage, one for the whole frame and one for its waits.
///
/// Only delivered frames count; frames of the warm-up are left out. Where all are computed, the means of stages and
/// waits add up to the mean of the frame; one that gets an earlier map has no part in the stages that it passes by.
/// Recording allocates nothing; a value for one owner.
public struct LatencyHistograms: Sendable {
    private var stages: [LatencyHistogram]
    private var frame = LatencyHistogram()
    private var wait = LatencyHistogram()

    /// Empty histograms. Allocates all that they will ever need.
    public init() {
        stages = (0..<StageName.count).map { _ in LatencyHistogram() }
    }

    /// Records a delivered frame that is not warm-up; ignores all others.
    public mutating func record(_ record: PipelineRecord) {
        guard record.fate == .delivered, !record.isWarmup else { return }
        StageGroup.all.forEach { stage in
            if let timing = record.clock[stage] { stages[stage.rawValue].record(timing.compute) }
        }
        frame.record(record.totalNanoseconds)
        wait.record(record.queueWaitNanoseconds)
    }

    /// What a stage cost.
    public func statistics(of stage: StageName) -> LatencyStatistics { stages[stage.rawValue].statistics }

    /// What frames took from arrival to delivery.
    public var frameStatistics: LatencyStatistics { frame.statistics }

    /// How long frames waited between stages, in all.
    public var waitStatistics: LatencyStatistics { wait.statistics }

    /// All counts of a stage, for files and merging. Allocates, as the other two do.
    public func distribution(of stage: StageName) -> LatencyDistribution { stages[stage.rawValue].distribution }

    /// All counts of whole frames.
    public var frameDistribution: LatencyDistribution { frame.distribution }

    /// All counts of waits.
    public var waitDistribution: LatencyDistribution { wait.distribution }
}
