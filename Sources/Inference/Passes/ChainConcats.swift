internal import ModelGraph

extension GraphPass {
    /// Rewrites concat(a, b, c) as concat(concat(a, b), c) where concat(a, b) exists, so that a dense block grows in one
    /// buffer without copies, however the exporter listed its inputs.
    static let chainConcats = GraphPass(name: "chain-concats") { graph in
        var known: [(inputs: [ValueID], output: ValueID)] = []
        for position in graph.nodes.indices {
            guard case .concat(axis: let axis) = graph.nodes[position].operation, axis == 1 || axis == -3,
                graph.image(graph.nodes[position].outputs[0]) != nil
            else { continue }
            let inputs = graph.nodes[position].inputs.compactMap { $0 }
            let prefix = known.filter { $0.inputs.count < inputs.count && inputs.starts(with: $0.inputs) }
                .max { $0.inputs.count < $1.inputs.count }
            if let prefix, prefix.inputs.count > 1 {
                graph.nodes[position].inputs = [prefix.output] + Array(inputs.dropFirst(prefix.inputs.count))
            }
            known.append((inputs, graph.nodes[position].outputs[0]))
        }
    }
}
