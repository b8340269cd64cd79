internal import CKernels
internal import ModelGraph

extension PlanBuilder {
    /// Lowers a pointwise int8 convolution into a plain output port that has few outputs, and reads stored bytes as they
    /// are or clamped: true when it was lowered. The same bits as a block of 32 outputs gives.
    mutating func lowerQuantizedNarrow(
        _ attributes: Convolution, _ geometry: ConvolutionGeometry, _ filter: QuantizedFilter, _ epilogue: Epilogue,
        input: Operand, prologue: QuantizedConvolutionStep.Prologue?
    ) -> Bool {
        guard geometry.output.channels <= kernels.quantized_planes.narrow_most, geometry.groups == 1,
            attributes.activation == .none, epilogue.residual == nil, epilogue.affine == nil,
            prologue == nil || prologue?.low != nil
        else { return false }
        let (channels, outputs) = (geometry.input.channels, geometry.output.channels)
        let planes = geometry.input.quantizedPlanes
        let weights = memory.allocate(Int8.self, count: outputs * planes * 32)
        for output in 0..<outputs {
            for channel in 0..<channels {
                let place = (channel / 32 * outputs + output) * 32 + channel % 32
                weights[place] = filter.weights[output * channels + channel]
            }
        }
        let target = destination(node.outputs[0], as: .plain)
        let step = QuantizedNarrowStep(
            function: kernels.quantized_planes.narrow, input: input, output: target, planes: planes, outputs: outputs,
            weights: UnsafePointer(weights), scale: memory.store(epilogue.scale(filter)),
            bias: biases(filter, epilogue, geometry.window),
            low: prologue?.low ?? memory.store([UInt8](repeating: 0, count: planes * 32)),
            high: prologue?.high ?? memory.store([UInt8](repeating: 255, count: planes * 32)),
            pixels: geometry.output.pixels)
        emit(
            .quantizedNarrow(step),
            kind: convolutionKind(geometry, hasPrologue: false) + (prologue == nil ? "" : " +clamp"),
            kernel: "\(instructionSetName) narrow", multiplyAccumulates: geometry.multiplyAccumulates,
            precision: .int8, reads: [input], writes: [target])
        return true
    }
}
