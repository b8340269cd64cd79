/// Durations of one kind: a histogram since the start, and what the latest ones were.
public struct LatencySnapshot: Hashable, Sendable, Codable {
    /// A bucket of a histogram with exponential bounds.
    public struct Bucket: Hashable, Sendable, Codable {
        /// Its upper bound is `2^(index / 8)` seconds.
        public var index: Int
        /// How many durations fell into it.
        public var count: UInt64

        /// A bucket.
        public init(index: Int, count: UInt64) {
            self.index = index
            self.count = count
        }
    }

    /// The latest durations, at most 512: order statistics by nearest rank, exact.
    public struct Window: Hashable, Sendable, Codable {
        /// How many.
        public var count = 0
        /// Half of them were this long or shorter, in nanoseconds.
        public var p50: Int64 = 0
        /// 95 of 100 were.
        public var p95: Int64 = 0
        /// 99 of 100 were.
        public var p99: Int64 = 0
        /// All were.
        public var maximum: Int64 = 0

        /// The statistics of `durations`, in any order. Allocates and sorts.
        public init(_ durations: some Sequence<Int64>) {
            let sorted = durations.sorted()
            guard let longest = sorted.last else { return }
            func rank(_ share: Int) -> Int64 { sorted[max(0, (sorted.count * share + 99) / 100 - 1)] }
            count = sorted.count
            (p50, p95, p99, maximum) = (rank(50), rank(95), rank(99), longest)
        }
    }

    /// The stage, `frame` or `queue_wait`.
    public var name: String
    /// How many durations since the start.
    public var count: UInt64
    /// Their sum in nanoseconds.
    public var sumNanoseconds: Int64
    /// The longest.
    public var maximum: Int64
    /// By `RunSnapshot.bucketBounds`: how many durations were above the bound before and at most this one; the last
    /// element counts those above all bounds. Not cumulative.
    public var buckets: [UInt64]
    /// The buckets of `ExponentialBuckets` that hold any, by rising index.
    public var exponential: [Bucket]
    /// The latest durations.
    public var window: Window
    /// The very latest, at most 64, oldest first, in nanoseconds.
    public var recent: [Int64]
}
