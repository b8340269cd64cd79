/// Checks the edges of a graph: every value has at most one producer, every node comes after the producers of its inputs,
/// every operation has as many inputs and outputs as ONNX gives it. Types and shapes are checked by `ShapeInference`.
public enum GraphValidation {
    /// - Throws: `structure` or `malformed` with the first thing that is wrong.
    public static func check(_ graph: Graph) throws(GraphError) {
        var validation = Validation(graph: graph)
        try validation.checkInputs()
        for node in graph.nodes { try validation.check(node) }
        try validation.checkOutputs()
    }
}

private struct Validation {
    let graph: Graph
    private var isDefined: [Bool]
    private var inputNames: Set<String> = []
    private static let remedy = "check the model with onnx.checker and export it again"

    init(graph: Graph) {
        self.graph = graph
        isDefined = graph.values.map { $0.constant != nil }
    }

    mutating func checkInputs() throws(GraphError) {
        for id in graph.inputs {
            guard graph.values.indices.contains(id.index) else {
                throw .structure(problem: "an input names value \(id.index), which does not exist", remedy: Self.remedy)
            }
            let name = graph[id].name
            guard inputNames.insert(name).inserted else {
                throw .structure(problem: "two inputs are called \(quoted(name))", remedy: Self.remedy)
            }
            isDefined[id.index] = true
        }
    }

    mutating func check(_ node: Node) throws(GraphError) {
        do {
            try checkEdges(node)
        } catch {
            throw error.located(node: node.name, operation: node.operation)
        }
    }

    private mutating func checkEdges(_ node: Node) throws(Fault) {
        try node.operation.arity.check(
            inputPresent: node.inputs.map { $0 != nil }, outputCount: node.outputs.count)
        for case let id? in node.inputs {
            guard graph.values.indices.contains(id.index) else {
                throw .malformed("an input names value \(id.index), which does not exist")
            }
            guard isDefined[id.index] else {
                throw .malformed("input \(quoted(graph[id].name)) is not produced by any node before this one")
            }
        }
        for id in node.outputs {
            guard graph.values.indices.contains(id.index) else {
                throw .malformed("an output names value \(id.index), which does not exist")
            }
            guard !isDefined[id.index] else {
                throw .malformed("output \(quoted(graph[id].name)) is produced twice")
            }
            isDefined[id.index] = true
        }
    }

    func checkOutputs() throws(GraphError) {
        guard !graph.outputs.isEmpty else {
            throw .structure(problem: "there are no outputs", remedy: Self.remedy)
        }
        for id in graph.outputs {
            guard graph.values.indices.contains(id.index) else {
                throw .structure(
                    problem: "an output names value \(id.index), which does not exist", remedy: Self.remedy)
            }
            guard isDefined[id.index] else {
                throw .structure(
                    problem: "output \(quoted(graph[id].name)) is not produced by any node", remedy: Self.remedy)
            }
        }
    }
}
