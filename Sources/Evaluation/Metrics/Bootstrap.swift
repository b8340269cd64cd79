/// Percentile intervals over pictures: pictures are drawn with replacement, as many as there are, and the pooled metric
/// computed again. Pictures are the independent units; pixels are not.
///
/// Works on the pictures' histograms (see `ScoreHistogram` for what a bin loses), so that a replicate is cheap. The same
/// seed gives the same interval on every machine.
public struct Bootstrap: Sendable, Equatable {
    /// Percentile intervals of the metrics.
    public struct Intervals: Sendable, Equatable {
        /// Average precision.
        public let averagePrecision: ClosedRange<Double>
        /// Area under the ROC curve.
        public let areaUnderROC: ClosedRange<Double>
        /// False positive rate at 95 %.
        public let falsePositiveRate95: ClosedRange<Double>
        /// Draws that had both kinds of pixels.
        public let replicates: Int
    }

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

    /// Intervals for a set of pictures; nil for fewer than two, or where no draw had both kinds. O(replicates x bins).
    public func intervals(pictures: [ScoreHistogram], rule: TieRule) -> Intervals? {
        guard pictures.count > 1 else { return nil }
        let counts = PictureCounts(pictures)
        var random = SplitMix64(state: seed)
        var values: (ap: [Double], auroc: [Double], fpr: [Double]) = ([], [], [])
        for _ in 0..<replicates {
            var weights = [Int](repeating: 0, count: pictures.count)
            for _ in pictures { weights[Int.random(in: 0..<pictures.count, using: &random)] += 1 }
            guard let curve = try? counts.drawn(weights).curve() else { continue }
            values.ap.append(curve.averagePrecision)
            values.auroc.append(curve.areaUnderROC)
            values.fpr.append(curve.point(atTruePositiveRate: 0.95, rule).falsePositiveRate)
        }
        guard !values.ap.isEmpty else { return nil }
        return Intervals(
            averagePrecision: interval(values.ap), areaUnderROC: interval(values.auroc),
            falsePositiveRate95: interval(values.fpr), replicates: values.ap.count)
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
    /// pictures as `intervals(pictures:rule:)`.
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

/// The pictures' bins on common places, so that a draw is a sum of arrays.
private struct PictureCounts {
    private let keys: [UInt32]
    private let pictures: [[(place: Int32, anomalies: Int32, inliers: Int32)]]

    init(_ histograms: [ScoreHistogram]) {
        keys = Set(histograms.flatMap(\.keys)).sorted()
        var places: [UInt32: Int32] = [:]
        for (place, key) in keys.enumerated() { places[key] = Int32(place) }
        pictures = histograms.map { histogram in
            histogram.keys.indices.map { index in
                (
                    places[histogram.keys[index]] ?? 0, Int32(histogram.anomalies[index]),
                    Int32(histogram.inliers[index])
                )
            }
        }
    }

    func drawn(_ weights: [Int]) -> ScoreHistogram {
        var anomalies = [Int](repeating: 0, count: keys.count), inliers = anomalies
        for (picture, weight) in zip(pictures, weights) where weight > 0 {
            for bin in picture {
                anomalies[Int(bin.place)] += weight * Int(bin.anomalies)
                inliers[Int(bin.place)] += weight * Int(bin.inliers)
            }
        }
        return ScoreHistogram(keys: keys, anomalies: anomalies, inliers: inliers)
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
