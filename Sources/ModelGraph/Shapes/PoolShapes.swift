extension Pooling {
    /// The spatial axes with padding and output extents resolved; `input` is [N, C, spatial...].
    ///
    /// - Throws: `mismatch` or `malformed` when the attributes do not fit the input.
    public func windows(input: [Int], node: String = "") throws(GraphError) -> [WindowAxis] {
        do {
            return try resolvedWindows(input: input)
        } catch {
            throw error.located(node: node, operation: .pool(self))
        }
    }

    func resolvedWindows(input: [Int]) throws(Fault) -> [WindowAxis] {
        guard (3...5).contains(input.count) else {
            throw .mismatch(
                "the input \(Extents.describe(input)) is not [N, C] with one to three spatial axes",
                remedy: "check the model file")
        }
        guard !kernel.isEmpty else { throw .malformed("kernel_shape is missing") }
        return try WindowAttributes(
            kernel: kernel, strides: strides, dilations: dilations, padding: padding, ceilMode: ceilMode
        ).resolve(spatial: Array(input[2...]))
    }
}

extension ShapeInference {
    static func poolOutputs(_ operands: Operands, _ pooling: Pooling, count: Int) throws(Fault) -> [TensorFacts] {
        let input = try operands.required(0)
        switch pooling.kind {
        case .max: try input.type.requireNumber()
        case .average: try input.type.requireFloatingPoint()
        }
        let windows = try pooling.resolvedWindows(input: input.dimensions)
        try operands.requireType(input.type, at: [1, 2])
        try requirePrologue(operands.optional(1), operands.optional(2), channels: input.dimensions[1])
        let output = Array(input.dimensions[..<2]) + windows.map(\.output)
        let values = TensorFacts(type: input.type, dimensions: output)
        return count == 1 ? [values] : [values, TensorFacts(type: .int64, dimensions: output)]
    }

    static func globalPoolOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        try input.type.requireFloatingPoint()
        guard input.dimensions.count >= 3 else {
            throw .mismatch("the input \(Extents.describe(input.dimensions)) has no spatial axis")
        }
        let ones = [Int](repeating: 1, count: input.dimensions.count - 2)
        return TensorFacts(type: input.type, dimensions: Array(input.dimensions[..<2]) + ones)
    }

    static func adaptiveAveragePoolOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        try input.type.requireFloatingPoint()
        guard input.dimensions.count == 4, input.dimensions[2] >= 1, input.dimensions[3] >= 1 else {
            throw .mismatch("the input \(Extents.describe(input.dimensions)) is not [N, C, H, W] with H, W >= 1")
        }
        let size = try operands.required(1).integers("output_size")
        guard size.count == 2, size.allSatisfy({ $0 >= 1 }) else {
            throw .mismatch("output_size must be two positive extents, not \(Extents.describe(size))")
        }
        return TensorFacts(type: input.type, dimensions: [input.dimensions[0], input.dimensions[1], size[0], size[1]])
    }
}
