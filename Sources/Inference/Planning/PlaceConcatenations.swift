internal import ModelGraph

extension PlanBuilder {
    /// Gives the parts of channel concatenations their places inside the whole, so that nothing is copied: with planes of
    /// 8 channels (32 in 8 bits) a part that starts at a multiple of that is a contiguous piece of the whole.
    ///
    /// Runs before any step is emitted, last node first, so that chains of concatenations share one buffer. Nodes that
    /// a row fusion has absorbed are left out.
    mutating func placeConcatenations(except absorbed: Set<Int>) {
        for (position, node) in graph.nodes.enumerated().reversed() where !absorbed.contains(position) {
            guard lowering(of: node) == .concatenation, let output = node.outputs.first, let whole = graph.image(output)
            else { continue }
            let (layout, lanes) = concatenationLayout(node)
            let place = reserve(output, as: layout)
            var channel = 0
            for (position, input) in node.inputs.enumerated() {
                guard let input, let part = graph.image(input) else { continue }
                let isLast = position == node.inputs.count - 1
                if channel % lanes == 0 && (part.channels % lanes == 0 || isLast) && canBePlaced(input, as: layout) {
                    reserve(input, as: layout, at: place.advanced(by: channel / lanes * whole.planeBytes))
                }
                channel += part.channels
            }
        }
    }

    /// Emits copies for the parts that could not be placed.
    mutating func lowerConcatenation() {
        guard let output = node.outputs.first, let whole = graph.image(output) else { return }
        let (layout, lanes) = concatenationLayout(node)
        let place = destination(output, as: layout)
        var channel = 0
        for case .some(let input) in node.inputs {
            guard let part = graph.image(input) else { continue }
            let source = operand(input, as: layout)
            if source != place.advanced(by: channel / lanes * whole.planeBytes) || channel % lanes != 0 {
                let copy: AnyStep =
                    layout == .quantized
                    ? .quantizedCopy(
                        QuantizedCopyStep(
                            input: source, output: place, to: channel, count: part.channels, pixels: whole.pixels,
                            pixelsPerChunk: max(256, (whole.pixels + threads * 4 - 1) / (threads * 4))))
                    : .copyChannels(
                        CopyChannelsStep(
                            input: source, output: place, to: Int32(channel), count: Int32(part.channels),
                            pixels: whole.pixels))
                emit(
                    copy, kind: "concat copy", precision: layout == .quantized ? .int8 : .fp32, reads: [source],
                    writes: [place])
            } else {
                keepAlive(place)
            }
            channel += part.channels
        }
    }

    /// The layout of a concatenation and its channels per plane.
    private func concatenationLayout(_ node: Node) -> (Layout, Int) {
        quantized.contains(node) ? (.quantized, 32) : (.blocked, 8)
    }

    private func canBePlaced(_ id: ValueID, as layout: Layout) -> Bool {
        guard graph[id].constant == nil, !graph.inputs.contains(id), !hasPlace(id, as: layout),
            let maker = graph.nodes.last(where: { $0.outputs.contains(id) })
        else { return false }
        // What is made in another layout is converted into its place.
        return layout == .quantized || lowering(of: maker).makesBlocked
    }
}
