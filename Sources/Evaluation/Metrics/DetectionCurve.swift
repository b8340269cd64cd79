/// What to do with a rate that is reached exactly.
public enum TieRule: String, Sendable, CaseIterable {
    /// The first point with TPR >= the target: SegmentMeIfYouCan, Fishyscapes.
    case atLeast = ">="
    /// The first point with TPR > the target: the code of the paper.
    case above = ">"
}

/// One point of the ROC curve: what is found when every score >= `score` counts as anomaly.
public struct OperatingPoint: Sendable, Equatable {
    /// Smallest score that counts.
    public let score: Float
    /// Share of anomaly pixels found.
    public let truePositiveRate: Double
    /// Share of inlier pixels found by mistake.
    public let falsePositiveRate: Double

    /// The threshold for the strict rule of the pipeline (outlier where score > threshold) that finds the same pixels.
    public var threshold: Float {
        // Worker threads take denormals for 0, so the number below 0 must be a normal one.
        score == 0 ? -.leastNormalMagnitude : score.nextDown
    }
}

/// Sorted scores of both kinds, walked from the highest down; equal scores form one step. Exact, equal to scikit-learn's
/// `average_precision_score`, `roc_auc_score` and `roc_curve(drop_intermediate=False)`.
public struct DetectionCurve: Sendable {
    private let anomalies: [UInt32]
    private let inliers: [UInt32]

    /// Keys ascending; both kinds present.
    init(anomalies: [UInt32], inliers: [UInt32]) {
        precondition(!anomalies.isEmpty && !inliers.isEmpty, "a curve needs both kinds")
        self.anomalies = anomalies
        self.inliers = inliers
    }

    /// Counts after one step: everything that scores at least `key`.
    private struct Step {
        var key: UInt32
        var truePositives: Int
        var falsePositives: Int
    }

    /// Calls `body` for each distinct score from the highest down, until it returns false.
    private func walk(_ body: (Step) -> Bool) {
        var anomaly = anomalies.count, inlier = inliers.count
        while anomaly > 0 || inlier > 0 {
            let key = max(anomaly > 0 ? anomalies[anomaly - 1] : 0, inlier > 0 ? inliers[inlier - 1] : 0)
            while anomaly > 0 && anomalies[anomaly - 1] == key { anomaly -= 1 }
            while inlier > 0 && inliers[inlier - 1] == key { inlier -= 1 }
            let step = Step(
                key: key, truePositives: anomalies.count - anomaly, falsePositives: inliers.count - inlier)
            if !body(step) { return }
        }
    }

    /// Area under the precision-recall curve as a step sum: sum of (R_i - R_i-1) P_i over distinct scores.
    public var averagePrecision: Double {
        var sum = 0.0
        var previous = 0
        walk { step in
            if step.truePositives > previous {
                let precision = Double(step.truePositives) / Double(step.truePositives + step.falsePositives)
                sum += Double(step.truePositives - previous) * precision
                previous = step.truePositives
            }
            return true
        }
        return sum / Double(anomalies.count)
    }

    /// Area under the ROC curve: the probability that an anomaly scores above an inlier, ties counted half.
    public var areaUnderROC: Double {
        // Twice the area in pixel pairs, in integers: exact.
        var doubled: UInt128 = 0
        var found = 0, mistakes = 0
        walk { step in
            doubled += UInt128(step.falsePositives - mistakes) * UInt128(found + step.truePositives)
            found = step.truePositives
            mistakes = step.falsePositives
            return true
        }
        return Double(doubled) / 2 / (Double(anomalies.count) * Double(inliers.count))
    }

    /// First point, from the highest score down, whose true positive rate reaches `rate` (0...1).
    public func point(atTruePositiveRate rate: Double, _ rule: TieRule) -> OperatingPoint {
        var result: OperatingPoint?
        var last: OperatingPoint?
        walk { step in
            let point = operatingPoint(step)
            last = point
            let reached = rule == .atLeast ? point.truePositiveRate >= rate : point.truePositiveRate > rate
            if reached { result = point }
            return !reached
        }
        // With `above` and rate 1 no point is above: everything must count.
        return result ?? last ?? OperatingPoint(score: -.infinity, truePositiveRate: 1, falsePositiveRate: 1)
    }

    /// Greatest true positive rate whose false positive rate is at most `rate`; 0 if there is none.
    public func truePositiveRate(atFalsePositiveRate rate: Double) -> Double {
        var best = 0.0
        walk { step in
            let point = operatingPoint(step)
            if point.falsePositiveRate > rate { return false }
            best = point.truePositiveRate
            return true
        }
        return best
    }

    /// Score above which at most `rate` of the inliers lie: a threshold from inliers alone, for the strict rule.
    public func threshold(atFalsePositiveRate rate: Double) -> Float {
        let allowed = min(max(Int(Double(inliers.count) * rate), 0), inliers.count - 1)
        return OrderedKey.score(inliers[inliers.count - 1 - allowed])
    }

    private func operatingPoint(_ step: Step) -> OperatingPoint {
        OperatingPoint(
            score: OrderedKey.score(step.key),
            truePositiveRate: Double(step.truePositives) / Double(anomalies.count),
            falsePositiveRate: Double(step.falsePositives) / Double(inliers.count))
    }
}
