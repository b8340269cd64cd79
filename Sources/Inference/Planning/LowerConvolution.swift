internal import CKernels
internal import Kernels
internal import ModelGraph

extension PlanBuilder {
    /// Convolutions with constant float weights over pictures are fast; the rest is generic.
    func convolutionLowering(_ node: Node, _ attributes: Convolution, input: ImageShape, output: ImageShape) -> Lowering
    {
        guard let weights = node.input(1).flatMap({ graph[$0].constant }), weights.type == .float32,
            let geometry = ConvolutionGeometry(attributes, weights: weights.dimensions, input: input, output: output),
            node.input(2) == nil || graph.floats(node.input(2)) != nil,
            node.input(4) == nil || graph.floats(node.input(4)) != nil,
            attributes.activation != .sigmoid,
            input.blockedBytes < Int(Int32.max)
        else { return .generic }
        let everyRowHasTaps = geometry.window.rows.spans.allSatisfy { !$0.taps.isEmpty }
        let everyColumnHasTaps = geometry.window.columns.spans.allSatisfy { !$0.taps.isEmpty }
        let isDepthwise = geometry.inputsPerGroup == 1 && geometry.outputsPerGroup == 1 && geometry.groups > 1
        let everyPixelHasTaps = everyRowHasTaps && everyColumnHasTaps
        if isDepthwise && everyPixelHasTaps { return .depthwise }
        if everyPixelHasTaps, node.input(3) == nil, node.input(5) == nil, isCheaperByLanes(geometry) { return .grouped }
        return node.input(5) == nil && winogradPays(attributes, geometry) ? .winograd : .convolution
    }

    mutating func lowerConvolution() throws(InferenceError) {
        let geometry = try convolutionFacts(node).1
        let isPacked =
            packedPlace(node.input(0) ?? node.outputs[0]) != nil && geometry.groups == 1
            && geometry.window.columns.dilation == 1 && node.input(5) == nil
        guard let inputID = node.input(0) else { throw error("its input is missing") }
        let input = isPacked ? (packedPlace(inputID) ?? .none) : operand(inputID, as: .blocked)
        let resize = residualResize
        let resized = resize.map { operand($0.source, as: .blocked) } ?? .none
        let residual = resize == nil ? node.input(3).map { operand($0, as: .blocked) } ?? .none : .none
        let usesProducts = usesProducts(geometry)
        let hasPrologue = node.input(5) != nil
        let isPlanar =
            isPlainOutput(node.outputs[0]) && geometry.window.isPointwise && !usesProducts && !isPacked && resize == nil
        if isPlanar, try lowerNarrow(geometry, input: input) { return }
        let output =
            isPlanar
            ? destination(node.outputs[0], as: .plain)
            : destination(
                node.outputs[0], as: .blocked,
                over: overwritten(geometry, usesPanels: hasPrologue && !usesProducts && geometry.groups == 1))
        let step = try convolutionStep(
            node, input: input, residual: residual, output: output, isPacked: isPacked, isPlanar: isPlanar,
            resize: resize?.node, resized: resized)
        if usesProducts {
            let product = GemmConvolutionStep(
                convolution: step, groups: step.blocks[0].zeroGroup, width: Int32(geometry.output.planes * 8))
            scratchBytes = max(scratchBytes, product.scratchBytes)
            emit(
                .product(product), kind: convolutionKind(geometry, hasPrologue: hasPrologue), kernel: "openblas sgemm",
                multiplyAccumulates: geometry.multiplyAccumulates, reads: [input, residual], writes: [output])
            return
        }
        emit(
            .convolution(step),
            kind: convolutionKind(geometry, hasPrologue: hasPrologue) + (resize == nil ? "" : " +resize"),
            kernel: convolutionKernelName(geometry),
            multiplyAccumulates: geometry.multiplyAccumulates, reads: [input, residual, resized], writes: [output])
    }

    /// Whether OpenBLAS multiplies: then there is one block of all outputs.
    func usesProducts(_ geometry: ConvolutionGeometry) -> Bool {
        compiler.kernels.instructionSet == .blas && geometry.groups == 1
    }

