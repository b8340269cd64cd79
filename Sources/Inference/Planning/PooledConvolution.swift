internal import ModelGraph

/// Max pools whose windows do not overlap, behind an int8 convolution that nothing else reads: they pool its rows as they
/// are made, so that the convolution's map is never stored.
extension PlanBuilder {
    /// Finds them once it is known which nodes run in int8, and absorbs the convolutions.
    mutating func findPooledConvolutions(_ fusions: inout RowFusions) {
        // Calibration wants to see every value.
        if compiler.observes { return }
        let view = ProducerView(graph)
        for (position, node) in graph.nodes.enumerated() where quantized.contains(node) && !fusions.contains(position) {
            guard poolsRows(node), let maker = view.maker(of: node.input(0)), !fusions.contains(maker),
                foldedAffines[maker] == nil, makesRows(graph.nodes[maker])
            else { continue }
            pooledConvolutions[position] = maker
            fusions.absorb([maker], into: position)
        }
    }

    /// Whether every window lies inside the input, and no two of them overlap.
    private func poolsRows(_ node: Node) -> Bool {
        guard case .pool(let attributes) = node.operation, attributes.kind == .max, lowering(of: node) == .pool,
            let input = graph.image(node.input(0)), let output = graph.image(node.outputs[0])
        else { return false }
        let window = window(attributes, input: input, output: output)
        return [window.rows, window.columns].allSatisfy {
            $0.stride == $0.kernel && $0.dilation == 1 && $0.padBegin == 0 && $0.output * $0.kernel <= $0.input
        }
    }

    /// Whether the node is a convolution without a prologue or a sum, and whose step works row by row: Winograd's
    /// are faster than what storing their map costs.
    private func makesRows(_ node: Node) -> Bool {
        guard quantized.contains(node), case .convolution(let attributes) = node.operation,
            lowering(of: node) == .convolution, node.input(3) == nil, node.input(5) == nil,
            let geometry = try? convolutionFacts(node).1
        else { return false }
        return !isWinogradShape(attributes, geometry)
    }
}
