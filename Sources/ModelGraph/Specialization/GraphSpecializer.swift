/// Turns a graph with symbolic extents into one where every value's type and extents are known.
public enum GraphSpecializer {
    /// Binds input extents, infers every shape, folds what is known at load, and removes what no output needs.
    ///
    /// Nodes whose inputs are all constant are evaluated (within a budget that the sizes of the graph's own constants
    /// justify: results of at most 4 MiB or twice their inputs, at most 64 MiB plus twice the constants together, bounded
    /// work; beyond it they stay nodes). `Shape` of anything becomes a constant. Operations that change nothing
    /// (`Identity`, a `Reshape` to the same extents, ...) become aliases; outputs keep their names. An output that is
    /// known at load stays an output with a constant value. Weights are shared, not copied. Value ids change.
    ///
    /// - Parameters:
    ///   - inputs: Extents of graph inputs by name; may be left out where the graph declares all extents.
    ///   - constants: Graph inputs to be replaced by constants, by name.
    /// - Throws: `input` when a binding does not fit what the graph declares, `structure` or `malformed` for a graph that
    ///   is wrong in itself, and what `ShapeInference` and `ReferenceEvaluator` throw, naming the node.
    public static func specialize(
        _ graph: Graph, inputs: [String: [Int]] = [:], constants: [String: HostTensor] = [:]
    ) throws(GraphError) -> Graph {
        try specialize(graph, inputs: inputs, constants: constants, smallResult: FoldingBudget.smallResult)
    }

    static func specialize(
        _ graph: Graph, inputs: [String: [Int]], constants: [String: HostTensor], smallResult: Int
    ) throws(GraphError) -> Graph {
        try GraphValidation.check(graph)
        let bindings = try InputBindings(graph, inputs: inputs, constants: constants)
        var specialization = Specialization(graph, bindings, smallResult: smallResult)
        for node in graph.nodes { try specialization.visit(node) }
        return specialization.finish()
    }
}

/// What is known of every value while the nodes are walked in order.
private struct Specialization {
    private let graph: Graph
    private var facts: [TensorFacts?]
    /// The value that stands for each value: itself, or the input of a node that changes nothing.
    private var standIn: [ValueID]
    private var nodes: [Node] = []
    private var budget: FoldingBudget

    init(_ graph: Graph, _ bindings: InputBindings, smallResult: Int) {
        self.graph = graph
        facts = graph.values.map { value in value.constant.map(TensorFacts.init(constant:)) }
        for (id, bound) in bindings.facts { facts[id.index] = bound }
        standIn = graph.values.indices.map(ValueID.init(index:))
        let constantBytes = facts.reduce(0) { sum, known in
            OperationCost.saturatingSum(sum, known?.constant?.byteCount ?? 0)
        }
        budget = FoldingBudget(constantBytes: constantBytes, smallResult: smallResult)
    }

    mutating func visit(_ original: Node) throws(GraphError) {
        var node = original
        node.inputs = original.inputs.map { id in id.map { standIn[$0.index] } }
        let known = node.inputs.map { id in id.flatMap { facts[$0.index] } }
        let outputs = try ShapeInference.infer(
            node.operation, node: node.name, inputs: known, outputCount: node.outputs.count)
        if let source = node.passThrough(inputs: known, outputs: outputs) {
            standIn[node.outputs[0].index] = source
            return
        }
        if let results = try fold(node, known, outputs) {
            for (id, tensor) in zip(node.outputs, results) { facts[id.index] = TensorFacts(constant: tensor) }
            return
        }
        for (id, output) in zip(node.outputs, outputs) { facts[id.index] = output }
        nodes.append(node)
    }

    /// The results, where they are known at load and small enough.
    private mutating func fold(
        _ node: Node, _ inputs: [TensorFacts?], _ outputs: [TensorFacts]
    ) throws(GraphError) -> [HostTensor]? {
        if case .shape(let start, let end) = node.operation, let input = inputs[0] {
            let range = ShapeInference.shapeRange(rank: input.dimensions.count, start: start, end: end)
            let extents = input.dimensions[range].map { Int64($0) }
            return [HostTensor(extents, dimensions: [extents.count])]
        }
        guard inputs.allSatisfy({ $0.map { $0.constant != nil } ?? true }) else { return nil }
        if case .reshape = node.operation, let constant = inputs[0]?.constant {
            return [constant.reshaped(to: outputs[0].dimensions)]
        }
        guard budget.take(node.operation, inputs: inputs, outputs: outputs) else { return nil }
        return try ReferenceEvaluator.evaluate(
            node.operation, inputs: inputs.map { $0?.constant }, outputs: outputs, node: node.name)
    }

    /// The specialised graph, made of what the outputs need.
    func finish() -> Graph {
        var builder = CompactGraph(graph, facts: facts)
        builder.addInputs(graph.inputs.filter { facts[$0.index]?.constant == nil })
        for node in liveNodes() { builder.add(node) }
        for id in graph.outputs { builder.addOutput(standIn[id.index], name: graph[id].name) }
        builder.addAliases(standIn)
        return builder.graph
    }

    private func liveNodes() -> [Node] {
        var isNeeded = [Bool](repeating: false, count: facts.count)
        for id in graph.outputs { isNeeded[standIn[id.index].index] = true }
        var live: [Node] = []
        for var node in nodes.reversed() where node.outputs.contains(where: { isNeeded[$0.index] }) {
            for case let id? in node.inputs { isNeeded[id.index] = true }
            // Indices that nobody reads are not computed.
            if case .pool = node.operation, node.outputs.count == 2, !isNeeded[node.outputs[1].index] {
                node.outputs.removeLast()
            }
            live.append(node)
        }
        return live.reversed()
    }
}
