internal import Inference
internal import ModelGraph
internal import OpenSet

/// The heads' graph with what a tap adds.
struct TappedHeads {
    /// Where the activations that enter the last convolution are found.
    enum Activations: Sendable {
        /// Nowhere: nobody asked, or the model has no such convolution.
        case none
        /// They are the pre-logits.
        case preLogits
        /// They are the heads' last output.
        case ownOutput
    }

    private(set) var heads: Graph
    private(set) var activations = Activations.none
    private(set) var readsActivations = false
    private(set) var projection: ProjectionGraph?
    /// The heads' ranges: with activations as an output, what makes and reads them stays in fp32, as a fused step's
    /// ranges say nothing of its parts.
    private(set) var ranges: ActivationRanges?

    init(
        _ tap: FeatureTap, heads: Graph, description: ModelDescription, ranges: ActivationRanges?
    ) throws(ModelError) {
        self.heads = heads
        self.ranges = ranges
        switch tap.kind {
        case .measure:
            if let last = try? LastConvolution(of: description.tensors.logits, in: heads) { expose(last) }
        case .project(.clampedLogits, let statistics, let shared):
            let last = try LastConvolution(of: description.tensors.logits, in: heads)
            expose(last)
            readsActivations = true
            projection = try ProjectionGraph(
                .clampedLogits, statistics, shared, features: heads[last.input], last: last,
                classes: description.classPlanes(of: last.bias.count))
        case .project(let reading, let statistics, let shared):
            projection = try ProjectionGraph(
                reading, statistics, shared, features: heads[heads.inputs[0]], last: nil, classes: [])
        }
        if let result = projection?.graph.outputs.first.flatMap({ projection?.graph[$0].dimensions }),
            let logits = heads.outputs.first.flatMap({ heads[$0].dimensions }), result[2...] != logits[2...]
        {
            throw ModelError(
                "'\(description.tensors.preLogits)' has another resolution than '\(description.tensors.logits)': scores of "
                    + "features need the same")
        }
    }

    /// Makes the activations an output, unless they are the heads' input.
    private mutating func expose(_ last: LastConvolution) {
        guard last.input != heads.inputs[0] else {
            activations = .preLogits
            return
        }
        activations = .ownOutput
        let maker = heads.nodes.first { $0.outputs.contains(last.input) }?.name
        let readers = heads.nodes.filter { $0.inputs.contains(last.input) }.map(\.name)
        ranges?.inHigherPrecision.formUnion(readers + [maker].compactMap { $0 })
        heads.outputs.append(last.input)
    }
}

/// The third plan of a network whose score needs features.
struct FeaturePlan: ~Copyable {
    let plan: ExecutionPlan
    let readsActivations: Bool

    consuming func takePlan() -> ExecutionPlan { plan }
}
