internal import ModelGraph

extension PlanBuilder {
    /// Gives the parts of channel concatenations their places inside the whole, so that nothing is copied: with planes of
    /// 8 channels a part that starts at a multiple of 8 channels is a contiguous piece of the whole.
    ///
    /// Runs before any step is emitted, last node first, so that chains of concatenations share one buffer. Nodes that
    /// a row fusion has absorbed are left out.
    mutating func placeConcatenations(except absorbed: Set<Int>) {
        for (position, node) in graph.nodes.enumerated().reversed() where !absorbed.contains(position) {
            guard lowering(of: node) == .concatenation, let output = node.outputs.first, let whole = graph.image(output)
            else { continue }
            let place = reserve(output)
            var channel = 0
            for (position, input) in node.inputs.enumerated() {
                guard let input, let part = graph.image(input) else { continue }
                let isLast = position == node.inputs.count - 1
                if channel % 8 == 0 && (part.channels % 8 == 0 || isLast) && canBePlaced(input) {
                    reserve(input, at: place.advanced(by: channel / 8 * whole.planeBytes))
                }
                channel += part.channels
            }
        }
    }

    /// Emits copies for the parts that could not be placed.
    mutating func lowerConcatenation() {
        guard let output = node.outputs.first, let whole = graph.image(output) else { return }
        let place = destination(output, as: .blocked)
        var channel = 0
        for case .some(let input) in node.inputs {
            guard let part = graph.image(input) else { continue }
            let source = operand(input, as: .blocked)
            if source != place.advanced(by: channel / 8 * whole.planeBytes) || channel % 8 != 0 {
                emit(
                    .copyChannels(
                        CopyChannelsStep(
                            input: source, output: place, to: Int32(channel), count: Int32(part.channels),
                            pixels: whole.pixels)),
                    kind: "concat copy", reads: [source], writes: [place])
            } else {
                keepAlive(place)
            }
            channel += part.channels
        }
    }

    private func canBePlaced(_ id: ValueID) -> Bool {
        guard graph[id].constant == nil, !graph.inputs.contains(id), !hasPlace(id),
            let maker = graph.nodes.last(where: { $0.outputs.contains(id) })
        else { return false }
        return lowering(of: maker).makesBlocked
    }
}
