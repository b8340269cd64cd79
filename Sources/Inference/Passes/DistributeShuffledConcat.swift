internal import ModelGraph

extension GraphPass {
    /// Rewrites concat -> per-channel work -> channel shuffle -> grouped convolution with one output a group, as pyramid
    /// pooling modules have it, into a sum of depthwise convolutions of the concatenation's parts. The two are equal:
    /// group c reads channel c of every part. Neither the concatenation nor the shuffle is then ever stored.
    static let distributeShuffledConcat = GraphPass(name: "distribute-shuffled-concat") { graph in
        while let match = ShuffledConcat.first(in: graph) { match.distribute(in: &graph) }
    }
}

private struct ShuffledConcat {
    let convolution: Int
    let attributes: Convolution
    let parts: [ValueID]
    /// `channelAffine` nodes between the concatenation and the shuffle, first to last.
    let affines: [Node]
    let channels: Int

    static func first(in graph: Graph) -> ShuffledConcat? {
        let index = GraphIndex(graph)
        for position in graph.nodes.indices {
            if let match = match(position, graph, index) { return match }
        }
        return nil
    }

    private static func match(_ position: Int, _ graph: Graph, _ index: GraphIndex) -> ShuffledConcat? {
        func maker(_ id: ValueID?) -> Node? {
            guard let id, index.useCount[id.index] == 1, let made = index.producer[id.index] else { return nil }
            return graph.nodes[made]
        }
        let node = graph.nodes[position]
        guard case .convolution(let attributes) = node.operation, attributes.groups > 1, node.input(3) == nil,
            node.input(5) == nil, let weights = node.input(1).flatMap({ graph[$0].constant }), weights.type == .float32,
            weights.dimensions.count == 4, weights.dimensions[0] == attributes.groups,
            let shuffled = maker(node.input(0)),
            let source = unshuffled(shuffled, parts: weights.dimensions[1], channels: attributes.groups, graph, maker)
        else { return nil }
        var affines: [Node] = []
        var below = maker(source)
        while let affine = below, case .channelAffine = affine.operation, affine.input(3) == nil {
            affines.insert(affine, at: 0)
            below = maker(affine.input(0))
        }
        guard let concat = below, case .concat(axis: let axis) = concat.operation, axis == 1 || axis == -3,
            concat.inputs.count == weights.dimensions[1]
        else { return nil }
        let parts = concat.inputs.compactMap { $0 }
        guard parts.count == concat.inputs.count,
            parts.allSatisfy({ graph.image($0)?.channels == attributes.groups }),
            affines.allSatisfy({ $0.inputs.dropFirst().allSatisfy { $0 == nil || graph.floats($0) != nil } })
        else { return nil }
        return ShuffledConcat(
            convolution: position, attributes: attributes, parts: parts, affines: affines, channels: attributes.groups)
    }

    /// What a channel shuffle reads, when `node` ends one that takes channel c of every part together: a `Gather` of
    /// channels, or `Reshape` - `Transpose` - `Reshape`.
    private static func unshuffled(
        _ node: Node, parts: Int, channels: Int, _ graph: Graph, _ maker: (ValueID?) -> Node?
    ) -> ValueID? {
        switch node.operation {
        case .gather(axis: 1), .gather(axis: -3):
            guard let order = node.input(1).flatMap({ graph[$0].constant?.elements(as: Int64.self) }),
                order.count == parts * channels,
                order.indices.allSatisfy({ order[$0] == Int64($0 % parts * channels + $0 / parts) })
            else { return nil }
            return node.input(0)
        case .reshape:
            guard let turned = maker(node.input(0)),
                case .transpose(permutation: [0, 2, 1, 3, 4]?) = turned.operation, let split = maker(turned.input(0)),
                case .reshape = split.operation, let shape = graph[split.outputs[0]].dimensions, shape.count == 5,
                shape[0] == 1, shape[1] == parts, shape[2] == channels
            else { return nil }
            return split.input(0)
        default: return nil
        }
    }

    func distribute(in graph: inout Graph) {
        let original = graph.nodes[convolution]
        var added: [Node] = []
        var sum: ValueID?
        for (part, value) in parts.enumerated() {
            let last = part == parts.count - 1
            let prepared = apply(affines, to: value, part: part, graph: &graph, added: &added)
            let name = "\(original.name).part\(part)"
            var single = attributes
            single.activation = last ? attributes.activation : .none
            var node = Node(name: name, operation: .convolution(single), inputs: [prepared], outputs: [])
            node.setInput(1, partWeights(part, of: original, graph: &graph))
            if last, let bias = original.input(2) { node.setInput(2, bias) }
            if let sum { node.setInput(3, sum) }
            if last, let slope = original.input(4) { node.setInput(4, slope) }
            if last {
                node.outputs = original.outputs
            } else {
                let output = graph.add(Value(name: name, shape: graph[original.outputs[0]].shape))
                node.outputs = [output]
                sum = output
            }
            added.append(node)
        }
        graph.nodes.replaceSubrange(convolution...convolution, with: added)
        graph = GraphPass.eliminateDeadNodes(graph)
    }

    private func apply(
        _ affines: [Node], to value: ValueID, part: Int, graph: inout Graph, added: inout [Node]
    ) -> ValueID {
        var current = value
        for affine in affines {
            var node = affine
            node.name += ".part\(part)"
            node.inputs = [current]
            for position in 1..<affine.inputs.count {
                guard let all = graph.floats(affine.input(position)) else { continue }
                let mine = Array(all[part * channels..<(part + 1) * channels])
                node.setInput(position, graph.addVector(mine, name: "\(node.name).\(position)"))
            }
            current = graph.add(Value(name: node.name, shape: graph[value].shape))
            node.outputs = [current]
            added.append(node)
        }
        return current
    }

    /// Filter `part` of every group: [groups, parts, kh, kw] -> [groups, 1, kh, kw].
    private func partWeights(_ part: Int, of node: Node, graph: inout Graph) -> ValueID {
        let all = graph.floats(node.input(1)) ?? []
        let extents = node.input(1).flatMap { graph[$0].dimensions } ?? []
        let filter = extents[2] * extents[3]
        var mine: [Float] = []
        for group in 0..<channels {
            let start = (group * extents[1] + part) * filter
            mine.append(contentsOf: all[start..<start + filter])
        }
        let shape = [channels, 1, extents[2], extents[3]]
        return graph.add(
            Value(
                name: "\(node.name).weights\(part)", shape: shape.map(Dimension.known),
                constant: HostTensor(mine, dimensions: shape)))
    }
}
