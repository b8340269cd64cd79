/// The axes that a reduction takes, resolved.
struct Reduction {
    /// Whether each axis of the input is reduced.
    let isReduced: [Bool]
    let output: [Int]

    init(input: [Int], axes: [Int]?, keepDimensions: Bool, noopWithEmptyAxes: Bool) throws(Fault) {
        var isReduced = [Bool](repeating: false, count: input.count)
        if let axes, !axes.isEmpty {
            for axis in try Extents.axes(axes, rank: input.count) { isReduced[axis] = true }
        } else if !noopWithEmptyAxes {
            isReduced = [Bool](repeating: true, count: input.count)
        }
        self.isReduced = isReduced
        var output: [Int] = []
        for (axis, extent) in input.enumerated() {
            if !isReduced[axis] {
                output.append(extent)
            } else if keepDimensions {
                output.append(1)
            }
        }
        self.output = output
    }
}

extension ShapeInference {
    static func reduceOutput(
        _ operands: Operands, _ function: ReduceFunction, keepDimensions: Bool, noopWithEmptyAxes: Bool
    ) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        if function != .max, function != .min { try input.type.requireNumber() }
        let reduction = try Reduction(
            input: input.dimensions, axes: try operands.integers(1, "axes"), keepDimensions: keepDimensions,
            noopWithEmptyAxes: noopWithEmptyAxes)
        return TensorFacts(type: input.type, dimensions: reduction.output)
    }
}
