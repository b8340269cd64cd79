internal import FrameIO
internal import Inference
internal import Kernels
internal import OpenSet
internal import Streaming

/// Compiles a model, runs it once on zeros, and says what a stream would be processed with.
public struct ModelCheck {
    private let settings: PerceptionSettings

    /// Checks `settings`.
    public init(settings: PerceptionSettings) { self.settings = settings }

    /// A few lines for people. Allocates the network's memory and frees it.
    public func run() throws(ModelError) -> String {
        try settings.check()
        let description = settings.network.bundle.description
        let size = settings.declaredSize
        let network = try settings.compiled(size, warmsUp: true)
        let head = network.outlierLogits == nil ? "none: logit-only scores" : "yes"
        return """
            model      \(description.name), \(description.classes.count) classes, outlier head: \(head)
            input      \(size), multiples of \(description.input.sizeMultiple)
            score      \(settings.score.name) at \(settings.scoreResolution.rawValue)
            threshold  \(settings.threshold.value), \(settings.thresholdOrigin)
            kernels    \(settings.kernels.instructionSet), \(settings.pool.threadCount) threads, \(settings.network.precision.rawValue)
            memory     \(network.memoryText)
            """ + (try ladderText())
    }

    /// A line for each rung, with the memory of its network beside the full one's.
    private func ladderText() throws(ModelError) -> String {
        guard let ladder = settings.ladder else { return "" }
        var lines: [String] = []
        for (level, rung) in ladder.rungs.enumerated() {
            var line = "\(level == 0 ? "ladder    " : "          ") \(level) \(rung)"
            if case .size(let size) = rung {
                line += ": \(try settings.compiled(size, warmsUp: true).memoryText)"
            }
            lines.append(line)
        }
        if ladder.rungs.contains(where: { if case .size = $0 { true } else { false } }) {
            lines.append("           rungs of other sizes decide by the same threshold")
        }
        let rules = ladder.hysteresis
        lines.append(
            "           down after \(rules.downAfter) of \(rules.downWithin) frames that take \(rules.near) of the budget, up "
                + "after \(Double(rules.upAfter) / 1e9) s below \(rules.upBelow), maps held for "
                + "\(Double(ladder.longestHold) / 1e9) s")
        return "\n" + lines.joined(separator: "\n")
    }
}

extension CompiledNetwork {
    /// What the plans hold.
    fileprivate var memoryText: String {
        let memory = memory
        return "arena \(memory.arena >> 20) MB, weights and tables \(memory.constants >> 20) MB, scratch "
            + "\(memory.scratch >> 10) KB"
    }
}
