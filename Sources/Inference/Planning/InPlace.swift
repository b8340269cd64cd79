internal import ModelGraph

/// Steps that write where they read: one map less in the arena, and its lines are in the cache when they are written.
extension PlanBuilder {
    /// Where a node shall write `id`, of which every pixel depends on the same pixel of `sources` alone, which the step
    /// reads before it writes there: the place of the first source that nothing reads afterwards, or else one of its own.
    mutating func destination(_ id: ValueID, as layout: Layout, over sources: [ValueID?]) -> Operand {
        for case let source? in sources {
            guard let place = placeToReuse(source, for: id, as: layout) else { continue }
            write(id, as: layout, at: place)
            return place
        }
        return destination(id, as: layout)
    }

    /// What the convolution at hand may write over: what it adds and, where every panel of pixels passes through its
    /// scratch before any of their results is written, its input.
    func overwritten(_ geometry: ConvolutionGeometry, usesPanels: Bool) -> [ValueID?] {
        // Calibration looks at the input of a prologue after the step.
        let input = usesPanels && geometry.window.isPointwise && !compiler.observes ? node.input(0) : nil
        return [node.input(3), input]
    }

    /// The place of `source`, if the node at hand is the last to read it and its result fits.
    private func placeToReuse(_ source: ValueID, for id: ValueID, as layout: Layout) -> Operand? {
        // A place that is reserved (in a concatenation, in a port) stays the result's.
        guard !hasPlace(id, as: layout), graph[source].constant == nil, let place = place(source, as: layout),
            graph.image(id)?.pixels == graph.image(source)?.pixels,
            byteCount(of: id, in: layout) <= byteCount(of: source, in: layout),
            case .arena = buffers[Int(place.buffer)].kind, node.inputs.count(where: { $0 == source }) == 1,
            // Or a small result would hold a large buffer for as long as it lives.
            buffers[Int(place.buffer)].byteCount < 2 * byteCount(of: id, in: layout)
        else { return nil }
        // Parts of a concatenation share its buffer: none of them may be read later.
        let isFree = graph.values.indices.allSatisfy { value in
            value == source.index
                ? lastReader[value] == position
                : lastReader[value] < position || !places[value].values.contains { $0.buffer == place.buffer }
        }
        return isFree ? place : nil
    }
}
