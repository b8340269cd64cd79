internal import FrameIO
internal import Inference
internal import Kernels
internal import OpenSet

/// Compiles a model, runs it once on zeros, and says what a stream would be processed with.
public struct ModelCheck {
    private let settings: PerceptionSettings

    /// Checks `settings`.
    public init(settings: PerceptionSettings) { self.settings = settings }

    /// A few lines for people. Allocates the network's memory and frees it.
    public func run() throws(ModelError) -> String {
        try settings.check()
        let description = settings.network.bundle.description
        let size =
            settings.size ?? settings.network.fixedSize
            ?? NetworkSize(width: description.input.size[0], height: description.input.size[1])
        let network = try settings.network.compile(
            size: size, kernels: settings.kernels, threads: settings.pool.threadCount)
        let slot = FrameSlot()
        slot.prepareNetwork(network)
        do {
            try network.runBackbone(image: slot.input.base, preLogits: slot.preLogits.base, on: settings.pool)
            try network.runHeads(
                preLogits: slot.preLogits.base, logits: slot.logits.base,
                outlierLogits: network.outlierLogits == nil ? nil : slot.outlierLogits.base, on: settings.pool)
        } catch {
            throw ModelError("\(error)")
        }
        let memory = network.memory
        let head = network.outlierLogits == nil ? "none: logit-only scores" : "yes"
        return """
            model      \(description.name), \(description.classes.count) classes, outlier head: \(head)
            input      \(size), multiples of \(description.input.sizeMultiple)
            score      \(settings.score.name) at \(settings.scoreResolution.rawValue), threshold \(settings.threshold.value)
            kernels    \(settings.kernels.instructionSet), \(settings.pool.threadCount) threads, \(settings.network.precision.rawValue)
            memory     arena \(memory.arena >> 20) MB, weights and tables \(memory.constants >> 20) MB, \
            scratch \(memory.scratch >> 10) KB
            """
    }
}
