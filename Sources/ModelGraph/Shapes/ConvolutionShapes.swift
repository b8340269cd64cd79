extension Convolution {
    /// The spatial axes with kernel, padding and output extents resolved.
    ///
    /// - Parameters:
    ///   - input: Extents [N, C, spatial...].
    ///   - weights: Extents [M, C / groups, kernel...].
    /// - Throws: `mismatch` or `malformed` when they do not fit each other.
    public func windows(input: [Int], weights: [Int], node: String = "") throws(GraphError) -> [WindowAxis] {
        do {
            return try resolvedWindows(input: input, weights: weights)
        } catch {
            throw error.located(node: node, operation: .convolution(self))
        }
    }

    func resolvedWindows(input: [Int], weights: [Int]) throws(Fault) -> [WindowAxis] {
        guard (3...5).contains(input.count) else {
            throw .mismatch(
                "the input \(Extents.describe(input)) is not [N, C] with one to three spatial axes",
                remedy: "check the model file")
        }
        guard weights.count == input.count else {
            throw .mismatch("weights \(Extents.describe(weights)) do not fit the input \(Extents.describe(input))")
        }
        let spatialKernel = Array(weights[2...])
        guard kernel.isEmpty || kernel == spatialKernel else {
            throw .malformed("kernel_shape differs from the weights \(Extents.describe(weights))")
        }
        guard groups >= 1, groups <= Extents.maximumAttribute, weights[0] % groups == 0,
            input[1] == weights[1] * groups
        else {
            throw .mismatch(
                "weights \(Extents.describe(weights)) in \(groups) groups do not fit the \(input[1]) channels "
                    + "of the input \(Extents.describe(input))")
        }
        return try WindowAttributes(kernel: spatialKernel, strides: strides, dilations: dilations, padding: padding)
            .resolve(spatial: Array(input[2...]))
    }
}

extension ShapeInference {
    static func convolutionOutput(_ operands: Operands, _ convolution: Convolution) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let weights = try operands.required(1)
        try input.type.requireFloatingPoint()
        try operands.requireType(input.type, at: [1, 2, 3, 4, 5, 6])
        let windows = try convolution.resolvedWindows(input: input.dimensions, weights: weights.dimensions)
        let channels = weights.dimensions[0]
        let output = [input.dimensions[0], channels] + windows.map(\.output)
        if let bias = operands.optional(2), bias.dimensions != [channels] {
            throw .mismatch("bias \(Extents.describe(bias.dimensions)) does not fit \(channels) output channels")
        }
        try requireResidual(operands.optional(3), output)
        try requireSlope(operands.optional(4), convolution.activation, channels: channels)
        try requirePrologue(operands.optional(5), operands.optional(6), channels: input.dimensions[1])
        return TensorFacts(type: input.type, dimensions: output)
    }

    static func requirePrologue(_ scale: TensorFacts?, _ shift: TensorFacts?, channels: Int) throws(Fault) {
        for parameter in [scale, shift] { try requirePerChannel(parameter, channels: channels) }
        guard (scale == nil) == (shift == nil) else { throw .malformed("a prologue needs both scale and shift") }
    }

    static func channelAffineOutput(_ operands: Operands, _ activation: Activation) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        try input.type.requireFloatingPoint()
        try operands.requireType(input.type, at: [1, 2, 3, 4])
        let channels = input.dimensions.count >= 2 ? input.dimensions[1] : 1
        try requirePerChannel(operands.optional(1), channels: channels)
        try requirePerChannel(operands.optional(2), channels: channels)
        try requireResidual(operands.optional(3), input.dimensions)
        try requireSlope(operands.optional(4), activation, channels: channels)
        return TensorFacts(type: input.type, dimensions: input.dimensions)
    }

    static func batchNormalizationOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        try input.type.requireFloatingPoint()
        try operands.requireType(input.type, at: [1, 2, 3, 4])
        guard input.dimensions.count >= 2 else {
            throw .mismatch("the input \(Extents.describe(input.dimensions)) has no channel axis")
        }
        for position in 1...4 {
            let parameter = try operands.required(position)
            guard parameter.dimensions == [input.dimensions[1]] else {
                throw .mismatch(
                    "input \(position) \(Extents.describe(parameter.dimensions)) does not fit the "
                        + "\(input.dimensions[1]) channels of \(Extents.describe(input.dimensions))")
            }
        }
        return TensorFacts(type: input.type, dimensions: input.dimensions)
    }

    private static func requireResidual(_ residual: TensorFacts?, _ output: [Int]) throws(Fault) {
        guard let residual, residual.dimensions != output else { return }
        throw .mismatch(
            "residual \(Extents.describe(residual.dimensions)) differs from the output \(Extents.describe(output))")
    }

    private static func requireSlope(_ slope: TensorFacts?, _ activation: Activation, channels: Int) throws(Fault) {
        guard activation == .parametricRelu else { return }
        guard slope != nil else { throw .malformed("parametricRelu needs a slope") }
        try requirePerChannel(slope, channels: channels)
    }

    static func requirePerChannel(_ parameter: TensorFacts?, channels: Int) throws(Fault) {
        guard let parameter else { return }
        let count = try Extents.count(parameter.dimensions)
        guard count == channels || count == 1 else {
            throw .mismatch("\(count) parameters \(Extents.describe(parameter.dimensions)) for \(channels) channels")
        }
    }
}
