/// What a list of times comes to, in milliseconds. All zero for an empty list.
public struct SampleStatistics: Sendable, Encodable, Equatable {
    /// How many times.
    public let n: Int
    /// The middle one, or the mean of the two in the middle.
    public let medianMs: Double
    /// The shortest.
    public let minMs: Double
    /// The mean.
    public let meanMs: Double
    /// 95 of 100 were this long or shorter (nearest rank).
    public let p95Ms: Double
    /// 99 of 100 were this long or shorter (nearest rank).
    public let p99Ms: Double

    /// Summarises times in nanoseconds, in any order. Allocates.
    public init(nanoseconds: [Int64]) {
        let sorted = nanoseconds.sorted().map { Double($0) / 1e6 }
        n = sorted.count
        guard let first = sorted.first else {
            (medianMs, minMs, meanMs, p95Ms, p99Ms) = (0, 0, 0, 0, 0)
            return
        }
        let middle = sorted.count / 2
        medianMs = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        minMs = first
        meanMs = sorted.reduce(0, +) / Double(sorted.count)
        func percentile(_ percent: Int) -> Double { sorted[(sorted.count * percent + 99) / 100 - 1] }
        p95Ms = percentile(95)
        p99Ms = percentile(99)
    }
}
