extension Graph {
    /// Cuts the graph at one value into what computes it (backbone) and what the outputs make of it (heads).
    ///
    /// The backbone has this graph's inputs and `cut` as its only output; the heads have `cut` as their only input and
    /// this graph's outputs. Constants that both need are shared.
    ///
    /// - Throws: `uncleanCut` when another value is computed in the backbone (or is a graph input) and read by the heads,
    ///   naming it; `structure` when `cut` is an input or a constant.
    public func split(at cut: ValueID) throws(GraphError) -> (backbone: Graph, heads: Graph) {
        divided(try backbone(of: cut), at: cut)
    }

    /// Whether each node belongs to what computes `cut`. Throws as `split(at:)` does.
    func backbone(of cut: ValueID) throws(GraphError) -> [Bool] {
        guard let last = nodes.lastIndex(where: { $0.outputs.contains(cut) }) else {
            let name = values.indices.contains(cut.index) ? self[cut].name : "value \(cut.index)"
            throw .structure(
                problem: "it cannot be cut at \(quoted(name)), which no node computes",
                remedy: "name a tensor between input and outputs")
        }
        let isBackbone = ancestors(of: cut, upTo: last)
        var isAvailable = values.map { $0.constant != nil }
        isAvailable[cut.index] = true
        for (position, node) in nodes.enumerated() where !isBackbone[position] {
            for case let id? in node.inputs where !isAvailable[id.index] {
                throw .uncleanCut(at: self[cut].name, crossing: self[id].name)
            }
            for id in node.outputs { isAvailable[id.index] = true }
        }
        for id in outputs where !isAvailable[id.index] {
            throw .uncleanCut(at: self[cut].name, crossing: self[id].name)
        }
        return isBackbone
    }

    /// The nodes of the backbone and all others, which read no value of it but `border`. The backbone's outputs are `border`
    /// and those of this graph that are named; the heads have the others.
    func divided(
        _ isBackbone: [Bool], at border: ValueID, backboneOutputs early: [ValueID] = []
    ) -> (backbone: Graph, heads: Graph) {
        var backbone = CompactGraph(self, facts: values.map { _ in nil })
        var heads = backbone
        backbone.addInputs(inputs)
        heads.addInputs([border])
        for (position, node) in nodes.enumerated() {
            if isBackbone[position] { backbone.add(node) } else { heads.add(node) }
        }
        for id in [border] + early { backbone.addOutput(id, name: self[id].name) }
        for id in outputs where !early.contains(id) { heads.addOutput(id, name: self[id].name) }
        let identity = values.indices.map(ValueID.init(index:))
        backbone.addAliases(identity)
        heads.addAliases(identity)
        return (backbone.graph, heads.graph)
    }

    /// Whether each node is needed to compute `value`, which node `last` produces.
    private func ancestors(of value: ValueID, upTo last: Int) -> [Bool] {
        var isNeeded = [Bool](repeating: false, count: values.count)
        var isAncestor = [Bool](repeating: false, count: nodes.count)
        isNeeded[value.index] = true
        for position in stride(from: last, through: 0, by: -1) {
            guard nodes[position].outputs.contains(where: { isNeeded[$0.index] }) else { continue }
            isAncestor[position] = true
            for case let id? in nodes[position].inputs { isNeeded[id.index] = true }
        }
        return isAncestor
    }
}
