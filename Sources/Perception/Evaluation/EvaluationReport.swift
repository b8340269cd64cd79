public import Evaluation
internal import Foundation
internal import Inference
internal import OpenSet

/// An evaluation's numbers with everything that they depend on, as text or JSON (`eval --json` of cli.md).
public struct EvaluationReport {
    private let set: String
    private let images: Int
    private let settings: PerceptionSettings
    private let layout: String
    private let metrics: AnomalyMetrics

    /// Describes `metrics` of the set that was called `set` on the command line.
    public init(set: String, images: Int, settings: PerceptionSettings, layout: String, metrics: AnomalyMetrics) {
        self.set = set
        self.images = images
        self.settings = settings
        self.layout = layout
        self.metrics = metrics
    }

    private var name: String { URL(fileURLWithPath: set).lastPathComponent }

    /// One JSON object.
    public var json: String {
        let object: [String: Any] = [
            "set": name, "protocol": "pooled", "layout": layout, "score": settings.score.name,
            "score_at": settings.scoreResolution.rawValue, "images": images,
            "pixels": [
                "inlier": metrics.inlierPixels, "anomaly": metrics.anomalyPixels, "void": metrics.voidPixels,
            ],
            "tie_rule": metrics.rule.rawValue, "ap": metrics.averagePrecision, "fpr95": metrics.falsePositiveRate95,
            "auroc": metrics.areaUnderROC, "tpr_at_fpr5": metrics.truePositiveRate5,
            "threshold_tpr95": Double(metrics.threshold95), "miou": NSNull(), "open_miou": NSNull(),
            "precision": settings.network.precision.rawValue,
            "model": settings.network.bundle.description.name,
            "model_digest": settings.network.bundle.description.modelSHA256,
            "size": settings.size?.description ?? "width \(settings.network.bundle.description.input.size[0])",
        ]
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// A few lines for people.
    public var text: String {
        func percent(_ value: Double) -> String { String(format: "%.2f", value * 100) }
        return """
            set         \(name) (\(layout)), \(images) pictures, all pixels pooled at the pictures' own resolution
            pixels      \(metrics.inlierPixels) inlier, \(metrics.anomalyPixels) anomaly, \(metrics.voidPixels) void (left out)
            model       \(settings.network.bundle.description.name) in \(settings.network.precision.rawValue), score \(settings.score.name) at \(settings.scoreResolution.rawValue)
            AP          \(percent(metrics.averagePrecision)) %
            AUROC       \(percent(metrics.areaUnderROC)) %
            FPR95       \(percent(metrics.falsePositiveRate95)) %   (TPR \(metrics.rule.rawValue) 95 %, score > \(metrics.threshold95))
            TPR at FPR5 \(percent(metrics.truePositiveRate5)) %
            """
    }
}
