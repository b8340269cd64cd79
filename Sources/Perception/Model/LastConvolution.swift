internal import ModelGraph

/// The 1x1 convolution that makes the class logits.
struct LastConvolution {
    /// What enters it.
    let input: ValueID
    /// Weights [outputs][channels], and a bias for each output.
    let weights: [Float]
    let bias: [Float]
    let channels: Int

    /// Finds it in a graph with all extents known, before any pass.
    init(of logits: String, in graph: Graph) throws(ModelError) {
        let maker = graph.value(named: logits).flatMap { id in graph.nodes.first { $0.outputs.contains(id) } }
        guard let maker, case .convolution(let attributes) = maker.operation, attributes.groups == 1,
            let input = maker.input(0), let weights = maker.input(1).flatMap({ graph[$0].constant }),
            weights.dimensions.count == 4, weights.dimensions[2...] == [1, 1],
            let values = weights.elements(as: Float.self),
            let shape = graph[input].dimensions, let output = graph[maker.outputs[0]].dimensions, shape.count == 4,
            shape[2...] == output[2...]
        else {
            throw ModelError(
                "the model's '\(logits)' does not come from a 1x1 convolution (it comes from "
                    + "\(maker?.operation.operatorName ?? "the input")), so no logits can be recomputed from activations"
            )
        }
        self.input = input
        self.weights = values
        channels = weights.dimensions[1]
        bias =
            maker.input(2).flatMap { graph[$0].constant?.elements(as: Float.self) }
            ?? Array(repeating: 0, count: weights.dimensions[0])
    }
}
