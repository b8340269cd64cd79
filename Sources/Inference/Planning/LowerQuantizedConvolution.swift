internal import CKernels
internal import Kernels
internal import ModelGraph

/// What the epilogue of an int8 convolution does with a sum, all per output channel.
struct Epilogue {
    /// nil: the result is fp32.
    let stored: ChannelQuantization?
    let residual: ChannelQuantization?
    /// Applied to the sum, the residual included.
    let affine: FoldedAffine?

    /// Real value of the sum -> the unit of the result: steps of 8 bits, or 1.
    func unit(_ output: Int) -> Double { Double(affine?.scale?[output] ?? 1) * step(output) }

    private func step(_ output: Int) -> Double { stored.map { 1 / Double($0.scale[output]) } ?? 1 }

    /// The residual's zero point is part of the bias.
    func bias(_ real: Double, _ output: Int) -> Float {
        let added = residual.map { Double($0.scale[output]) * Double($0.zero[output]) } ?? 0
        return Float((real - added) * unit(output) + Double(affine?.shift?[output] ?? 0) * step(output))
    }

    func scale(_ filter: QuantizedFilter) -> [Float] {
        filter.step.indices.map { Float(filter.step[$0] * unit($0)) }
    }

    var residualScale: [Float]? {
        residual.map { residual in residual.scale.indices.map { Float(Double(residual.scale[$0]) * unit($0)) } }
    }
}

/// A convolution's input as the kernel reads it.
private struct ConvolutionInput {
    /// Absent until the input is there in 8 bits.
    var operand: Operand
    let isPicture: Bool
    let terms: InputTerms
    let prologue: QuantizedConvolutionStep.Prologue?
}

