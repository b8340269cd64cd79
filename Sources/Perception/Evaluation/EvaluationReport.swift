public import Evaluation
internal import Foundation
internal import Inference
internal import OpenSet

/// An evaluation's numbers with everything that they depend on, as text or JSON (`eval --json` of cli.md).
public struct EvaluationReport {
    /// Where the scores come from.
    public enum Origin {
        /// The pipeline itself.
        case pipeline(PerceptionSettings)
        /// Files in a folder.
        case files(String)
    }

    let set: String
    let origin: Origin
    let result: EvaluationResult

    /// Describes `result` of the set that was called `set` on the command line.
    public init(set: String, origin: Origin, result: EvaluationResult) {
        self.set = set
        self.origin = origin
        self.result = result
    }

    var name: String { URL(fileURLWithPath: set).lastPathComponent }

    var scoreName: String {
        switch origin {
        case .pipeline(let settings): settings.score.name
        case .files(let folder): URL(fileURLWithPath: folder).lastPathComponent
        }
    }

    /// One JSON object: the keys of cli.md, and more.
    public var json: String { Self.json(object) }

    var object: [String: Any] {
        var object: [String: Any] = [
            "set": name, "protocol": result.rules.name, "protocol_source": result.rules.source,
            "layout": result.layout.name, "score": scoreName, "images": result.images,
            "pixels": [
                "inlier": result.pixels.inlier, "anomaly": result.pixels.anomaly, "void": result.pixels.void,
            ],
            "void_rule": result.layout.roles.voidRule, "tie_rule": result.rules.rule.rawValue,
            "pooling": result.rules.pooling.rawValue, "target": result.rules.targetText,
            "ap": value(result.averagePrecision), "fpr95": value(result.falsePositiveRate95),
            "auroc": value(result.areaUnderROC), "tpr_at_fpr5": value(result.truePositiveRate5),
            "best_f1": value(result.bestF1), "threshold_tpr95": value(result.pooled.map { Double($0.threshold95) }),
            "threshold_fpr5": value(result.pooled.map { Double($0.threshold5) }),
            "threshold_f1": value(result.pooled.map { Double($0.thresholdF1) }), "miou": value(result.closedIoU),
            "open_miou": value(result.open[.truePositives95]?.openIoU),
            "open_miou_fpr5": value(result.open[.falsePositives5]?.openIoU),
            "open_miou_f1": value(result.open[.bestF1]?.openIoU),
        ]
        if let means = result.means { object["per_image"] = ["images": means.images, "skipped": means.skipped] }
        if let folds = result.open[.truePositives95]?.folds {
            object["folds"] = folds.map { fold in
                [
                    "name": fold.name, "images": fold.images, "threshold": value(Double(fold.threshold)),
                    "open_miou": value(fold.openIoU),
                ]
            }
        }
        if let components = result.components {
            object["components"] = [
                "siou": value(components.meanAdjustedIoU), "ppv": value(components.meanPredictiveValue),
                "mean_f1": value(components.meanF1), "truth": components.adjustedIoUs.count,
                "predicted": components.predictiveValues.count,
            ]
        }
        if let draws = result.draws { object["confidence95"] = confidence(draws) }
        if let bounds = result.binBounds {
            object["bin_bounds"] = [
                "ap": [bounds.averagePrecision.lowerBound, bounds.averagePrecision.upperBound],
                "auroc": [bounds.areaUnderROC.lowerBound, bounds.areaUnderROC.upperBound],
            ]
        }
        if let distances = result.distances {
            object["by_distance"] = distances.enumerated().map { index, bin in
                var row: [String: Any] = [
                    "from_m": value(Double(bin.from)), "to_m": value(Double(bin.to)), "inlier": bin.inlierPixels,
                    "anomaly": bin.anomalyPixels, "ap": value(bin.metrics?.averagePrecision),
                    "fpr95": value(bin.metrics?.falsePositiveRate95),
                ]
                if let draws = result.draws {
                    row["confidence95"] = [
                        "ap": ends(draws.distanceInterval(index, \.averagePrecision)),
                        "fpr95": ends(draws.distanceInterval(index, \.falsePositiveRate95)),
                    ]
                }
                return row
            }
        }
        if case .pipeline(let settings) = origin {
            object["score_at"] = settings.scoreResolution.rawValue
            object["precision"] = settings.network.precision.rawValue
            object["model"] = settings.network.bundle.description.name
            object["model_digest"] = settings.network.bundle.description.modelSHA256
            object["size"] = settings.size?.description ?? "width \(settings.network.bundle.description.input.size[0])"
        }
        return object
    }

    /// Intervals by the names of their numbers; null for what no draw has.
    private func confidence(_ draws: MetricDraws) -> [String: Any] {
        var object: [String: Any] = [
            "replicates": draws.count, "ap": ends(draws.interval(\.averagePrecision)),
            "auroc": ends(draws.interval(\.areaUnderROC)), "fpr95": ends(draws.interval(\.falsePositiveRate95)),
            "tpr_at_fpr5": ends(draws.interval(\.truePositiveRate5)), "best_f1": ends(draws.interval(\.bestF1)),
            "miou": ends(draws.closedInterval), "open_miou": ends(draws.openInterval(.truePositives95)),
            "open_miou_fpr5": ends(draws.openInterval(.falsePositives5)),
            "open_miou_f1": ends(draws.openInterval(.bestF1)),
        ]
        if result.components != nil {
            object["components"] = [
                "siou": ends(draws.componentInterval(\.adjustedIoU)),
                "ppv": ends(draws.componentInterval(\.predictiveValue)),
                "mean_f1": ends(draws.componentInterval(\.meanF1)),
            ]
        }
        return object
    }

    private func ends(_ range: ClosedRange<Double>?) -> Any {
        guard let range else { return NSNull() }
        return [range.lowerBound, range.upperBound]
    }

    static func json(_ object: [String: Any]) -> String {
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// JSON has no infinities; they are null like what does not exist.
    private func value(_ number: Double?) -> Any {
        guard let number, number.isFinite else { return NSNull() }
        return number
    }
}
