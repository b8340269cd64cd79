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
        if let draws = result.draws { lines.append(line("intervals", intervalText(draws))) }
        if result.pooled != nil { lines += anomalyLines }
        if let closed = result.closedIoU {
            lines.append(
                line(
                    "mIoU",
                    "\(percent(closed)) %\(range(result.draws?.closedInterval)), known classes, anomalies and void left out"
                ))
        }
        for choice in FoldThreshold.allCases {
            guard let quality = result.open[choice], let value = quality.openIoU else { continue }
            let folds = quality.folds.map { "\($0.name) \(percent($0.openIoU)) (\($0.images))" }
            lines.append(
                line(
                    "open-mIoU",
                    "\(percent(value)) %\(range(result.draws?.openInterval(choice))), thresholds at \(choice.rawValue) of "
                        + "the other folds: "
                        + folds.joined(separator: ", ")))
        }
        if let components = result.components {
            let draws = result.draws
            lines.append(
                line(
                    "components",
                    "sIoU \(percent(components.meanAdjustedIoU))\(range(draws?.componentInterval(\.adjustedIoU))), "
                        + "PPV \(percent(components.meanPredictiveValue))"
                        + "\(range(draws?.componentInterval(\.predictiveValue))), "
                        + "mean F1 \(percent(components.meanF1)) %\(range(draws?.componentInterval(\.meanF1))); "
                        + "\(components.adjustedIoUs.count) true, \(components.predictiveValues.count) predicted at best "
                        + "pixel F1"))
        }
        if let distances = result.distances {
            lines.append(line("by distance", "all pixels of a range pooled, \(rules.targetText)"))
            for (index, bin) in distances.enumerated() {
                let draws = result.draws
                lines.append(
                    line(
                        "",
                        "\(bin.from) to below \(bin.to) m: AP \(percent(bin.metrics?.averagePrecision))"
                            + "\(range(draws?.distanceInterval(index, \.averagePrecision))), FPR95 "
                            + "\(percent(bin.metrics?.falsePositiveRate95)) %"
                            + "\(range(draws?.distanceInterval(index, \.falsePositiveRate95))); "
                            + "\(bin.inlierPixels) inlier, \(bin.anomalyPixels) anomaly"))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// What the intervals are of, and which thresholds a draw chooses again.
    private func intervalText(_ draws: MetricDraws) -> String {
        var text = "95 %, \(draws.count) draws of pictures, scores in 20-bit bins"
        if result.open[.truePositives95] != nil { text += "; thresholds of folds chosen in each draw" }
        if result.components != nil { text += "; components at the set's threshold" }
        return text
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
        let draws = result.draws
        var lines = [
            line(
                "AP",
                percent(result.averagePrecision) + " %" + range(draws?.interval(\.averagePrecision)) + "   \(over)"),
            line("AUROC", percent(result.areaUnderROC) + " %" + range(draws?.interval(\.areaUnderROC))),
            line(
                "FPR95",
                percent(result.falsePositiveRate95) + " %" + range(draws?.interval(\.falsePositiveRate95))
                    + "   \(rules.targetText); pooled: score > \(result.pooled?.threshold95 ?? .nan)"),
            line(
                "TPR at FPR5", percent(result.truePositiveRate5) + " %" + range(draws?.interval(\.truePositiveRate5))),
            line(
                "best F1",
                percent(result.bestF1) + " %" + range(draws?.interval(\.bestF1))
                    + "   pooled: score > \(result.pooled?.thresholdF1 ?? .nan)"),
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
