internal import Inference
internal import Kernels
public import Monitoring
internal import OpenSet
public import Streaming

extension RunDescription {
    /// What `settings` and `stream` come to, for monitors.
    public init(
        version: String, verb: String, input: String, settings: PerceptionSettings, stream: StreamConfiguration
    ) {
        let model = settings.network.bundle.description
        self.init(
            version: version, verb: verb, input: input, model: model.name, modelDigest: model.modelSHA256,
            precision: settings.network.precision.rawValue,
            size: settings.sizeText,
            isa: settings.kernels.instructionSet.description, threads: settings.pool.threadCount,
            score: settings.score.name, threshold: settings.threshold.value, classes: model.classes.map(\.name),
            budgetNanoseconds: stream.budgetNanoseconds, onLate: stream.onLate.rawValue,
            queue: "\(stream.queue.rawValue) depth \(stream.queueDepth)")
    }
}
