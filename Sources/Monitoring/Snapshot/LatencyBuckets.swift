/// Upper bounds of histogram buckets, in whole nanoseconds, rising. Allocates at `init` only.
public struct LatencyBuckets: Hashable, Sendable {
    /// The most bounds that a table for Prometheus has.
    static let limit = 32

    /// The bounds; what is longer than the last falls into one more bucket.
    public let bounds: [Int64]

    /// The bounds of the classic histograms: 1, 2 and 5 of every decade from 10 µs to 10 s, and around the budget (half
    /// of it to twice it), so that the share of frames within the budget can be read without interpolation.
    ///
    /// All runs with the same budget have the same bounds, so their histograms can be added.
    public init(budgetNanoseconds: Int64?) {
        var bounds: Set<Int64> = []
        var decade: Int64 = 10_000
        while decade < 10_000_000_000 {
            bounds.formUnion([decade, decade * 2, decade * 5])
            decade *= 10
        }
        bounds.insert(decade)
        if let budget = budgetNanoseconds {
            for percent: Int64 in [50, 75, 90, 100, 110, 125, 150, 200] {
                // In parts, as a budget of an hour times 200 is still far from overflow, but one of years is not.
                bounds.insert(max(1, budget / 100 * percent + budget % 100 * percent / 100))
            }
        }
        self.bounds = bounds.sorted()
    }

    /// The bucket of a duration: the first whose bound it does not exceed. Neither allocates nor blocks.
    func index(of nanoseconds: Int64) -> Int { lowerBound(in: bounds, of: nanoseconds) }
}

/// The buckets of Prometheus' native histograms at schema 3: eight to every power of two, so that each is 9 % wider than
/// the one before. Bucket `index` holds durations in seconds above `2^((index - 1) / 8)` and at most `2^(index / 8)`.
public struct ExponentialBuckets: Sendable {
    /// Prometheus' name of the resolution.
    public static let schema = 3
    /// The index of the first bucket: up to 1 µs (0.95). Shorter durations count there.
    public static let first = -160
    /// How many there are; the last ends at 128 s, and longer durations count there.
    public static let count = 217

    /// Upper bounds in whole nanoseconds: a duration of whole nanoseconds is within the real bound if and only if it is
    /// within the bound rounded down.
    let bounds: [Int64]

    /// The table. Allocates.
    public init() {
        // Ratios within one doubling, from exact halvings by square roots.
        let root = 2.0.squareRoot().squareRoot().squareRoot()
        bounds = (0..<Self.count).map { position in
            let index = position + Self.first
            let octave = (index - (index & 7)) / 8
            var bound = 1e9
            for _ in 0..<(index & 7) { bound *= root }
            return Int64(octave < 0 ? bound / Double(1 << -octave) : bound * Double(1 << octave))
        }
    }

    /// The position (0 is bucket `first`) of a duration. Neither allocates nor blocks.
    func position(of nanoseconds: Int64) -> Int {
        min(Self.count - 1, lowerBound(in: bounds, of: nanoseconds))
    }
}

/// The position of the first bound that is not below `value`, or the count where all are.
private func lowerBound(in bounds: [Int64], of value: Int64) -> Int {
    var low = 0
    var high = bounds.count
    while low < high {
        let middle = (low + high) / 2
        if bounds[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
}
