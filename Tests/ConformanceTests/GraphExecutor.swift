import ModelGraph

/// Something that runs specialised graphs: the reference, or the engine.
protocol GraphExecutor {
    /// The values of `graph.outputs`, for the values of `graph.inputs`, both in order.
    func run(_ graph: Graph, inputs: [HostTensor]) throws -> [HostTensor]
}

/// Node by node through `ReferenceEvaluator`.
struct ReferenceExecutor: GraphExecutor {
    func run(_ graph: Graph, inputs: [HostTensor]) throws -> [HostTensor] {
        var values = graph.values.map(\.constant)
        for (id, tensor) in zip(graph.inputs, inputs) { values[id.index] = tensor }
        for node in graph.nodes {
            let results = try ReferenceEvaluator.evaluate(
                node.operation, inputs: node.inputs.map { id in id.flatMap { values[$0.index] } },
                outputCount: node.outputs.count, node: node.name)
            for (id, tensor) in zip(node.outputs, results) {
                guard graph[id].type == tensor.type, graph[id].dimensions == tensor.dimensions else {
                    throw ConformanceFailure(
                        "\(graph[id].name): inferred \(graph[id].type) \(graph[id].dimensions ?? []), "
                            + "evaluated \(tensor.type) \(tensor.dimensions)")
                }
                values[id.index] = tensor
            }
        }
        return try graph.outputs.map { id in
            guard let tensor = values[id.index] else { throw ConformanceFailure("\(graph[id].name) was not computed") }
            return tensor
        }
    }
}
