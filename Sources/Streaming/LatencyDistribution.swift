/// All that a latency histogram knows of a run, in a form that can be stored and merged: counts by bucket, exact extremes
/// and the exact sum, in nanoseconds.
///
/// The buckets' bounds are fixed, so that merging runs of a fleet gives what one histogram over all their frames would
/// have given, bit for bit: percentiles of the union, not means of percentiles. Durations below 2048 ns have a bucket
/// each; above, every doubling is cut into 1024 buckets (3 digits), up to 1 h. Longer ones lie in the bucket of 1 h.
public struct LatencyDistribution: Hashable, Sendable {
    /// How many durations fell between `lower` and the next bucket's lower bound.
    public struct Bucket: Hashable, Sendable {
        /// The shortest duration that the bucket holds.
        public let lower: Int64
        /// How many it holds; never 0.
        public let count: UInt64

        /// A bucket with its count.
        public init(lower: Int64, count: UInt64) {
            self.lower = lower
            self.count = count
        }
    }

    /// The name of this layout of buckets in files.
    public static let layout = "hdr3-ns"
    static let longest: Int64 = 3_600_000_000_000

    /// Buckets that hold something, shortest first.
    public private(set) var buckets: [Bucket] = []
    /// The shortest duration; 0 where there is none.
    public private(set) var minimum: Int64 = 0
    /// The longest duration.
    public private(set) var maximum: Int64 = 0
    /// All durations together; stays at the largest number that there is where it would be larger.
    public private(set) var sum: Int64 = 0

    /// Nothing recorded.
    public init() {}

    /// What a histogram recorded, which is consistent by construction.
    init(recorded buckets: [Bucket], minimum: Int64, maximum: Int64, sum: Int64) {
        self.buckets = buckets
        self.minimum = minimum
        self.maximum = maximum
        self.sum = sum
    }

    /// What a file holds. Throws where the parts contradict each other: a damaged file must not become a percentile.
    public init(
        buckets: [Bucket], minimum: Int64, maximum: Int64, sum: Int64
    ) throws(LatencyDistributionError) {
        guard let first = buckets.first, let last = buckets.last else {
            guard minimum == 0, maximum == 0, sum == 0 else { throw .init("no counts, but extremes or a sum") }
            return
        }
        for bucket in buckets where bucket.lower != Self.lowerBound(of: bucket.lower) || bucket.count == 0 {
            throw .init("\(bucket.lower) ns with a count of \(bucket.count) is no bucket of \(Self.layout)")
        }
        for (bucket, next) in zip(buckets, buckets.dropFirst()) where bucket.lower >= next.lower {
            throw .init("the buckets are not in order at \(next.lower) ns")
        }
        guard Self.lowerBound(of: minimum) == first.lower, Self.lowerBound(of: maximum) == last.lower,
            minimum <= maximum, sum >= maximum
        else { throw .init("minimum, maximum and sum do not belong to the counts") }
        self.buckets = buckets
        self.minimum = minimum
        self.maximum = maximum
        self.sum = sum
    }

    /// How many durations were recorded.
    public var count: UInt64 { buckets.reduce(0) { $0 &+ $1.count } }

    /// Adds what another run recorded. Exact. Allocates.
    public mutating func merge(_ other: LatencyDistribution) {
        guard !other.buckets.isEmpty else { return }
        guard !buckets.isEmpty else {
            self = other
            return
        }
        var merged: [Bucket] = []
        merged.reserveCapacity(max(buckets.count, other.buckets.count))
        var (left, right) = (buckets[...], other.buckets[...])
        while let a = left.first, let b = right.first {
            if a.lower <= b.lower { left.removeFirst() }
            if b.lower <= a.lower { right.removeFirst() }
            merged.append(
                a.lower == b.lower
                    ? Bucket(lower: a.lower, count: a.count &+ b.count) : (a.lower < b.lower ? a : b))
        }
        merged.append(contentsOf: left)
        merged.append(contentsOf: right)
        buckets = merged
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        let (total, overflows) = sum.addingReportingOverflow(other.sum)
        sum = overflows ? .max : total
    }

    /// Extremes, mean and percentiles: the same numbers as the histogram's own.
    public var statistics: LatencyStatistics {
        let count = count
        guard count > 0 else { return LatencyStatistics() }
        return LatencyStatistics(
            count: count, minimum: minimum, mean: Double(sum) / Double(count), p50: percentile(50, of: count),
            p95: percentile(95, of: count), p99: percentile(99, of: count), maximum: maximum)
    }

    /// The upper end of the bucket in which the duration of this rank lies (nearest rank), never beyond the extremes, nor
    /// beyond the range.
    private func percentile(_ percent: UInt64, of count: UInt64) -> Int64 {
        let (hundreds, rest) = count.quotientAndRemainder(dividingBy: 100)
        let rank = max(1, hundreds * percent + (rest * percent + 99) / 100)
        var passed: UInt64 = 0
        for bucket in buckets {
            passed &+= bucket.count
            guard passed >= rank else { continue }
            let upper = min(bucket.lower + Self.width(at: bucket.lower) - 1, Self.longest)
            return min(maximum, max(minimum, upper))
        }
        return maximum
    }

    /// How many nanoseconds share the bucket that begins at `lower`.
    static func width(at lower: Int64) -> Int64 {
        // 11 significant bits tell 2048 values apart exactly, and 1024 in every doubling above.
        lower < 2048 ? 1 : 1 << (63 - lower.leadingZeroBitCount - 10)
    }

    /// Where the bucket of a duration begins.
    static func lowerBound(of nanoseconds: Int64) -> Int64 {
        let value = min(max(0, nanoseconds), longest)
        return value & ~(width(at: value) - 1)
    }
}

/// Why stored counts are no distribution.
public struct LatencyDistributionError: Error, CustomStringConvertible {
    /// One line.
    public let description: String

    init(_ description: String) { self.description = description }
}
