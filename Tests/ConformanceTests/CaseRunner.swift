import ModelGraph
import OnnxImport

/// Runs a case through import, specialisation and an executor, and compares.
struct CaseRunner {
    let executor: any GraphExecutor

    /// Throws when the case does not pass.
    func run(_ conformanceCase: ConformanceCase) throws {
        let graph = try OnnxModel.load(contentsOf: conformanceCase.modelPath)
        let sets = try conformanceCase.dataSets()
        guard !sets.isEmpty else { throw ConformanceFailure("no data sets") }
        for (number, set) in sets.enumerated() {
            guard set.inputs.count == graph.inputs.count, set.outputs.count == graph.outputs.count else {
                throw ConformanceFailure(
                    "data set \(number) has \(set.inputs.count) inputs and \(set.outputs.count) outputs, "
                        + "the graph \(graph.inputs.count) and \(graph.outputs.count)")
            }
            let results = try run(graph, set.inputs)
            for (position, (result, expected)) in zip(results, set.outputs).enumerated() {
                if let difference = Comparison.difference(
                    result, expected, relative: conformanceCase.relativeTolerance,
                    absolute: conformanceCase.absoluteTolerance)
                {
                    throw ConformanceFailure("data set \(number), output \(position): \(difference)")
                }
            }
        }
    }

    private func run(_ graph: Graph, _ inputs: [HostTensor]) throws -> [HostTensor] {
        let special = try specialize(graph, inputs)
        let byName = Dictionary(
            zip(graph.inputs.map { graph[$0].name }, inputs), uniquingKeysWith: { first, _ in first })
        for (id, tensor) in zip(graph.inputs, inputs) where graph[id].type != tensor.type {
            throw ConformanceFailure("input \(graph[id].name) is \(graph[id].type), the data \(tensor.type)")
        }
        let bound = try special.inputs.map { id in
            guard let tensor = byName[special[id].name] else {
                throw ConformanceFailure("specialisation made up the input \(special[id].name)")
            }
            return tensor
        }
        return try executor.run(special, inputs: bound)
    }

    /// Binds as few inputs as constants as the specialiser needs to know all shapes: none, else all but the first
    /// (the data, by ONNX's habit), else all.
    private func specialize(_ graph: Graph, _ inputs: [HostTensor]) throws -> Graph {
        var firstConstant = inputs.count
        while true {
            var extents: [String: [Int]] = [:]
            var constants: [String: HostTensor] = [:]
            for (position, (id, tensor)) in zip(graph.inputs, inputs).enumerated() {
                if position < firstConstant {
                    extents[graph[id].name] = tensor.dimensions
                } else {
                    constants[graph[id].name] = tensor
                }
            }
            do throws(GraphError) {
                return try GraphSpecializer.specialize(graph, inputs: extents, constants: constants)
            } catch {
                guard case .undetermined = error, firstConstant > 0 else { throw error }
                firstConstant = firstConstant > 1 ? 1 : 0
            }
        }
    }
}
