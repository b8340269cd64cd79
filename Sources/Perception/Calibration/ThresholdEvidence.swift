internal import Evaluation
internal import Foundation

/// How a threshold was chosen and what it reached on the frames that it was chosen from.
public struct ThresholdEvidence: Sendable, Equatable {
    let rule: String
    let sign: String
    let confidence: Double?
    let otherValue: Float?
    let rates: [Rate]
    let frames: Int
    let anomalyPixels: Int
    let inlierPixels: Int
    let voidPixels: Int
    let isBinned: Bool
    let bootstrap: Bootstrap

    /// A rate that was reached.
    struct Rate: Sendable, Equatable {
        /// Its key in files.
        let key: String
        /// Its name for people.
        let name: String
        /// What its interval comes from.
        let method: String
        let value: DecisionRate
    }

    init(sample: DecisionSample, choice: DecisionSample.Choice, decision: DecisionThreshold) {
        rule = choice.rule.text(choice.tie)
        sign = choice.rule.sign(choice.tie)
        confidence = choice.confidence
        otherValue = decision.otherValue
        frames = sample.frameCount
        anomalyPixels = sample.anomalyCount
        inlierPixels = sample.inlierCount
        voidPixels = sample.voidCount
        isBinned = sample.isBinned
        bootstrap = choice.bootstrap
        let draws = "\(choice.bootstrap.replicates) draws of frames"
        rates = [
            decision.truePositives.map { Rate(key: "tpr", name: "TPR", method: draws, value: $0) },
            decision.falsePositives.map { Rate(key: "fpr", name: "FPR", method: draws, value: $0) },
            decision.alarmedFrames.map {
                Rate(key: "frame_fpr", name: "alarmed frames", method: "exact binomial", value: $0)
            },
        ].compactMap { $0 }
    }

    /// Keys and values for `thresholds.yaml`; lists are texts in brackets there.
    var fields: [(key: String, value: String)] {
        var fields = [("tie_rule", sign)]
        if let confidence { fields.append(("bound_confidence", "\(confidence)")) }
        for rate in rates {
            fields.append((rate.key, "\(rate.value.share)"))
            if let interval = rate.value.interval {
                fields.append(("\(rate.key)_interval", "[\(interval.lowerBound), \(interval.upperBound)]"))
            }
        }
        if let alarmed = rates.first(where: { $0.key == "frame_fpr" }) {
            fields.append(("frames_alarmed", "\(alarmed.value.hits)"))
        }
        fields += [("positives", "\(anomalyPixels)"), ("negatives", "\(inlierPixels)"), ("void", "\(voidPixels)")]
        fields += [("frames", "\(frames)"), ("scores", isBinned ? "binned" : "exact")]
        fields += [("interval_confidence", "\(bootstrap.confidence)"), ("replicates", "\(bootstrap.replicates)")]
        return fields + [("seed", "\(bootstrap.seed)")]
    }

    /// A few lines for people.
    func text(value: Float) -> [(name: String, text: String)] {
        let keeper = confidence.map { "the bound at \(whole($0)) % confidence keeps it" } ?? "on these frames"
        let other = otherValue.map { $0 == value ? "the same" : "\($0)" } ?? "none"
        var lines = [
            ("rule", "\(rule), \(keeper); the other tie rule gives \(other)"),
            (
                "frames",
                "\(frames); pixels: \(inlierPixels) inlier, \(anomalyPixels) anomaly, \(voidPixels) void; scores "
                    + (isBinned ? "in bins, the threshold on a bin's end" : "exact")
            ),
        ]
        for rate in rates {
            let interval = rate.value.interval.map {
                " [\(percent($0.lowerBound)), \(percent($0.upperBound))] at \(whole(bootstrap.confidence)) %, \(rate.method)"
            }
            lines.append((rate.name, "\(percent(rate.value.share)) %" + (interval ?? "")))
            // The bootstrap cannot see what no drawn frame shows.
            if rate.key != "frame_fpr", frames > 1, rate.value.hits < rate.value.total, rate.value.framesWithHits < 10 {
                lines.append(
                    (
                        "note",
                        "only \(rate.value.framesWithHits) of \(frames) frames count for the \(rate.name): its "
                            + "interval is too narrow; add frames"
                    ))
            }
        }
        return lines
    }

    private func whole(_ share: Double) -> String { String(format: "%g", share * 100) }

    private func percent(_ share: Double) -> String {
        share != 0 && share < 0.001 ? String(format: "%.3g", share * 100) : String(format: "%.2f", share * 100)
    }
}
