internal import Evaluation
internal import Foundation
internal import OpenSet

extension EvaluationReport {
    /// A few lines for people: no number without what it depends on.
    public var text: String {
        let rules = result.rules
        var lines = [
            line("set", "\(name) (layout \(result.layout.name)), \(result.images) pictures at their own resolution"),
            line("protocol", "\(rules.name): \(rules.source)"),
            line(
                "pixels", "\(result.pixels.inlier) inlier, \(result.pixels.anomaly) anomaly, \(result.pixels.void) void"
            ),
            line("void rule", "\(result.layout.roles.voidRule) takes no part"),
            line("origin", originText),
        ]
        if let intervals = result.intervals {
            lines.append(
                line("intervals", "95 %, \(intervals.replicates) draws of pictures, pooled, scores in 20-bit bins"))
        }
        if result.pooled != nil { lines += anomalyLines }
        if let closed = result.closedIoU {
            lines.append(line("mIoU", "\(percent(closed)) %, known classes, anomalies and void left out"))
        }
        for choice in FoldThreshold.allCases {
            guard let quality = result.open[choice], let value = quality.openIoU else { continue }
            let folds = quality.folds.map { "\($0.name) \(percent($0.openIoU)) (\($0.images))" }
            lines.append(
                line(
                    "open-mIoU",
                    "\(percent(value)) %, thresholds at \(choice.rawValue) of the other folds: "
                        + folds.joined(separator: ", ")))
        }
        if let components = result.components {
            lines.append(
                line(
                    "components",
                    "sIoU \(percent(components.meanAdjustedIoU)), PPV \(percent(components.meanPredictiveValue)), "
                        + "mean F1 \(percent(components.meanF1)) %; \(components.adjustedIoUs.count) true, "
                        + "\(components.predictiveValues.count) predicted at best pixel F1"))
        }
        if let distances = result.distances {
            lines.append(line("by distance", "all pixels of a range pooled, \(rules.targetText)"))
            lines += distances.map { bin in
                line(
                    "",
                    "\(bin.from) to below \(bin.to) m: AP \(percent(bin.metrics?.averagePrecision)), FPR95 "
                        + "\(percent(bin.metrics?.falsePositiveRate95)) %; \(bin.inlierPixels) inlier, "
                        + "\(bin.anomalyPixels) anomaly")
            }
        }
        return lines.joined(separator: "\n")
    }

    private var originText: String {
        switch origin {
        case .files(let folder): "score maps in \(folder)"
        case .pipeline(let settings):
            "\(settings.network.bundle.description.name), score \(settings.score.name) at "
                + settings.scoreResolution.rawValue
        }
    }

    private var anomalyLines: [String] {
        let rules = result.rules
        var over = "all pixels pooled"
        if let means = result.means {
            over = "mean of \(means.images) pictures, \(means.skipped) without both kinds skipped"
        }
        let intervals = result.intervals
        var lines = [
            line("AP", percent(result.averagePrecision) + " %" + range(intervals?.averagePrecision) + "   \(over)"),
            line("AUROC", percent(result.areaUnderROC) + " %" + range(intervals?.areaUnderROC)),
            line(
                "FPR95",
                percent(result.falsePositiveRate95) + " %" + range(intervals?.falsePositiveRate95)
                    + "   \(rules.targetText); pooled: score > \(result.pooled?.threshold95 ?? .nan)"),
            line("TPR at FPR5", percent(result.truePositiveRate5) + " %"),
            line("best F1", percent(result.bestF1) + " %   pooled: score > \(result.pooled?.thresholdF1 ?? .nan)"),
        ]
        if let bounds = result.binBounds {
            lines.append(
                line(
                    "bins",
                    "counted, not kept: the exact AP lies in\(range(bounds.averagePrecision)), "
                        + "AUROC in\(range(bounds.areaUnderROC))"))
        }
        return lines
    }

    private func line(_ name: String, _ text: String) -> String {
        name + String(repeating: " ", count: max(1, 12 - name.count)) + text
    }

    private func percent(_ value: Double?) -> String { value.map { String(format: "%.2f", $0 * 100) } ?? "-" }

    private func range(_ range: ClosedRange<Double>?) -> String {
        range.map { " [\(percent($0.lowerBound)), \(percent($0.upperBound))]" } ?? ""
    }
}
