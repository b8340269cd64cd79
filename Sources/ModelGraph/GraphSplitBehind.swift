extension Graph {
    /// Cuts the graph like `split(at: cut)`, but behind the pixelwise arithmetic that the heads begin with, where all that
    /// they do with it passes through one value with half of `cut`'s elements at most: less crosses between the two, and what
    /// computes `cut` can be one step with what reads it.
    ///
    /// The backbone has that value as its first output; outputs of this graph that pixelwise arithmetic alone makes of `cut`
    /// follow it, and the heads have the others. Nil where there is no such value, or the heads would not have `output`.
    public func split(behind cut: ValueID, before output: ValueID) -> (backbone: Graph, heads: Graph)? {
        guard var isEarly = try? backbone(of: cut) else { return nil }
        var pixelwise: Set<ValueID> = [cut]
        var crossing: Set<ValueID> = []
        for (position, node) in nodes.enumerated() where !isEarly[position] {
            let read = Set(node.inputs.compactMap { $0 }.filter { self[$0].constant == nil })
            if read.count == 1, read.isSubset(of: pixelwise), isPixelwise(node) {
                isEarly[position] = true
                pixelwise.formUnion(node.outputs)
            } else {
                crossing.formUnion(read.intersection(pixelwise))
            }
        }
        let made = outputs.filter(pixelwise.contains)
        guard crossing.count == 1, let border = crossing.first, !made.contains(border), !made.contains(cut),
            !made.contains(output), let whole = self[cut].dimensions, let left = self[border].dimensions,
            left.reduce(1, *) * 2 <= whole.reduce(1, *)
        else { return nil }
        return divided(isEarly, at: border, backboneOutputs: made)
    }

    /// Whether a node makes a picture of another one, each pixel of the pixel at the same place.
    private func isPixelwise(_ node: Node) -> Bool {
        guard let id = node.input(0), let input = self[id].dimensions, node.outputs.count == 1,
            let output = self[node.outputs[0]].dimensions, input.count == 4, output.count == 4,
            input[2...] == output[2...]
        else { return false }
        switch node.operation {
        case .convolution:
            guard let weights = node.input(1).flatMap({ self[$0].dimensions }), weights.count == 4 else { return false }
            return weights[2] == 1 && weights[3] == 1
        case .batchNormalization, .channelAffine, .parametricRelu, .unary, .identity: return true
        default: return false
        }
    }
}
