internal import ModelGraph

extension GraphPass {
    /// Removes nodes whose results nobody reads.
    static let eliminateDeadNodes = GraphPass(name: "eliminate-dead-nodes") { graph in
        var needed = Set(graph.outputs.map(\.index))
        var kept: [Node] = []
        for node in graph.nodes.reversed() where node.outputs.contains(where: { needed.contains($0.index) }) {
            for case .some(let input) in node.inputs { needed.insert(input.index) }
            kept.append(node)
        }
        graph.nodes = kept.reversed()
    }
}
