extension Node {
    /// The input that the node hands on unchanged (elements and extents alike), if it does.
    func passThrough(inputs: [TensorFacts?], outputs: [TensorFacts]) -> ValueID? {
        guard outputs.count == 1, let source = input(0), let first = inputs[0],
            first.dimensions == outputs[0].dimensions, first.type == outputs[0].type
        else { return nil }
        switch operation {
        case .identity, .reshape, .flatten, .squeeze, .unsqueeze, .expand, .tile, .cast: return source
        case .concat, .split: return source
        case .transpose(let permutation):
            return permutation == Array(first.dimensions.indices) || first.dimensions.count < 2 ? source : nil
        case .pad:
            let pads = inputs[1]?.constant?.elements(as: Int64.self)
            return pads?.allSatisfy { $0 == 0 } == true ? source : nil
        case .slice:
            // Same extents and forward steps take every element in order.
            guard inputs.count > 4, let steps = inputs[4] else { return source }
            return (try? steps.integers("steps"))?.allSatisfy { $0 > 0 } == true ? source : nil
        default: return nil
        }
    }
}
