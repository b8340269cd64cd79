internal import CKernels
internal import Kernels
internal import ModelGraph

extension PlanBuilder {
    mutating func lowerQuantizedDepthwise() throws(InferenceError) {
        let (attributes, geometry, weights) = try convolutionFacts(node)
        guard let inputID = node.input(0), let statistics = quantized.statistics(of: inputID) else {
            throw error("its input has no calibrated range")
        }
        let taps = geometry.kernelHeight * geometry.kernelWidth
        let filter = QuantizedFilter(
            weights: weights, outputs: geometry.output.channels, groups: geometry.groups, taps: taps,
            bias: graph.floats(node.input(2)), input: InputTerms(try stored(inputID), statistics))
        let epilogue = try epilogue(isAlways8Bit: true)
        let input = operand(inputID, as: .quantized)
        let residual = node.input(3).map { operand($0, as: .quantized) } ?? .none
        let output = destination(node.outputs[0], as: .quantized)
        let window = geometry.window
        let channels = geometry.input.channels
        let packed = memory.allocate(Int8.self, count: geometry.input.quantizedPlanes * taps * 32)
        for channel in 0..<channels {
            for tap in 0..<taps {
                packed[(channel / 32 * taps + tap) * 32 + channel % 32] = filter.weights[channel * taps + tap]
            }
        }
        let rowBytes = geometry.input.width * 32
        let step = QuantizedDepthwiseStep(
            function: kernels.quantized_convolution.depthwise, input: input, output: output, residual: residual,
            weights: UnsafePointer(packed), weightsPerPlane: taps * 32, biases: biases(filter, epilogue, window),
            biasStride: filter.dependsOnBorders ? geometry.output.quantizedPlanes * 32 : 0,
            scale: vector(epilogue.scale(filter), channels: channels),
            slope: vector(graph.floats(node.input(4)), channels: channels),
            zero: vector(epilogue.stored?.zero, channels: channels),
            residualScale: vector(epilogue.residualScale, channels: channels), columns: columnTable(window),
            columnCount: Int32(window.columns.spans.count), spanOfRow: memory.store(window.spanOfRow),
            tables: tapTables(geometry), activation: activationCode(attributes.activation),
            rowStep: window.rows.stride * rowBytes, pixelStep: window.columns.stride * 32,
            origin: -(window.rows.padBegin * rowBytes + window.columns.padBegin * 32),
            inputPlaneBytes: geometry.input.planeBytes, outputWidth: geometry.output.width,
            outputPlaneBytes: geometry.output.planeBytes, bands: quantizedBands(geometry.output))
        emit(
            .quantizedDepthwise(step), kind: "depthwise \(geometry.kernelHeight)x\(geometry.kernelWidth)" + foldedForm,
            kernel: instructionSetName, multiplyAccumulates: geometry.multiplyAccumulates, precision: .int8,
            reads: [input, residual], writes: [output])
    }
}
