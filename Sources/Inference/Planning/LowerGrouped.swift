internal import CKernels
internal import ModelGraph

extension PlanBuilder {
    /// Whether a grouped convolution costs less lane by lane than in blocks of outputs, which multiply zeros wherever a
    /// block spans several groups. Costs are multiply-adds of 8 lanes for 8 outputs; summing up the lanes costs about 24.
    func isCheaperByLanes(_ geometry: ConvolutionGeometry) -> Bool {
        // Lanes without a channel may hold anything, and lanes are summed up.
        guard geometry.groups > 1, 8 % geometry.inputsPerGroup == 0, geometry.input.channels % 8 == 0 else {
            return false
        }
        let taps = geometry.kernelHeight * geometry.kernelWidth
        let groups = (8 + geometry.outputsPerGroup - 1) / geometry.outputsPerGroup
        return taps * 8 + 24 < taps * groups * geometry.inputsPerGroup
    }

    mutating func lowerGrouped() throws(InferenceError) {
        guard let inputID = node.input(0) else { throw error("its input is missing") }
        let source = operand(inputID, as: .blocked)
        let target = destination(node.outputs[0], as: .blocked)
        let geometry = try convolutionFacts(node).1
        emit(
            .grouped(try groupedStep(node, input: source, output: target)),
            kind: convolutionKind(geometry, hasPrologue: false), kernel: "\(instructionSetName) lanes 8x8",
            multiplyAccumulates: geometry.multiplyAccumulates, reads: [source], writes: [target])
    }

    /// The step of a grouped convolution that is computed lane by lane.
    func groupedStep(
        _ node: Node, input source: Operand, output target: Operand
    ) throws(InferenceError) -> GroupedConvolutionStep {
        let (attributes, geometry, weights) = try convolutionFacts(node)
        let (window, input, output) = (geometry.window, geometry.input, geometry.output)
        let rowBytes = input.width * 32
        let taps = geometry.kernelHeight * geometry.kernelWidth
        var packed = [Float](repeating: 0, count: output.planes * 8 * taps * 8)
        var planes = [Int64](repeating: 0, count: output.planes * 8)
        for channel in 0..<output.channels {
            let first = channel / geometry.outputsPerGroup * geometry.inputsPerGroup
            planes[channel] = Int64(first / 8 * input.planeBytes)
            for within in 0..<geometry.inputsPerGroup {
                for tap in 0..<taps {
                    packed[(channel * taps + tap) * 8 + first % 8 + within] =
                        weights[(channel * geometry.inputsPerGroup + within) * taps + tap]
                }
            }
        }
        var tables: [GroupedConvolutionStep.Table] = []
        for row in window.rows.spans {
            for column in window.columns.spans {
                var offsets: [Int32] = []
                var numbers: [Int32] = []
                for y in row.taps {
                    for x in column.taps {
                        offsets.append(Int32(y * window.rows.dilation * rowBytes + x * window.columns.dilation * 32))
                        numbers.append(Int32(y * geometry.kernelWidth + x))
                    }
                }
                tables.append(
                    .init(offsets: memory.store(offsets), taps: memory.store(numbers), count: Int32(offsets.count)))
            }
        }
        let lanes = output.planes * 8
        return GroupedConvolutionStep(
            function: kernels.depthwise.grouped, input: source, output: target, weights: memory.store(packed),
            weightTaps: taps, planes: memory.store(planes),
            bias: memory.store(graph.floats(node.input(2)), paddedTo: lanes),
            slope: memory.store(graph.floats(node.input(4)), paddedTo: lanes), columns: columnTable(window),
            columnCount: Int32(window.columns.spans.count), spanOfRow: memory.store(window.spanOfRow),
            tables: memory.store(tables), activation: activationCode(attributes.activation),
            rowStep: window.rows.stride * rowBytes, pixelStep: window.columns.stride * 32,
            origin: -(window.rows.padBegin * rowBytes + window.columns.padBegin * 32), outputWidth: output.width,
            outputPlaneBytes: output.planeBytes, bands: bands(output))
    }

    /// Average pooling of the packed input picture: true when it was lowered.
    mutating func lowerPackedPool(
        _ attributes: Pooling, window: Window, input: ImageShape, output: ImageShape
    ) -> Bool {
        guard let source = node.input(0).flatMap({ packedPlace($0) }), attributes.kind == .average,
            node.input(1) == nil, window.rows.dilation == 1, window.columns.dilation == 1, input.channels <= 4
        else { return false }
        func ranges(_ axis: WindowAxis) -> (begin: [Int32], end: [Int32], factors: [Float]) {
            var result: (begin: [Int32], end: [Int32], factors: [Float]) = ([], [], [])
            for span in axis.spans {
                for position in span.outputs {
                    let start = position * axis.stride - axis.padBegin
                    result.begin.append(Int32(start + span.taps.lowerBound))
                    result.end.append(Int32(start + span.taps.upperBound))
                    result.factors.append(
                        1 / Float(attributes.countIncludesPadding ? span.counted : span.taps.count))
                }
            }
            return result
        }
        let (rows, columns) = (ranges(window.rows), ranges(window.columns))
        let target = destination(node.outputs[0], as: .blocked)
        let step = PackedPoolStep(
            function: kernels.spatial.packed, input: source, output: target, rowBegin: memory.store(rows.begin),
            rowEnd: memory.store(rows.end),
            rowFactors: memory.store(rows.factors), columnBegin: memory.store(columns.begin),
            columnEnd: memory.store(columns.end), columnFactors: memory.store(columns.factors),
            inputWidth: input.width, channels: Int32(input.channels), outputWidth: output.width,
            bands: PlaneBands(planes: 1, rows: output.height, rowBytes: input.width * 32, threads: threads))
        scratchBytes = max(scratchBytes, step.scratchBytes)
        emit(
            .packedPool(step), kind: "average pool \(attributes.kernel[0])x\(attributes.kernel[1]) packed",
            kernel: instructionSetName, reads: [source], writes: [target])
        return true
    }
}