    /// The step of a convolution; `planeBytes` is the distance between the input's planes where it is not a whole map.
    /// A planar output has one plane a channel; only pointwise convolutions have it. `resize` is the node whose rows are
    /// added, and `resized` what it reads.
    mutating func convolutionStep(
        _ node: Node, input: Operand, residual: Operand, output: Operand, isPacked: Bool = false,
        isPlanar: Bool = false, resize: Node? = nil, resized: Operand = .none,
        planeBytes givenPlaneBytes: Int? = nil
    ) throws(InferenceError) -> ConvolutionStep {
        let (attributes, geometry, weights) = try convolutionFacts(node)
        let pixelBytes = isPacked ? geometry.input.channels * 4 : 32
        let hasPrologue = node.input(5) != nil
        let window = geometry.window
        let pixelRowBytes = geometry.input.width * pixelBytes
        let windowBytes = geometry.kernelHeight * (isPacked ? pixelBytes : geometry.input.planes * 32)
        // Enough pixels to reuse the weights, few enough that the panel stays in the second-level cache.
        let isFlat = attributes.isPointwise && window.isPointwise && !usesProducts(geometry) && resize == nil
        let fitting = max(48, 196_608 / max(windowBytes * window.columns.stride, 1) / 12 * 12)
        let panel = min(isFlat ? geometry.output.pixels : geometry.output.width, fitting)
        let planeBytes = givenPlaneBytes ?? (hasPrologue ? panel * 32 : geometry.input.planeBytes)

        let blocks = convolutionBlocks(geometry)
        let packer = SegmentPacker(
            geometry: geometry, isPacked: isPacked, pixelBytes: pixelBytes, rowBytes: pixelRowBytes,
            planeBytes: planeBytes)
        var packedBlocks: [ConvolutionStep.Block] = []
        var variants: [Range<Int>] = []
        let slopes = memory.store(graph.floats(node.input(4)), paddedTo: geometry.output.planes * 8 + 32)
        let biases = memory.store(graph.floats(node.input(2)), paddedTo: geometry.output.planes * 8 + 32)
        for block in blocks {
            let variant = variants.firstIndex(of: block.inputs) ?? variants.count
            if variant == variants.count { variants.append(block.inputs) }
            let packed = packer.packWeights(block, weights: weights, memory: memory)
            packedBlocks.append(
                .init(
                    function: convolutionFunction(block.kernel), weights: packed.address,
                    bias: biases + block.firstOutput, slope: slopes + block.firstOutput,
                    plane: Int32(block.firstOutput / 8), variant: Int32(variant), zeroGroup: Int32(packed.groups)))
        }
        var tables: [ConvolutionStep.Table] = []
        for row in window.rows.spans {
            for column in window.columns.spans {
                for variant in variants {
                    let segments = packer.segments(rows: row.taps, columns: column.taps, channels: variant)
                    tables.append(.init(segments: memory.store(segments), count: Int32(segments.count)))
                }
            }
        }
        var prologue: ConvolutionStep.Prologue?
        if hasPrologue {
            prologue = .init(
                affine: kernels.elementwise.affine,
                scale: memory.store(graph.floats(node.input(5)), paddedTo: geometry.input.planes * 8),
                shift: memory.store(graph.floats(node.input(6)), paddedTo: geometry.input.planes * 8),
                planes: Int32(geometry.input.planes))
        }
        let panelBytes =
            ((hasPrologue ? geometry.input.planes : 0) + (isPlanar ? geometry.output.planes + 4 : 0))
            * panel * 32
        var addedRows: ConvolutionStep.ResizedRows?
        if let resize {
            let plain = finish(nil, planes: geometry.output.planes)
            guard let rows = resizeStep(resize, source: resized, target: .none, finish: plain) else {
                throw error("what it adds cannot be resized by rows")
            }
            addedRows = .init(resize: rows, planes: geometry.output.planes, scratchOffset: panelBytes)
        }
        scratchBytes = max(scratchBytes, panelBytes + (addedRows?.scratchBytes ?? 0))
        return ConvolutionStep(
            input: input, output: output, residual: residual, resized: addedRows, prologue: prologue,
            blocks: memory.store(packedBlocks),
            blockCount: Int32(packedBlocks.count), columns: columnTable(window),
            columnCount: Int32(window.columns.spans.count),
            spanOfRow: memory.store(window.spanOfRow), tables: memory.store(tables),
            variantCount: Int32(variants.count),
            zeros: UnsafePointer(memory.allocate(UInt8.self, count: 64)),
            activation: activationCode(attributes.activation),
            rowStep: window.rows.stride * pixelRowBytes, pixelStep: window.columns.stride * pixelBytes,
            origin: -(window.rows.padBegin * pixelRowBytes + window.columns.padBegin * pixelBytes),
            inputPlaneBytes: geometry.input.planeBytes,
            fetchedPlanes: window.isPointwise && !isPacked && window.columns.stride == 1 && givenPlaneBytes == nil
                ? Int32(geometry.input.planes) : 0,
            outputWidth: Int32(geometry.output.width),
            outputHeight: Int32(geometry.output.height),
            rows: RowChunks(height: geometry.output.height, count: threads * 6), panel: Int32(panel), isFlat: isFlat,
            planarChannels: isPlanar ? Int32(geometry.output.channels) : 0)
    }

    /// The attributes, geometry and weights of a convolution with constant weights.
    func convolutionFacts(_ node: Node) throws(InferenceError) -> (Convolution, ConvolutionGeometry, [Float]) {
        guard case .convolution(let attributes) = node.operation, let input = graph.image(node.input(0)),
            let output = graph.image(node.outputs[0]), let weightsID = node.input(1),
            let extents = graph[weightsID].dimensions, let weights = graph.floats(weightsID),
            let geometry = ConvolutionGeometry(attributes, weights: extents, input: input, output: output)
        else { throw error("its weights do not fit its input") }
        return (attributes, geometry, weights)
    }

    /// Instruction set, tile and width of the first block.
    func convolutionKernelName(_ geometry: ConvolutionGeometry) -> String {
        let block = outputBlocks(geometry)[0]
        return "\(instructionSetName) \(kernelTile(block.kernel))x\(block.width)"
    }

    func convolutionKind(_ geometry: ConvolutionGeometry, hasPrologue: Bool) -> String {
        let window = "\(geometry.kernelHeight)x\(geometry.kernelWidth)"
        let groups = geometry.groups > 1 ? " g\(geometry.groups)" : ""
        return "conv \(window)\(groups)" + (hasPrologue ? " +prologue" : "")
    }
}

// MARK: - Tables

extension PlanBuilder {
    func columnTable(_ window: Window) -> UnsafePointer<ConvolutionStep.Columns> {
        memory.store(
            window.columns.spans.map {
                ConvolutionStep.Columns(begin: Int32($0.outputs.lowerBound), end: Int32($0.outputs.upperBound))
            })
    }

    func activationCode(_ activation: Activation) -> Int32 {
        switch activation {
        case .none: DH_ACTIVATION_NONE.code
        case .relu: DH_ACTIVATION_RELU.code
        case .parametricRelu, .leakyRelu: DH_ACTIVATION_PRELU.code
        case .sigmoid: DH_ACTIVATION_SIGMOID.code
        }
    }
}
