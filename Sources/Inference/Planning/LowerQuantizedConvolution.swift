internal import CKernels
internal import Kernels
internal import ModelGraph

extension PlanBuilder {
    /// `pool` is a max pool that the step computes as well; its result is then the step's.
    mutating func lowerQuantizedConvolution(pooledBy pool: Node? = nil) throws(InferenceError) {
        let (attributes, geometry, weights) = try convolutionFacts(node)
        let taps = geometry.kernelHeight * geometry.kernelWidth
        let resize = residualResize
        // First of all, so that storing it in 8 bits comes right behind the step that makes it.
        let residual = resize == nil ? node.input(3).map { operand($0, as: .quantized) } ?? .none : .none
        let input = try convolutionInput(geometry, weights: weights)
        let filter = QuantizedFilter(
            weights: weights, outputs: geometry.output.channels, groups: geometry.groups, taps: taps,
            bias: graph.floats(node.input(2)), input: input.terms)
        let epilogue = try epilogue()
        if !input.isPicture, input.prologue == nil, quantizedWinogradPays(attributes, geometry, filter) {
            lowerQuantizedWinograd(attributes, geometry, filter, epilogue, input: input.operand)
            return
        }
        let resized = resize.map { operand($0.source, as: .quantized) } ?? .none
        let isPlanar =
            epilogue.stored == nil && isPlainOutput(node.outputs[0]) && geometry.window.isPointwise && !input.isPicture
            && resize == nil
        if isPlanar,
            lowerQuantizedNarrow(
                attributes, geometry, filter, epilogue, input: input.operand, prologue: input.prologue)
        {
            return
        }
        let output: Operand
        var unpadded: Operand?
        if isPlanar {
            output = destination(node.outputs[0], as: .plain)
        } else if let pool {
            output = destination(pool.outputs[0], as: .quantized)
        } else if epilogue.stored != nil {
            output = destination(
                node.outputs[0], as: .quantized, over: overwritten(geometry, usesPanels: input.prologue != nil))
        } else {
            (output, unpadded) = wholeBlocksDestination(node.outputs[0], geometry.output)
        }

        let bands =
            input.isPicture || pool != nil ? QuantizedBands(geometry, gathers: input.isPicture, pool: pool) : nil
        let isPointwise = attributes.isPointwise && taps == 1 && bands == nil && resize == nil
        let window = geometry.window
        let (outputHeight, outputWidth) =
            isPointwise ? (1, geometry.output.pixels) : (geometry.output.height, geometry.output.width)
        let inputPlanes = geometry.input.quantizedPlanes
        // Few enough pixels that a panel of the input stays in the first-level cache while all blocks read it.
        let windowBytes =
            input.isPicture
            ? bands?.windowStep ?? 0 : geometry.kernelHeight * window.columns.stride * inputPlanes * 32
        let tile = max(Int(kernels.quantized_convolution.tile), 8)
        let most = max(4 * tile, 20_480 / windowBytes / tile * tile)
        var count = (outputWidth + most - 1) / most
        // What is one row to all threads is shared out by panels: equal ones, and as many for every thread. For LDN-121's maps
        // of 16x32 and 32x64 that saves one of two threads 2 % of what the other does.
        let isOneRow = outputHeight == 1 && bands == nil
        let fair = (count + threads - 1) / threads * threads
        if isOneRow && outputWidth >= fair * tile { count = fair }
        let equal = (outputWidth + count - 1) / count
        // In rows, whole tiles but for the last of each: fewer than if all were a bit smaller.
        var panel = isOneRow ? equal : min(outputWidth, (equal + tile - 1) / tile * tile)
        if let bands { panel = (panel + bands.poolWidth - 1) / bands.poolWidth * bands.poolWidth }
        let panelsPerRow = isOneRow ? count : (outputWidth + panel - 1) / panel
        // The prologue's two panels, and behind them what is added to one plane of one, or results that are yet to be planar.
        let behind = (resize == nil ? 0 : 1) + (isPlanar ? geometry.output.quantizedPlanes * 4 : 0)
        scratchBytes = max(scratchBytes, (2 * (input.prologue?.planes ?? 0) + behind) * panel * 32)
        let rowBytes = geometry.input.width * 32
        let hasParts = kernels.quantized_convolution.parted != nil && isPointwise && !input.isPicture
        let packer = QuantizedPacker(
            geometry: geometry, isPicture: input.isPicture, rowBytes: rowBytes,
            planeBytes: input.prologue == nil ? geometry.input.planeBytes : panel * 32,
            parts: hasParts ? QuantizedPacker.parts(geometry) : 1)
        let (blocks, variants) = quantizedBlocks(packer, filter, epilogue)
        var tables: [ConvolutionStep.Table] = []
        for row in window.rows.spans {
            for column in window.columns.spans {
                for variant in variants {
                    let segments = packer.segments(rows: row.taps, columns: column.taps, channels: variant)
                    tables.append(.init(segments: memory.store(segments), count: Int32(segments.count)))
                }
            }
        }
        let columns = [ConvolutionStep.Columns(begin: 0, end: Int32(outputWidth))]
        let panels = outputHeight * panelsPerRow
        let step = QuantizedConvolutionStep(
            function: quantizedFunction(toFloats: epilogue.stored == nil, parts: packer.parts), parts: packer.parts,
            partStep: packer.partStep,
            input: input.operand, output: output, residual: residual,
            resized: try resize.map { resize throws(InferenceError) in
                try quantizedResizeStep(resize.node, source: resized, target: .none)
            }, prologue: input.prologue, blocks: memory.store(blocks), blockCount: Int32(blocks.count),
            biases: biases(filter, epilogue, window),
            biasStride: filter.dependsOnBorders ? blocks.count * 32 : 0,
            columns: isPointwise ? memory.store(columns) : columnTable(window),
            columnCount: isPointwise ? 1 : Int32(window.columns.spans.count),
            spanOfRow: memory.store(isPointwise ? [0] : window.spanOfRow), tables: memory.store(tables),
            variantCount: Int32(variants.count), zeros: UnsafePointer(memory.allocate(UInt8.self, count: 64)),
            activation: activationCode(attributes.activation), rowStep: window.rows.stride * rowBytes,
            pixelStep: input.isPicture ? bands?.windowStep ?? 0 : window.columns.stride * 32,
            origin: -(window.rows.padBegin * rowBytes + window.columns.padBegin * 32),
            inputPlaneBytes: geometry.input.planeBytes, inputPlanes: inputPlanes, outputWidth: Int32(outputWidth),
            outputHeight: Int32(outputHeight), planesPerBlock: epilogue.stored == nil ? 4 : 1,
            planarChannels: isPlanar ? Int32(geometry.output.channels) : 0, panel: Int32(panel),
            panelsPerRow: Int32(panelsPerRow), hasEvenPanels: isOneRow, chunkCount: Int32(min(panels, threads * 6)))
        let form =
            (input.prologue.map { $0.low == nil ? " +affine" : " +clamp" } ?? "") + (resize == nil ? "" : " +resize")
            + foldedForm
        var kind = convolutionKind(geometry, hasPrologue: false) + form
        var whole = AnyStep.quantizedConvolution(step)
        if let bands {
            whole = .quantizedBands(quantizedBandsStep(bands, step, geometry, output: output, pool: pool))
        }
        if let pool, case .pool(let attributes) = pool.operation {
            // The step stands for both nodes, and makes what the last one does.
            node = pool
            kind += " +" + poolKind(attributes)
        }
        emit(
            whole, kind: kind,
            kernel: "\(instructionSetName) \(kernels.quantized_convolution.tile)x32",
            multiplyAccumulates: geometry.multiplyAccumulates, precision: .int8,
            reads: [input.operand, residual, resized], writes: [output])
        if let unpadded {
            let copy = CopyStep(input: output, output: unpadded, byteCount: geometry.output.blockedBytes)
            emit(.copy(copy), kind: "copy", reads: [output], writes: [unpadded])
        }
    }