extension PlanBuilder {
    /// `pool` is a max pool that the step computes as well; its result is then the step's.
    mutating func lowerQuantizedConvolution(pooledBy pool: Node? = nil) throws(InferenceError) {
        let (attributes, geometry, weights) = try convolutionFacts(node)
        let taps = geometry.kernelHeight * geometry.kernelWidth
        var input = try convolutionInput(geometry, weights: weights)
        let filter = QuantizedFilter(
            weights: weights, outputs: geometry.output.channels, groups: geometry.groups, taps: taps,
            bias: graph.floats(node.input(2)), input: input.terms)
        let epilogue = try epilogue()
        let isPlanar =
            epilogue.stored == nil && isPlainOutput(node.outputs[0]) && geometry.window.isPointwise && !input.isPicture
            && residualResize == nil
        if isPlanar, let id = node.input(0), let place = quantizedHereAlone(id),
            lowerQuantizedNarrow(
                attributes, geometry, filter, epilogue, input: place, prologue: input.prologue,
                quantization: narrowQuantization(try stored(id), channels: geometry.input.channels))
        {
            return
        }
        if let id = node.input(0), !input.isPicture { input.operand = operand(id, as: .quantized) }
        if !input.isPicture, input.prologue == nil, quantizedWinogradPays(attributes, geometry, filter) {
            lowerQuantizedWinograd(attributes, geometry, filter, epilogue, input: input.operand)
            return
        }
        let resize = residualResize
        let resized = resize.map { operand($0.source, as: .quantized) } ?? .none
        let residual = resize == nil ? node.input(3).map { operand($0, as: .quantized) } ?? .none : .none
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
        let count = (outputWidth + most - 1) / most
        let equal = (outputWidth + count - 1) / count
        // In rows, whole tiles but for the last of each: fewer than if all were a bit smaller. What is one row to all threads is
        // shared out by panels, which are better equal.
        var panel = outputHeight == 1 ? equal : min(outputWidth, (equal + tile - 1) / tile * tile)
        if let bands { panel = (panel + bands.poolWidth - 1) / bands.poolWidth * bands.poolWidth }
        let panelsPerRow = (outputWidth + panel - 1) / panel
        // The prologue's two panels, and behind them what is added to one plane of one, or results that are yet to be planar.
        let behind = (resize == nil ? 0 : 1) + (isPlanar ? geometry.output.quantizedPlanes * 4 : 0)
        scratchBytes = max(scratchBytes, (2 * (input.prologue?.planes ?? 0) + behind) * panel * 32)
        let rowBytes = geometry.input.width * 32
        let packer = QuantizedPacker(
            geometry: geometry, isPicture: input.isPicture, rowBytes: rowBytes,
            planeBytes: input.prologue == nil ? geometry.input.planeBytes : panel * 32)
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
            function: epilogue.stored == nil
                ? kernels.quantized_convolution.run_float : kernels.quantized_convolution.run,
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
            panelsPerRow: Int32(panelsPerRow), chunkCount: Int32(min(panels, threads * 6)))
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
        let step = QuantizedDepthwiseStep(
            function: kernels.quantized_convolution.depthwise, input: input, output: output, residual: residual,
            weights: UnsafePointer(packed), weightsPerPlane: taps * 32, biases: biases(filter, epilogue, window),
            biasStride: filter.dependsOnBorders ? geometry.output.quantizedPlanes * 32 : 0,
            scale: vector(epilogue.scale(filter), channels: channels),
            slope: vector(graph.floats(node.input(4)), channels: channels),
            zero: vector(epilogue.stored?.zero, channels: channels),
            residualScale: vector(epilogue.residualScale, channels: channels), columns: columnTable(window),
            columnCount: Int32(window.columns.spans.count), spanOfRow: memory.store(window.spanOfRow),
            tables: memory.store(tables), activation: activationCode(attributes.activation),
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

extension PlanBuilder {
    /// For listings.
    var foldedForm: String { foldedAffines[position] == nil ? "" : " +scale" }

    private func epilogue(isAlways8Bit: Bool = false) throws(InferenceError) -> Epilogue {
        var residual: ChannelQuantization?
        if let id = node.input(3) { residual = try stored(id) }
        let output = node.outputs[0]
        return Epilogue(
            stored: isAlways8Bit || isReadInInt8(output) ? try stored(output) : nil, residual: residual,
            affine: foldedAffines[position])
    }

    /// The input's place and meaning, and the prologue in the form that costs less accuracy.
    private mutating func convolutionInput(
        _ geometry: ConvolutionGeometry, weights: [Float]
    ) throws(InferenceError) -> ConvolutionInput {
        guard let id = node.input(0), let statistics = quantized.statistics(of: id) else {
            throw error("its input has no calibrated range")
        }
        let stored = try stored(id)
        let isPicture =
            packedPlace(id) != nil && geometry.input.channels == 3 && geometry.groups == 1
            && geometry.window.rows.dilation == 1 && geometry.window.columns.dilation == 1 && node.input(5) == nil
        let place = isPicture ? operand(id, as: .quantizedPicture) : .none
        guard let gain = graph.floats(node.input(5)), let shift = graph.floats(node.input(6)),
            let seen = compiler.ranges?.prologues[node.name]
        else {
            let terms = InputTerms(stored, statistics)
            return ConvolutionInput(operand: place, isPicture: isPicture, terms: terms, prologue: nil)
        }
        let clamped = InputTerms.clamp(stored, gain: gain, shift: shift, seen)
        let affine = InputTerms.affine(stored, gain: gain, shift: shift, seen)
        let usesClamp = Self.isClampAccurate(
            weights, outputs: geometry.output.channels, clamped.terms, affine.terms, seen)
        let channels = geometry.input.channels
        func bytes(_ list: [UInt8]) -> UnsafePointer<UInt8> {
            memory.store(list + Array(repeating: 0, count: (32 - channels % 32) % 32))
        }
        let zeros = vector(nil, channels: 32)
        return ConvolutionInput(
            operand: place, isPicture: false, terms: usesClamp ? clamped.terms : affine.terms,
            prologue: .init(
                kernels: kernels.quantized_planes, low: usesClamp ? bytes(clamped.clamp.low) : nil,
                high: usesClamp ? bytes(clamped.clamp.high) : nil,
                scale: usesClamp ? zeros : vector(affine.affine.scale, channels: channels),
                shift: usesClamp ? zeros : vector(affine.affine.shift, channels: channels), zeros: zeros,
                planes: geometry.input.quantizedPlanes))
    }

    /// Whether the clamp's expected error is not much above that of storing the prologue's result anew. The clamp keeps
    /// the stored scales, which may be far from what the weights need; the affine form rounds once more.
    static func isClampAccurate(
        _ weights: [Float], outputs: Int, _ clamp: InputTerms, _ affine: InputTerms, _ seen: PrologueStatistics
    ) -> Bool {
        let channels = seen.mean.count
        func filter(_ terms: InputTerms) -> QuantizedFilter {
            QuantizedFilter(weights: weights, outputs: outputs, groups: 1, taps: 1, bias: nil, input: terms)
        }
        // The mean square of a rectified channel, roughly: between mean squared and mean times maximum.
        let energy = zip(seen.mean, seen.maximum).map { Double($0) * Double($1) / 2 }
        var rounding = 0.0
        for output in 0..<outputs {
            for channel in 0..<channels {
                let step = Double(weights[output * channels + channel]) * affine.scale[channel]
                rounding += step * step * Double(seen.activity[channel])
            }
        }
        let clampNoise = filter(clamp).roundingNoise(groups: 1, input: clamp, energy: energy)
        let affineNoise = filter(affine).roundingNoise(groups: 1, input: affine, energy: energy) + rounding
        return clampNoise <= affineNoise * 1.5
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

    /// [row span][column span][outputs, padded to blocks of 32]; one case where borders make no difference.
    func biases(
        _ filter: QuantizedFilter, _ epilogue: Epilogue, _ window: Window
    ) -> UnsafePointer<Float> {
        let padded = (filter.step.count + 31) / 32 * 32
        let cases = filter.dependsOnBorders ? window.rows.spans.count * window.columns.spans.count : 1
        let biases = memory.allocate(Float.self, count: cases * padded)
        var number = 0
        for row in window.rows.spans {
            for column in window.columns.spans where number < cases {
                let taps = row.taps.flatMap { y in column.taps.map { y * window.columns.kernel + $0 } }
                for output in filter.step.indices {
                    biases[number * padded + output] = epilogue.bias(
                        filter.bias(output: output, seeing: taps), output)
                }
                number += 1
            }
        }
        return UnsafePointer(biases)
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
