internal import CKernels
internal import Kernels
internal import ModelGraph

/// A convolution's facts in one place.
struct ConvolutionGeometry {
    let input: ImageShape
    let output: ImageShape
    let window: Window
    let kernelHeight: Int
    let kernelWidth: Int
    let groups: Int
    let inputsPerGroup: Int
    let outputsPerGroup: Int

    init?(_ attributes: Convolution, weights: [Int], input: ImageShape, output: ImageShape) {
        guard weights.count == 4, attributes.groups > 0, input.channels == weights[1] * attributes.groups,
            weights[0] % attributes.groups == 0, weights[0] == output.channels, weights[2] > 0, weights[3] > 0
        else { return nil }
        self.input = input
        self.output = output
        kernelHeight = weights[2]
        kernelWidth = weights[3]
        groups = attributes.groups
        inputsPerGroup = weights[1]
        outputsPerGroup = weights[0] / groups
        window = Window(
            input: input, output: output, kernel: [weights[2], weights[3]], strides: attributes.strides,
            dilations: attributes.dilations, padding: attributes.padding)
    }

    var multiplyAccumulates: Int {
        output.channels * output.pixels * inputsPerGroup * kernelHeight * kernelWidth
    }
}

/// A group of output channels that one kernel call computes, before packing.
private struct OutputBlock {
    let kernel: Int
    let width: Int
    let firstOutput: Int
    let outputs: Int
    /// Input channels that any of the outputs reads.
    let inputs: Range<Int>
}

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
            inputPlaneBytes: geometry.input.planeBytes, outputWidth: Int32(geometry.output.width),
            outputHeight: Int32(geometry.output.height),
            rows: RowChunks(height: geometry.output.height, count: threads * 6), panel: Int32(panel), isFlat: isFlat,
            planarChannels: isPlanar ? Int32(geometry.output.channels) : 0)
    }

    private func convolutionBlocks(_ geometry: ConvolutionGeometry) -> [OutputBlock] {
        guard usesProducts(geometry) else { return outputBlocks(geometry) }
        return [
            OutputBlock(
                kernel: 0, width: geometry.output.planes * 8, firstOutput: 0, outputs: geometry.output.channels,
                inputs: 0..<geometry.input.channels)
        ]
    }

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
        var tables: [ConvolutionStep.Table] = []
        for row in window.rows.spans {
            for column in window.columns.spans {
                var segments: [dh_segment] = []
                for y in row.taps {
                    for x in column.taps {
                        segments.append(
                            dh_segment(
                                input: Int32(y * window.rows.dilation * rowBytes + x * window.columns.dilation * 32),
                                weights: Int32(y * geometry.kernelWidth + x), count: 1))
                    }
                }
                tables.append(.init(segments: memory.store(segments), count: Int32(segments.count)))
            }
        }
        return DepthwiseStep(
            function: kernels.convolution.depthwise, input: input, output: output, residual: residual,
            weights: memory.store(try depthwiseWeights(node, planes: geometry.input.planes)), weightsPerPlane: taps * 8,
            bias: memory.store(graph.floats(node.input(2)), paddedTo: geometry.output.planes * 8),
            slope: memory.store(graph.floats(node.input(4)), paddedTo: geometry.output.planes * 8),
            columns: columnTable(window), columnCount: Int32(window.columns.spans.count),
            spanOfRow: memory.store(window.spanOfRow), tables: memory.store(tables),
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

    private var blockWidths: [Int] {
        let widths = kernels.convolution.width
        return [Int(widths.0), Int(widths.1), Int(widths.2)]
    }

    private func kernelTile(_ kernel: Int) -> Int32 {
        let tiles = kernels.convolution.tile
        return [tiles.0, tiles.1, tiles.2][kernel]
    }

    private func convolutionFunction(_ kernel: Int) -> dh_convolution_function {
        let functions = kernels.convolution.run
        let function = [functions.0, functions.1, functions.2][kernel]
        guard let function else { preconditionFailure("block width without a kernel") }
        return function
    }

    /// Divides the outputs into blocks, choosing the width that wastes least: a block of a grouped convolution reads the
    /// channels of every group that it touches, with zero weights where an output does not belong.
    private func outputBlocks(_ geometry: ConvolutionGeometry) -> [OutputBlock] {
        let groupsAreWhole = geometry.groups > 1 && geometry.outputsPerGroup % 8 == 0
        var best: (cost: Double, blocks: [OutputBlock]) = (.infinity, [])
        for staysInGroup in groupsAreWhole ? [true, false] : [false] {
            for widest in blockWidths.indices where blockWidths[widest] > 0 {
                let blocks = outputBlocks(geometry, widest: widest, staysInGroup: staysInGroup)
                // Narrow tiles reach a smaller share of peak.
                let cost = blocks.reduce(0.0) {
                    $0 + Double($1.width * $1.inputs.count) * ($1.width == 8 ? 1.2 : 1)
                }
                if cost < best.cost { best = (cost, blocks) }
            }
        }
        return best.blocks
    }

    /// The widest blocks, from width number `widest` on, one after the other; `staysInGroup`: none beyond its group.
    private func outputBlocks(
        _ geometry: ConvolutionGeometry, widest: Int, staysInGroup: Bool
    ) -> [OutputBlock] {
        var blocks: [OutputBlock] = []
        var first = 0
        while first < geometry.output.channels {
            let end =
                staysInGroup
                ? (first / geometry.outputsPerGroup + 1) * geometry.outputsPerGroup : geometry.output.channels
            let planesLeft = (end - first + 7) / 8
            let kernel = blockWidths.indices.first {
                $0 >= widest && blockWidths[$0] > 0 && blockWidths[$0] <= planesLeft * 8
            }
            guard let kernel else { break }
            let width = blockWidths[kernel]
            let outputs = min(width, geometry.output.channels - first)
            let groups = first / geometry.outputsPerGroup..<(first + outputs - 1) / geometry.outputsPerGroup + 1
            let inputs = groups.lowerBound * geometry.inputsPerGroup..<groups.upperBound * geometry.inputsPerGroup
            blocks.append(
                OutputBlock(kernel: kernel, width: width, firstOutput: first, outputs: outputs, inputs: inputs))
            first += width
        }
        return blocks
    }
}

