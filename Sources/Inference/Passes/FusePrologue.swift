internal import ModelGraph

extension GraphPass {
    /// Moves `relu(x * scale + shift)` into the 1x1 convolution that alone reads it: the pre-activation of DenseNet-like
    /// networks, which cannot be folded into its producer because other layers read the producer as well.
    static let fusePrologue = GraphPass(name: "fuse-prologue") { graph in
        let index = GraphIndex(graph)
        var removed: Set<Int> = []
        for position in graph.nodes.indices {
            let node = graph.nodes[position]
            guard case .convolution(let attributes) = node.operation, attributes.isPointwise, attributes.groups == 1,
                let input = node.input(0), index.useCount[input.index] == 1, let maker = index.producer[input.index],
                case .channelAffine(.relu) = graph.nodes[maker].operation,
                let channels = graph.image(input)?.channels,
                let weights = node.input(1).flatMap({ graph[$0].dimensions }),
                weights.dropFirst(2).allSatisfy({ $0 == 1 })
            else { continue }
            let affine = graph.nodes[maker]
            guard affine.input(3) == nil, let scale = affine.input(1), let shift = affine.input(2),
                graph.floats(scale)?.count == channels, graph.floats(shift)?.count == channels
            else { continue }
            graph.nodes[position].inputs[0] = affine.input(0)
            graph.nodes[position].setInput(5, scale)
            graph.nodes[position].setInput(6, shift)
            removed.insert(maker)
        }
        graph.nodes = graph.nodes.indices.filter { !removed.contains($0) }.map { graph.nodes[$0] }
    }
}

extension Convolution {
    /// 1x1, stride 1, no padding.
    var isPointwise: Bool {
        let noPadding =
            switch padding {
            case .explicit(let begin, let end): begin.allSatisfy { $0 == 0 } && end.allSatisfy { $0 == 0 }
            case .sameUpper, .sameLower, .valid: true
            }
        return kernel.allSatisfy { $0 == 1 } && strides.allSatisfy { $0 == 1 } && noPadding
    }
}
