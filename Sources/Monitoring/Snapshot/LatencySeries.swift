/// Durations of one kind as they are counted: a value of fixed size, so that counting allocates nothing and a copy shares
/// nothing with the original.
struct LatencySeries {
    static let windowLength = 512
    static let recentLength = 64

    private(set) var count: UInt64 = 0
    private var sum: Int64 = 0
    private var maximum: Int64 = 0
    private var buckets = InlineArray<33, UInt64>(repeating: 0)
    private var exponential = InlineArray<217, UInt64>(repeating: 0)
    private var window = InlineArray<512, Int64>(repeating: 0)

    mutating func record(_ nanoseconds: Int64, _ classic: LatencyBuckets, _ native: ExponentialBuckets) {
        let value = max(0, nanoseconds)
        window[Int(count % UInt64(Self.windowLength))] = value
        count += 1
        sum &+= value
        maximum = max(maximum, value)
        buckets[classic.index(of: value)] += 1
        exponential[native.position(of: value)] += 1
    }

    /// The numbers for readers. Allocates.
    func snapshot(_ name: String, _ classic: LatencyBuckets) -> LatencySnapshot {
        let held = Int(min(count, UInt64(Self.windowLength)))
        let recent = min(held, Self.recentLength)
        return LatencySnapshot(
            name: name, count: count, sumNanoseconds: sum, maximum: maximum,
            buckets: (0...classic.bounds.count).map { buckets[$0] },
            exponential: exponential.indices.filter { exponential[$0] > 0 }.map {
                LatencySnapshot.Bucket(index: $0 + ExponentialBuckets.first, count: exponential[$0])
            },
            window: LatencySnapshot.Window((0..<held).map { window[$0] }),
            recent: (0..<recent).map { back in
                window[Int((count - UInt64(recent - back)) % UInt64(Self.windowLength))]
            })
    }
}