    private func quantizedFunction(toFloats: Bool, parts: Int) -> dh_quantized_convolution_function {
        let own = kernels.quantized_convolution
        if parts > 1, let parted = toFloats ? own.parted_float : own.parted { return parted }
        return toFloats ? own.run_float : own.run
    }

    private func quantizedBlocks(
        _ packer: QuantizedPacker, _ filter: QuantizedFilter, _ epilogue: Epilogue
    ) -> (blocks: [QuantizedConvolutionStep.Block], variants: [Range<Int>]) {
        let channels = filter.step.count
        let scale = vector(epilogue.scale(filter), channels: channels)
        let slope = vector(graph.floats(node.input(4)), channels: channels)
        let zero = vector(epilogue.stored?.zero, channels: channels)
        let residualScale = vector(epilogue.residualScale, channels: channels)
        var blocks: [QuantizedConvolutionStep.Block] = []
        var variants: [Range<Int>] = []
        for first in stride(from: 0, to: channels, by: 32) {
            let outputs = min(32, channels - first)
            let inputs = packer.inputs(firstOutput: first, outputs: outputs)
            let variant = variants.firstIndex(of: inputs) ?? variants.count
            if variant == variants.count { variants.append(inputs) }
            let natural = packer.weights(firstOutput: first, outputs: outputs, channels: inputs, filter: filter)
            let groups = natural.count / 128
            let packed = memory.allocate(
                UInt8.self, count: groups * Int(kernels.quantized_convolution.group_bytes))
            natural.withUnsafeBufferPointer {
                kernels.quantized_convolution.pack($0.baseAddress, Int32(groups), packed)
            }
            blocks.append(
                .init(
                    weights: UnsafeRawPointer(packed), scale: scale + first, slope: slope + first, zero: zero + first,
                    residualScale: residualScale + first, variant: Int32(variant)))
        }
        return (blocks, variants)
    }

    /// An fp32 place that holds whole blocks of 32 channels, as the kernel writes them, and the place to copy to where the
    /// value's own has no room for that.
    private mutating func wholeBlocksDestination(_ id: ValueID, _ image: ImageShape) -> (Operand, Operand?) {
        if image.channels > (image.quantizedPlanes * 32 - 8) { return (destination(id, as: .blocked), nil) }
        let bytes = image.quantizedPlanes * 4 * image.planeBytes
        if hasPlace(id, as: .blocked) { return (addArena(byteCount: bytes), destination(id, as: .blocked)) }
        let place = addArena(byteCount: bytes)
        reserve(id, as: .blocked, at: place)
        return (destination(id, as: .blocked), nil)
    }
}
