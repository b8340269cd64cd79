internal import ModelGraph

/// A `channelAffine` that an int8 convolution applies to the whole of its sum, in 32 bits: to the products and to what it
/// adds. Scale and shift become part of the epilogue's, so that the sum itself is never rounded to 8 bits nor stored.
///
/// Where nothing is added, `fuseElementwise` has put scale and shift into the weights.
struct FoldedAffine {
    /// Per output channel; nil for ones.
    let scale: [Float]?
    /// Per output channel; nil for zeros.
    let shift: [Float]?
}

extension PlanBuilder {
    /// Finds them once it is known which nodes run in int8: the convolution gives out what the affine node did, which is
    /// left without inputs and outputs.
    mutating func foldAffines(_ fusions: inout RowFusions) {
        // Calibration wants to see every value.
        if compiler.observes { return }
        let view = ProducerView(graph)
        for (position, node) in graph.nodes.enumerated() where quantized.contains(node) && !fusions.contains(position) {
            guard case .channelAffine(let activation) = node.operation, node.input(3) == nil,
                let maker = view.maker(of: node.input(0)), !fusions.contains(maker),
                quantized.contains(graph.nodes[maker]),
                case .convolution(var attributes) = graph.nodes[maker].operation, attributes.activation == .none
            else { continue }
            attributes.activation = activation
            graph.nodes[maker].operation = .convolution(attributes)
            graph.nodes[maker].outputs = node.outputs
            if let slope = node.input(4) { graph.nodes[maker].setInput(4, slope) }
            foldedAffines[maker] = FoldedAffine(scale: graph.floats(node.input(1)), shift: graph.floats(node.input(2)))
            graph.nodes[position] = Node(name: node.name, operation: .identity, inputs: [], outputs: [])
            fusions.absorb([position], into: maker)
        }
    }
}