/// Lists the runs of input that an output pixel reads, and packs weights in the same order.
private struct SegmentPacker {
    let geometry: ConvolutionGeometry
    let isPacked: Bool
    let pixelBytes: Int
    let rowBytes: Int
    let planeBytes: Int

    /// Pieces of `channels` that lie in one plane: (plane, first lane, count).
    private func pieces(_ channels: Range<Int>) -> [(plane: Int, lane: Int, count: Int)] {
        var result: [(plane: Int, lane: Int, count: Int)] = []
        var channel = channels.lowerBound
        while channel < channels.upperBound {
            let count = min(8 - channel % 8, channels.upperBound - channel)
            result.append((channel / 8, channel % 8, count))
            channel += count
        }
        return result
    }

    /// Segments in the packing order: rows of the window, then pieces of channels, then columns (packed pictures: rows,
    /// then one run of columns and channels).
    func segments(rows: Range<Int>, columns: Range<Int>, channels: Range<Int>) -> [dh_segment] {
        var result: [dh_segment] = []
        if columns.isEmpty { return result }
        let window = geometry.window
        for y in rows {
            let line = y * window.rows.dilation * rowBytes
            if isPacked {
                let groups = geometry.input.channels
                result.append(
                    dh_segment(
                        input: Int32(line + columns.lowerBound * pixelBytes),
                        weights: Int32((y * geometry.kernelWidth + columns.lowerBound) * groups),
                        count: Int32(columns.count * groups)))
                continue
            }
            var base = y * channels.count * geometry.kernelWidth
            for piece in pieces(channels) {
                for x in columns {
                    let pixel = x * window.columns.dilation * pixelBytes
                    result.append(
                        dh_segment(
                            input: Int32(line + pixel + piece.plane * planeBytes + piece.lane * 4),
                            weights: Int32(base + x * piece.count), count: Int32(piece.count)))
                }
                base += piece.count * geometry.kernelWidth
            }
        }
        return result
    }

    /// [groups + 1][width] floats in the order of `segments`; the last row is zero.
    func packWeights(
        _ block: OutputBlock, weights: [Float], memory: PlanMemory
    ) -> (address: UnsafePointer<Float>, groups: Int) {
        let taps = geometry.kernelHeight * geometry.kernelWidth
        let groups = block.inputs.count * taps
        let packed = memory.allocate(Float.self, count: (groups + 1) * block.width)
        var row = 0
        func put(channel: Int, y: Int, x: Int) {
            for lane in 0..<block.outputs {
                let output = block.firstOutput + lane
                let group = output / geometry.outputsPerGroup
                let within = channel - group * geometry.inputsPerGroup
                if within < 0 || within >= geometry.inputsPerGroup { continue }
                let index = (output * geometry.inputsPerGroup + within) * taps + y * geometry.kernelWidth + x
                packed[row * block.width + lane] = weights[index]
            }
            row += 1
        }
        for y in 0..<geometry.kernelHeight {
            if isPacked {
                for x in 0..<geometry.kernelWidth {
                    for channel in block.inputs { put(channel: channel, y: y, x: x) }
                }
                continue
            }
            for piece in pieces(block.inputs) {
                for x in 0..<geometry.kernelWidth {
                    for lane in 0..<piece.count { put(channel: piece.plane * 8 + piece.lane + lane, y: y, x: x) }
                }
            }
        }
        return (UnsafePointer(packed), groups)
    }
}
