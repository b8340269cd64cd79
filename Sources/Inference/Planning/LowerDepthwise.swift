internal import CKernels
internal import Kernels
internal import ModelGraph

extension PlanBuilder {
    mutating func lowerDepthwise() throws(InferenceError) {
        guard let inputID = node.input(0) else { throw error("its input is missing") }
        let input = operand(inputID, as: .blocked)
        let residual = node.input(3).map { operand($0, as: .blocked) } ?? .none
        let output = destination(node.outputs[0], as: .blocked)
        let geometry = try convolutionFacts(node).1
        emit(
            .depthwise(try depthwiseStep(node, input: input, residual: residual, output: output)),
            kind: "depthwise \(geometry.kernelHeight)x\(geometry.kernelWidth)",
            kernel: "\(instructionSetName) 8x8", multiplyAccumulates: geometry.multiplyAccumulates,
            reads: [input, residual], writes: [output])
    }

    /// The step of a depthwise convolution.
    func depthwiseStep(
        _ node: Node, input: Operand, residual: Operand, output: Operand
    ) throws(InferenceError) -> DepthwiseStep {
        let (attributes, geometry, _) = try convolutionFacts(node)
        let window = geometry.window
        let taps = geometry.kernelHeight * geometry.kernelWidth
        let rowBytes = geometry.input.width * 32
        return DepthwiseStep(
            function: kernels.convolution.depthwise, input: input, output: output, residual: residual,
            weights: memory.store(try depthwiseWeights(node, planes: geometry.input.planes)), weightsPerPlane: taps * 8,
            bias: memory.store(graph.floats(node.input(2)), paddedTo: geometry.output.planes * 8),
            slope: memory.store(graph.floats(node.input(4)), paddedTo: geometry.output.planes * 8),
            columns: columnTable(window), columnCount: Int32(window.columns.spans.count),
            spanOfRow: memory.store(window.spanOfRow), tables: tapTables(geometry),
            activation: activationCode(attributes.activation), rowStep: window.rows.stride * rowBytes,
            pixelStep: window.columns.stride * 32,
            origin: -(window.rows.padBegin * rowBytes + window.columns.padBegin * 32),
            lastRow: ((geometry.kernelHeight - 1) * window.rows.dilation - window.rows.padBegin) * rowBytes,
            inputPlaneBytes: geometry.input.planeBytes, outputWidth: Int32(geometry.output.width),
            outputHeight: Int32(geometry.output.height),
            bands: PlaneBands(
                planes: geometry.output.planes, rows: geometry.output.height, rowBytes: geometry.output.width * 32,
                threads: threads))
    }

    /// [row span][column span]: a depthwise convolution's taps as segments, one each. Pixels of fp32 planes of 8 channels and
    /// of 8-bit planes of 32 have the same 32 bytes.
    func tapTables(_ geometry: ConvolutionGeometry) -> UnsafePointer<ConvolutionStep.Table> {
        let window = geometry.window
        let rowBytes = geometry.input.width * 32
        var tables: [ConvolutionStep.Table] = []
        for row in window.rows.spans {
            for column in window.columns.spans {
                let segments = row.taps.flatMap { y in
                    column.taps.map { x in
                        dh_segment(
                            input: Int32(y * window.rows.dilation * rowBytes + x * window.columns.dilation * 32),
                            weights: Int32(y * geometry.kernelWidth + x), count: 1)
                    }
                }
                tables.append(.init(segments: memory.store(segments), count: Int32(segments.count)))
            }
        }
        return memory.store(tables)
    }
}
