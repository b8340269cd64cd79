/// Pixels counted in bins of scores that agree in their leading bits: for sets too large to keep every score, and for
/// the bootstrap.
///
/// A bin holds the scores whose ordered keys share 20 bits: sign, exponent and 11 bits of the fraction, so its ends
/// differ by a factor of 1 + 2^-11 (0.008 at a score of 16, half of what float16 resolves). Inside a bin the order is
/// lost: its pixels form one tie. `averagePrecisionBounds` and `areaUnderROCBounds` say what any order could give, and so
/// enclose the exact values. Memory: 20 bytes for each bin in use; scores of a network use some 10 000 to 100 000.
public struct ScoreHistogram: Sendable {
    static let droppedBits: UInt32 = 12

    /// Bins in use, ascending: the leading bits of the key.
    private(set) var keys: [UInt32] = []
    private(set) var anomalies: [Int] = []
    private(set) var inliers: [Int] = []
    /// Pixels of anomalies.
    public private(set) var anomalyCount = 0
    /// Pixels of inliers.
    public private(set) var inlierCount = 0

    /// Empty.
    public init() {}

    /// Counts ordered keys, which are sorted for it.
    init(anomalies: consuming [UInt32], inliers: consuming [UInt32]) {
        OrderedKey.sort(&anomalies)
        OrderedKey.sort(&inliers)
        var anomaly = 0, inlier = 0
        while anomaly < anomalies.count || inlier < inliers.count {
            let key = min(
                anomaly < anomalies.count ? anomalies[anomaly] : .max, inlier < inliers.count ? inliers[inlier] : .max)
            let bin = key >> Self.droppedBits
            let first = (anomaly, inlier)
            while anomaly < anomalies.count && anomalies[anomaly] >> Self.droppedBits == bin { anomaly += 1 }
            while inlier < inliers.count && inliers[inlier] >> Self.droppedBits == bin { inlier += 1 }
            append(bin, anomaly - first.0, inlier - first.1)
        }
    }

    /// Counts of bins whose keys ascend.
    init(keys: [UInt32], anomalies: [Int], inliers: [Int]) {
        self.keys = keys
        self.anomalies = anomalies
        self.inliers = inliers
        anomalyCount = anomalies.reduce(0, +)
        inlierCount = inliers.reduce(0, +)
    }

    private mutating func append(_ key: UInt32, _ anomalies: Int, _ inliers: Int) {
        keys.append(key)
        self.anomalies.append(anomalies)
        self.inliers.append(inliers)
        anomalyCount += anomalies
        inlierCount += inliers
    }

    /// The sum of this one and `other`.
    public func adding(_ other: ScoreHistogram) -> ScoreHistogram {
        var sum = ScoreHistogram()
        sum.keys.reserveCapacity(keys.count + other.keys.count)
        var i = 0, j = 0
        while i < keys.count || j < other.keys.count {
            let left = i < keys.count ? keys[i] : .max, right = j < other.keys.count ? other.keys[j] : .max
            let takesLeft = left <= right && i < keys.count, takesRight = right <= left && j < other.keys.count
            sum.append(
                min(left, right),
                (takesLeft ? anomalies[i] : 0) + (takesRight ? other.anomalies[j] : 0),
                (takesLeft ? inliers[i] : 0) + (takesRight ? other.inliers[j] : 0))
            if takesLeft { i += 1 }
            if takesRight { j += 1 }
        }
        return sum
    }

    /// The steps of its curve. Fails where one of the two kinds has no pixels.
    public func curve() throws(EvaluationError) -> HistogramCurve {
        guard anomalyCount > 0, inlierCount > 0 else {
            throw .needsBothKinds(anomalies: anomalyCount, inliers: inlierCount)
        }
        return HistogramCurve(histogram: self)
    }
}

/// The steps of a histogram: one for each bin, at the bin's lower end.
public struct HistogramCurve: DetectionSteps, Sendable {
    let histogram: ScoreHistogram

    /// Pixels of anomalies.
    public var anomalyCount: Int { histogram.anomalyCount }
    /// Pixels of inliers.
    public var inlierCount: Int { histogram.inlierCount }

    /// From the highest bin down.
    public func walk(_ body: (DetectionStep) -> Bool) {
        var found = 0, mistakes = 0
        for index in histogram.keys.indices.reversed() {
            let (anomalies, inliers) = (histogram.anomalies[index], histogram.inliers[index])
            // A bin that a bootstrap replicate has emptied is no step.
            if anomalies == 0 && inliers == 0 { continue }
            found += anomalies
            mistakes += inliers
            let score = OrderedKey.score(histogram.keys[index] << ScoreHistogram.droppedBits)
            if !body(DetectionStep(score: score, truePositives: found, falsePositives: mistakes)) { return }
        }
    }

    /// Least and greatest area under the ROC curve that any order inside the bins can give.
    public var areaUnderROCBounds: ClosedRange<Double> {
        var undecided = 0.0
        for index in histogram.keys.indices {
            undecided += Double(histogram.anomalies[index]) * Double(histogram.inliers[index])
        }
        let half = undecided / 2 / (Double(anomalyCount) * Double(inlierCount))
        let area = areaUnderROC
        return area - half...area + half
    }

    /// Bounds of the average precision for every order inside the bins: all inliers of a bin first, or all anomalies
    /// first and each a step of its own.
    public var averagePrecisionBounds: ClosedRange<Double> {
        var least = 0.0, greatest = 0.0
        var found = 0, mistakes = 0
        for index in histogram.keys.indices.reversed() {
            let (anomalies, inliers) = (histogram.anomalies[index], histogram.inliers[index])
            least += Self.precisions(found: found, mistakes: mistakes + inliers, count: anomalies)
            greatest += Self.precisions(found: found, mistakes: mistakes, count: anomalies)
            found += anomalies
            mistakes += inliers
        }
        return least / Double(anomalyCount)...greatest / Double(anomalyCount)
    }

    /// Sum of n / (n + mistakes) for n = found + 1 ... found + count.
    private static func precisions(found: Int, mistakes: Int, count: Int) -> Double {
        if mistakes == 0 { return Double(count) }
        return (0..<count).reduce(0.0) { sum, index in
            let n = Double(found + index + 1)
            return sum + n / (n + Double(mistakes))
        }
    }
}
