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

/// Counts after one step of a curve: everything that scores at least `score`.
public struct DetectionStep: Sendable {
    /// Smallest score that counts.
    public let score: Float
    /// Anomaly pixels found so far.
    public let truePositives: Int
    /// Inlier pixels found so far.
    public let falsePositives: Int
}

/// A walk from the highest score down in which equal scores form one step; all metrics follow from it. With exact steps
/// they equal scikit-learn's `average_precision_score`, `roc_auc_score` and `roc_curve(drop_intermediate=False)`.
public protocol DetectionSteps {
    /// Pixels of anomalies, at least 1.
    var anomalyCount: Int { get }
    /// Pixels of inliers, at least 1.
    var inlierCount: Int { get }
    /// Calls `body` for each step from the highest down, until it returns false.
    func walk(_ body: (DetectionStep) -> Bool)
}

extension DetectionSteps {
    /// Area under the precision-recall curve as a step sum: sum of (R_i - R_i-1) P_i over the steps.
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
        return sum / Double(anomalyCount)
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
        return Double(doubled) / 2 / (Double(anomalyCount) * Double(inlierCount))
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

    /// The point whose true positive rate is nearest to `rate`, the last of equally near ones, up to the first of full
    /// recall: how Hendrycks' `fpr_and_fdr_at_recall` reads FPR95 from its reversed arrays.
    public func point(nearestTruePositiveRate rate: Double) -> OperatingPoint {
        var best = OperatingPoint(score: .infinity, truePositiveRate: -.infinity, falsePositiveRate: 0)
        walk { step in
            let point = operatingPoint(step)
            if abs(point.truePositiveRate - rate) <= abs(best.truePositiveRate - rate) { best = point }
            return point.truePositiveRate < 1
        }
        return best
    }

    /// The last point whose false positive rate is at most `rate`; nil where even the highest score has more.
    public func point(atFalsePositiveRate rate: Double) -> OperatingPoint? {
        var best: OperatingPoint?
        walk { step in
            let point = operatingPoint(step)
            if point.falsePositiveRate > rate { return false }
            best = point
            return true
        }
        return best
    }

    /// Greatest true positive rate whose false positive rate is at most `rate`; 0 if there is none.
    public func truePositiveRate(atFalsePositiveRate rate: Double) -> Double {
        point(atFalsePositiveRate: rate)?.truePositiveRate ?? 0
    }

    /// The point of greatest F1 = 2TP / (2TP + FP + FN) over pixels, the highest score of equals, and that F1.
    public var bestF1: (f1: Double, point: OperatingPoint) {
        var best = -1.0
        var at: DetectionStep?
        walk { step in
            let found = Double(2 * step.truePositives)
            // 2TP + FP + FN = TP + FP + all anomalies
            let f1 = found / Double(step.truePositives + step.falsePositives + anomalyCount)
            if f1 > best {
                best = f1
                at = step
            }
            return true
        }
        let everything = DetectionStep(score: -.infinity, truePositives: anomalyCount, falsePositives: inlierCount)
        return (max(best, 0), operatingPoint(at ?? everything))
    }

    private func operatingPoint(_ step: DetectionStep) -> OperatingPoint {
        OperatingPoint(
            score: step.score, truePositiveRate: Double(step.truePositives) / Double(anomalyCount),
            falsePositiveRate: Double(step.falsePositives) / Double(inlierCount))
    }
}
