internal import CKernels
internal import ModelGraph

extension PlanBuilder {
    /// Pointwise convolutions with up to this many outputs are computed lane by lane: a block would compute 8.
    static let mostNarrowOutputs = 4

    /// A pointwise convolution into a plain output port: true when it was lowered.
    mutating func lowerNarrow(_ geometry: ConvolutionGeometry, input: Operand) throws(InferenceError) -> Bool {
        let (attributes, _, weights) = try convolutionFacts(node)
        guard geometry.groups == 1, geometry.output.channels <= Self.mostNarrowOutputs, attributes.activation == .none,
            node.input(3) == nil,
            // Lanes without a channel may hold anything, and lanes are summed up.
            geometry.input.channels % 8 == 0
        else { return false }
        let (channels, planes) = (geometry.input.channels, geometry.input.planes)
        var packed = [Float](repeating: 0, count: geometry.output.channels * planes * 8)
        for output in 0..<geometry.output.channels {
            for channel in 0..<channels { packed[output * planes * 8 + channel] = weights[output * channels + channel] }
        }
        let hasPrologue = node.input(5) != nil
        let target = destination(node.outputs[0], as: .plain)
        let step = NarrowConvolutionStep(
            function: kernels.depthwise.narrow, input: input, output: target, planes: planes,
            outputs: geometry.output.channels, weights: memory.store(packed),
            bias: memory.store(graph.floats(node.input(2)), paddedTo: geometry.output.channels),
            scale: hasPrologue ? memory.store(graph.floats(node.input(5)), paddedTo: planes * 8) : nil,
            shift: hasPrologue ? memory.store(graph.floats(node.input(6)), paddedTo: planes * 8) : nil,
            pixels: geometry.output.pixels,
            bands: PixelBands(pixels: geometry.output.pixels))
        emit(
            .narrow(step), kind: convolutionKind(geometry, hasPrologue: hasPrologue),
            kernel: "\(instructionSetName) lanes 8x1", multiplyAccumulates: geometry.multiplyAccumulates,
            reads: [input], writes: [target])
        return true
    }
}
