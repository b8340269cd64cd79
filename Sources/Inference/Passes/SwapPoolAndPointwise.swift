internal import ModelGraph

extension GraphPass {
    /// Rewrites `averagePool(conv1x1(x))` as `conv1x1(averagePool(x))`: both are linear, the one mixes pixels and the other
    /// channels, so that they commute, and the convolution then works on the smaller map. The transitions of DenseNet-like
    /// networks are of this kind.
    ///
    /// The convolution's prologue, `relu(x * scale + shift)`, becomes the pool's, so that no map of it is stored.
    static let swapPoolAndPointwise = GraphPass(name: "swap-pool-and-pointwise") { graph in
        let index = GraphIndex(graph)
        var replaced: [Int: [Node]] = [:]
        for (position, pool) in graph.nodes.enumerated() {
            guard let maker = commutingConvolution(before: pool, index, graph),
                let nodes = swapped(pool, graph.nodes[maker], &graph)
            else { continue }
            replaced[maker] = []
            replaced[position] = nodes
        }
        graph.nodes = graph.nodes.indices.flatMap { replaced[$0] ?? [graph.nodes[$0]] }
    }
}

/// The position of the pointwise convolution that an average pool alone reads and can change places with; nil where they do
/// not commute or nothing is gained.
private func commutingConvolution(before pool: Node, _ index: GraphIndex, _ graph: Graph) -> Int? {
    guard case .pool(let attributes) = pool.operation, attributes.kind == .average, pool.input(1) == nil,
        let between = pool.input(0), index.useCount[between.index] == 1, let maker = index.producer[between.index],
        let before = graph.image(between), let after = graph.image(pool.outputs[0])
    else { return nil }
    let convolution = graph.nodes[maker]
    guard case .convolution(let filter) = convolution.operation, filter.isPointwise, filter.groups == 1,
        filter.activation == .none, convolution.input(3) == nil,
        let weights = convolution.input(1).flatMap({ graph[$0].dimensions }),
        weights.dropFirst(2).allSatisfy({ $0 == 1 }),
        // Zeros of counted padding would draw a constant down.
        convolution.input(2) == nil || everyWindowAddsUpToOne(attributes)
    else { return nil }
    // Per input channel: multiplications saved, against taps of the pool, which are dearer by about this factor.
    let taps = attributes.kernel.reduce(1, *) * after.pixels
    return before.channels * (before.pixels - after.pixels) > 8 * taps ? maker : nil
}

private func everyWindowAddsUpToOne(_ pooling: Pooling) -> Bool {
    if !pooling.countIncludesPadding { return true }
    if case .explicit(let begin, let end) = pooling.padding { return (begin + end).allSatisfy { $0 == 0 } }
    return pooling.padding == .valid
}

/// Pool and convolution in their new order.
private func swapped(_ pool: Node, _ convolution: Node, _ graph: inout Graph) -> [Node]? {
    guard let source = convolution.input(0), let input = graph.image(source), let after = graph.image(pool.outputs[0])
    else { return nil }
    let average = graph.add(
        Value(
            name: convolution.name + ".pooled",
            shape: [1, input.channels, after.height, after.width].map(Dimension.known)))
    var first = pool
    first.inputs[0] = source
    first.outputs = [average]
    if let scale = convolution.input(5), let shift = convolution.input(6) {
        first.setInput(1, scale)
        first.setInput(2, shift)
    }
    var second = convolution
    second.inputs[0] = average
    second.inputs = Array(second.inputs.prefix(5))
    second.outputs = pool.outputs
    return [first, second]
}
