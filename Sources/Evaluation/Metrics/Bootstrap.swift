/// Percentile intervals over pictures: pictures are drawn with replacement, as many as there are, and a metric computed
/// again. Pictures are the independent units; pixels are not. `MetricDraws` has the metrics of the draws. The same seed
/// draws the same pictures on every machine.
public struct Bootstrap: Sendable, Equatable {
    /// Draws.
    public let replicates: Int
    /// Seed of the draws.
    public let seed: UInt64
    /// Probability inside the interval.
    public let confidence: Double

    /// `replicates` draws.
    public init(replicates: Int = 1000, seed: UInt64 = 1, confidence: Double = 0.95) {
        precondition(replicates > 0 && confidence > 0 && confidence < 1, "a bootstrap needs draws and a probability")
        self.replicates = replicates
        self.seed = seed
        self.confidence = confidence
    }

    /// Interval of a number's values in the draws that have it; nil where none has.
    func interval(of values: [Double?]) -> ClosedRange<Double>? {
        let known = values.compactMap { $0 }
        return known.isEmpty ? nil : interval(known)
    }

    private func interval(_ values: [Double]) -> ClosedRange<Double> {
        let sorted = values.sorted()
        let low = Self.quantile(of: sorted, at: (1 - confidence) / 2)
        return low...max(low, Self.quantile(of: sorted, at: (1 + confidence) / 2))
    }

    /// Quantile of ascending values, at least one, with linear interpolation as NumPy's.
    static func quantile(of sorted: [Double], at share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let low = Int(place), high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }
}

// MARK: - Shares

extension Bootstrap {
    /// Interval of a share whose hits and totals are counted by picture; nil where no draw has a total above 0.
    public func interval(hits: [Int], of totals: [Int]) -> ClosedRange<Double>? {
        let shares = shares(hits: hits, of: totals)
        return shares.isEmpty ? nil : interval(shares)
    }

    /// The share in each draw of pictures, ascending; draws without a total are left out. The same seed draws the same
    /// pictures as for all metrics.
    func shares(hits: [Int], of totals: [Int]) -> [Double] {
        var random = SplitMix64(state: seed)
        var shares: [Double] = []
        shares.reserveCapacity(replicates)
        for _ in 0..<replicates {
            var hit = 0, total = 0
            for _ in hits {
                let picture = Int.random(in: 0..<hits.count, using: &random)
                hit += hits[picture]
                total += totals[picture]
            }
            if total > 0 { shares.append(Double(hit) / Double(total)) }
        }
        return shares.sorted()
    }
}

/// A small generator with a stated sequence (Steele, Lea, Flood 2014), so that seeds mean the same everywhere.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
