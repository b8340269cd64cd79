internal import ModelGraph

extension GraphPass {
    /// Folds a `channelAffine` into the convolution or the `channelAffine` before it, when nothing else reads between:
    /// scale and shift go into weights and bias, additions become residuals, activations are applied on store.
    static let fuseElementwise = GraphPass(name: "fuse-elementwise") { graph in
        var position = 0
        var index = GraphIndex(graph)
        while position < graph.nodes.count {
            if fuse(at: position, in: &graph, index: index) {
                graph.nodes.remove(at: position)
                index = GraphIndex(graph)
                position = max(0, position - 1)
            } else {
                position += 1
            }
        }
        graph.sortTopologically()
    }
}

/// Positions of a `channelAffine`'s inputs.
private enum AffineInput { static let x = 0, scale = 1, shift = 2, residual = 3, slope = 4 }
/// Positions of a convolution's inputs.
private enum ConvolutionInput { static let bias = 2, residual = 3, slope = 4 }

/// Moves the `channelAffine` at `position` into a producer; true when the node is now unnecessary.
private func fuse(at position: Int, in graph: inout Graph, index: GraphIndex) -> Bool {
    let node = graph.nodes[position]
    guard case .channelAffine(let activation) = node.operation, activation != .sigmoid else { return false }
    var candidates = [(main: node.input(AffineInput.x), other: node.input(AffineInput.residual))]
    let isPlainSum =
        node.input(AffineInput.scale) == nil && node.input(AffineInput.shift) == nil
        && node.input(AffineInput.residual) != nil
    if isPlainSum {
        // The later operand, so that the other one exists when it is added.
        candidates.append((node.input(AffineInput.residual), node.input(AffineInput.x)))
        candidates.sort { producerPosition($0.main, index) > producerPosition($1.main, index) }
    }
    for (main, residual) in candidates {
        guard let main, index.useCount[main.index] == 1, let maker = index.producer[main.index] else { continue }
        let done =
            switch graph.nodes[maker].operation {
            case .convolution:
                fuseIntoConvolution(
                    maker, node: node, residual: residual, activation: activation, index: index, graph: &graph)
            case .channelAffine:
                fuseIntoAffine(maker, node: node, residual: residual, activation: activation, graph: &graph)
            default: false
            }
        if done {
            graph.nodes[maker].outputs = node.outputs
            return true
        }
    }
    return false
}

private func producerPosition(_ id: ValueID?, _ index: GraphIndex) -> Int {
    id.flatMap { index.producer[$0.index] } ?? -1
}

private func fuseIntoConvolution(
    _ maker: Int, node: Node, residual: ValueID?, activation: Activation, index: GraphIndex, graph: inout Graph
) -> Bool {
    var target = graph.nodes[maker]
    guard case .convolution(var attributes) = target.operation, attributes.activation == .none,
        let weightsID = target.input(1), let weights = graph[weightsID].constant, let values = graph.floats(weightsID),
        target.input(ConvolutionInput.bias) == nil || graph.floats(target.input(ConvolutionInput.bias)) != nil,
        graph.image(node.outputs[0]) != nil
    else { return false }
    let outputs = weights.dimensions[0]
    let hasResidual = target.input(ConvolutionInput.residual) != nil
    let scale = graph.floats(node.input(AffineInput.scale))
    let shift = graph.floats(node.input(AffineInput.shift))
    if node.input(AffineInput.scale) != nil && scale?.count != outputs { return false }
    if node.input(AffineInput.shift) != nil && shift?.count != outputs { return false }
    if hasResidual && (scale != nil || residual != nil) { return false }
    if scale != nil || shift != nil {
        let bias = graph.floats(target.input(ConvolutionInput.bias)) ?? Array(repeating: 0, count: outputs)
        var newBias = bias
        for output in 0..<outputs { newBias[output] = bias[output] * (scale?[output] ?? 1) + (shift?[output] ?? 0) }
        if let scale {
            let perOutput = values.count / outputs
            let folded = [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
                for i in values.indices { buffer[i] = values[i] * scale[i / perOutput] }
                count = values.count
            }
            let tensor = HostTensor(folded, dimensions: weights.dimensions)
            target.setInput(
                1,
                graph.add(
                    Value(
                        name: graph[weightsID].name + ".folded", shape: weights.dimensions.map(Dimension.known),
                        constant: tensor)))
            // Or a network's weights would be there twice while it is compiled.
            if index.useCount[weightsID.index] == 1 { graph[weightsID].constant = nil }
        }
        target.setInput(ConvolutionInput.bias, graph.addVector(newBias, name: target.name + ".bias"))
    }
    if let residual { target.setInput(ConvolutionInput.residual, residual) }
    if activation != .none {
        attributes.activation = activation
        if let slope = node.input(AffineInput.slope) { target.setInput(ConvolutionInput.slope, slope) }
    }
    target.operation = .convolution(attributes)
    graph.nodes[maker] = target
    return true
}

private func fuseIntoAffine(
    _ maker: Int, node: Node, residual: ValueID?, activation: Activation, graph: inout Graph
) -> Bool {
    var target = graph.nodes[maker]
    guard case .channelAffine(.none) = target.operation else { return false }
    let hasResidual = target.input(AffineInput.residual) != nil
    let scale = graph.floats(node.input(AffineInput.scale))
    let shift = graph.floats(node.input(AffineInput.shift))
    let hasAffine = node.input(AffineInput.scale) != nil || node.input(AffineInput.shift) != nil
    if hasResidual && (node.input(AffineInput.scale) != nil || residual != nil) { return false }
    if hasAffine {
        guard let channels = graph.image(node.outputs[0])?.channels else { return false }
        if node.input(AffineInput.scale) != nil && scale?.count != channels { return false }
        if node.input(AffineInput.shift) != nil && shift?.count != channels { return false }
        let oldScale = graph.floats(target.input(AffineInput.scale))
        let oldShift = graph.floats(target.input(AffineInput.shift))
        if target.input(AffineInput.scale) != nil && oldScale?.count != channels { return false }
        if target.input(AffineInput.shift) != nil && oldShift?.count != channels { return false }
        if scale != nil || oldScale != nil {
            let product = (0..<channels).map { (oldScale?[$0] ?? 1) * (scale?[$0] ?? 1) }
            target.setInput(AffineInput.scale, graph.addVector(product, name: target.name + ".scale"))
        }
        let sum = (0..<channels).map { channel -> Float in
            let before: Float = oldShift?[channel] ?? 0
            let gain: Float = scale?[channel] ?? 1
            let after: Float = shift?[channel] ?? 0
            return before * gain + after
        }
        target.setInput(AffineInput.shift, graph.addVector(sum, name: target.name + ".shift"))
    }
    if let residual { target.setInput(AffineInput.residual, residual) }
    if let slope = node.input(AffineInput.slope) { target.setInput(AffineInput.slope, slope) }
    target.operation = .channelAffine(activation)
    graph.nodes[maker] = target
    return true
}

extension Node {
    /// Sets input `position`, filling absent ones before it.
    mutating func setInput(_ position: Int, _ value: ValueID) {
        while inputs.count <= position { inputs.append(nil) }
        inputs[position] = value
    }
}
