internal import ModelGraph

extension GraphPass {
    /// Rewrites batch normalisation, activations and additions as `channelAffine`, the one form that fusion knows.
    static let normalizeElementwise = GraphPass(name: "normalize-elementwise") { graph in
        for position in graph.nodes.indices {
            if let replacement = affine(for: graph.nodes[position], in: &graph) {
                graph.nodes[position] = replacement
            }
        }
    }
}

/// The node as a `channelAffine`, or nil when it is not one.
private func affine(for node: Node, in graph: inout Graph) -> Node? {
    guard let shape = graph.image(node.input(0)), let output = node.outputs.first, graph.image(output) != nil else {
        return nil
    }
    var result = node
    switch node.operation {
    case .batchNormalization(let epsilon):
        guard node.outputs.count == 1,
            let gain = graph.floats(node.input(1)), let bias = graph.floats(node.input(2)),
            let mean = graph.floats(node.input(3)), let variance = graph.floats(node.input(4)),
            [gain.count, bias.count, mean.count, variance.count].allSatisfy({ $0 == shape.channels })
        else { return nil }
        // In double: 1/sqrt of a small variance would lose digits that the folded weights then multiply.
        let scale = zip(gain, variance).map { Double($0) / (Double($1) + Double(epsilon)).squareRoot() }
        let shift = (0..<shape.channels).map { Float(Double(bias[$0]) - Double(mean[$0]) * scale[$0]) }
        result.operation = .channelAffine(.none)
        result.inputs = [
            node.input(0), graph.addVector(scale.map(Float.init), name: node.name + ".scale"),
            graph.addVector(shift, name: node.name + ".shift"),
        ]
    case .unary(.relu):
        result.operation = .channelAffine(.relu)
    case .unary(.sigmoid):
        result.operation = .channelAffine(.sigmoid)
    case .parametricRelu:
        guard let slope = graph.floats(node.input(1)), let slopeShape = node.input(1).flatMap({ graph[$0].dimensions }),
            slope.count == 1 || (slope.count == shape.channels && isPerChannel(slopeShape, channels: shape.channels))
        else { return nil }
        let perChannel = slope.count == 1 ? Array(repeating: slope[0], count: shape.channels) : slope
        result.operation = .channelAffine(.parametricRelu)
        result.inputs = [node.input(0), nil, nil, nil, graph.addVector(perChannel, name: node.name + ".slope")]
    case .channelAffine(.leakyRelu(let alpha)) where node.inputs.count == 1:
        let slope = Array(repeating: alpha, count: shape.channels)
        result.operation = .channelAffine(.parametricRelu)
        result.inputs = [node.input(0), nil, nil, nil, graph.addVector(slope, name: node.name + ".slope")]
    case .binary(.add):
        guard let other = node.input(1), graph.image(other) == shape, graph[other].constant == nil,
            let first = node.input(0), graph[first].constant == nil
        else { return nil }
        result.operation = .channelAffine(.none)
        result.inputs = [first, nil, nil, other]
    default:
        return nil
    }
    return result
}

/// Whether `shape` broadcasts along the channel axis of NCHW alone: [C,1,1] or [1,C,1,1].
private func isPerChannel(_ shape: [Int], channels: Int) -> Bool {
    shape == [channels, 1, 1] || shape == [1, channels, 1, 1]
}
