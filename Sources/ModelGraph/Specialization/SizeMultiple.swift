/// Which input sizes a network allows, found by trying: shape inference only, no activation is computed.
public enum SizeMultiple {
    /// The smallest of 1, 2, 4, ... 128 such that heights and widths that are multiples of it specialise.
    ///
    /// Tries three sizes around 300 per candidate, each an odd multiple of it. Costs up to 24 specialisations, a few
    /// milliseconds each.
    ///
    /// - Parameters:
    ///   - graph: As loaded, with symbolic height and width.
    ///   - input: Name of the input [N, C, height, width].
    /// - Returns: nil when the input is not of that form or has a fixed size, or when no candidate works.
    public static func discover(_ graph: Graph, input: String) -> Int? {
        guard let id = graph.inputs.first(where: { graph[$0].name == input }), let shape = graph[id].shape,
            shape.count == 4, !isKnown(shape[2]), !isKnown(shape[3])
        else { return nil }
        let leading = shape[..<2].map { dimension in
            if case .known(let extent) = dimension { extent } else { 1 }
        }
        return [1, 2, 4, 8, 16, 32, 64, 128].first { multiple in
            // Odd factors, so that no size is a multiple of twice the candidate.
            let odd = (300 / multiple) | 1
            return [(odd, odd + 2), (odd + 4, odd), (odd + 6, odd + 4)].allSatisfy { height, width in
                let extents = leading + [height * multiple, width * multiple]
                return allows(graph, inputs: [input: extents])
            }
        }
    }

    /// The multiple of `multiple` closest to `extent`, at least `multiple`; halves go up.
    public static func nearest(to extent: Int, multiple: Int) -> Int {
        let clamped = min(max(extent, 0), Extents.maximumAttribute)
        return max(multiple, (clamped + multiple / 2) / multiple * multiple)
    }

    private static func allows(_ graph: Graph, inputs: [String: [Int]]) -> Bool {
        // Shape arithmetic is small; larger constants need not be folded to learn the shapes.
        let specialized = try? GraphSpecializer.specialize(graph, inputs: inputs, constants: [:], smallResult: 1 << 12)
        return specialized != nil
    }

    private static func isKnown(_ dimension: Dimension) -> Bool {
        if case .known = dimension { true } else { false }
    }
}
