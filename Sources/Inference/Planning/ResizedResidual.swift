internal import ModelGraph

/// Pointwise convolutions that add a resized picture, as a decoder does where it meets the encoder: they resize it row
/// by row into their scratch, so that it is never stored.
extension PlanBuilder {
    /// Finds them once it is known which nodes run in int8, and absorbs the resizes.
    mutating func findResizedResiduals(_ fusions: inout RowFusions) {
        // Calibration wants to see every value.
        if compiler.observes { return }
        let view = ProducerView(graph)
        for (position, node) in graph.nodes.enumerated() where !fusions.contains(position) {
            guard let resize = view.maker(of: node.input(3)), !fusions.contains(resize),
                lowering(of: graph.nodes[resize]) == .resize, canResizeResidual(node),
                quantized.contains(node) == quantized.contains(graph.nodes[resize])
            else { continue }
            resizedResiduals[position] = resize
            fusions.absorb([resize], into: position)
        }
    }

    /// Whether the node's step works on rows of whole pixels that pass through its scratch anyway.
    private func canResizeResidual(_ node: Node) -> Bool {
        guard case .convolution(let attributes) = node.operation, node.input(5) != nil, attributes.isPointwise,
            lowering(of: node) == .convolution, let geometry = try? convolutionFacts(node).1
        else { return false }
        return geometry.window.isPointwise && geometry.groups == 1 && !usesProducts(geometry)
    }

    /// The resize whose rows the node at hand computes itself, and the value that it resizes.
    var residualResize: (node: Node, source: ValueID)? {
        guard let resize = resizedResiduals[position], let source = graph.nodes[resize].input(0) else { return nil }
        return (graph.nodes[resize], source)
    }
}
