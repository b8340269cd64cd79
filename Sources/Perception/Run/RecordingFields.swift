internal import Inference
internal import Kernels
internal import OpenSet
internal import Streaming

/// What a recording says of the run that made it: its Metadata record `densehybrid`.
enum RecordingFields {
    /// Model, decision and budget, as texts.
    static func list(
        _ settings: PerceptionSettings, _ stream: StreamConfiguration
    ) -> [(key: String, value: String)] {
        let model = settings.network.bundle.description
        return [
            ("model", model.name), ("model_digest", model.modelSHA256),
            ("precision", settings.network.precision.rawValue), ("input_size", settings.sizeText),
            ("isa", settings.kernels.instructionSet.description), ("score", settings.score.name),
            ("score_at", settings.scoreResolution.rawValue), ("threshold", "\(settings.threshold.value)"),
            ("classes", model.classes.map(\.name).joined(separator: ",")), ("unknown_label", "\(model.classes.count)"),
            ("budget_ms", stream.budgetNanoseconds.map { "\(Double($0) / 1e6)" } ?? ""),
            ("on_late", stream.onLate.rawValue), ("queue", stream.queue.rawValue),
            ("ladder", settings.ladder?.names.joined(separator: ",") ?? ""),
            ("queue_depth", "\(stream.queueDepth)"),
        ] + (settings.statisticsSHA256.map { [("statistics_digest", $0)] } ?? [])
    }
}
