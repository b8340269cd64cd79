internal import CKernels
internal import ModelGraph

extension PlanBuilder {
    /// `channelAffine`, ReLU and addition.
    mutating func lowerQuantizedAffine() throws(InferenceError) {
        guard let inputID = node.input(0), let output = graph.image(node.outputs[0]) else {
            throw error("its input is missing")
        }
        var residualID: ValueID?
        var gain: [Float]?
        var shift: [Float]?
        var slope: [Float]?
        var activation = Activation.none
        switch node.operation {
        case .channelAffine(let applied):
            residualID = node.input(3)
            gain = graph.floats(node.input(1))
            shift = graph.floats(node.input(2))
            slope = graph.floats(node.input(4))
            activation = applied
        case .unary(.relu): activation = .relu
        default: residualID = node.input(1)
        }
        let from = try stored(inputID)
        let to = try stored(node.outputs[0])
        var added: ChannelQuantization?
        if let residualID { added = try stored(residualID) }
        var factors: [Float] = []
        var constants: [Float] = []
        for channel in 0..<output.channels {
            let unit = 1 / Double(to.scale[channel])
            let factor = Double(gain?[channel] ?? 1) * Double(from.scale[channel])
            let zero = added.map { Double($0.scale[channel]) * Double($0.zero[channel]) } ?? 0
            factors.append(Float(factor * unit))
            constants.append(
                Float((Double(shift?[channel] ?? 0) - factor * Double(from.zero[channel]) - zero) * unit))
        }
        let input = operand(inputID, as: .quantized)
        let residual = residualID.map { operand($0, as: .quantized) } ?? .none
        let target = destination(node.outputs[0], as: .quantized, over: [inputID, residualID])
        let step = QuantizedAffineStep(
            function: kernels.quantized_planes.affine, input: input, residual: residual, output: target,
            scale: vector(factors, channels: output.channels), shift: vector(constants, channels: output.channels),
            residualScale: vector(
                added.map { added in (0..<output.channels).map { added.scale[$0] / to.scale[$0] } },
                channels: output.channels),
            slope: vector(slope, channels: output.channels), zero: vector(to.zero, channels: output.channels),
            activation: activationCode(activation), width: output.width, planePixels: output.pixels,
            bands: quantizedBands(output))
        emit(
            .quantizedAffine(step), kind: "affine", kernel: instructionSetName, precision: .int8,
            reads: [input, residual], writes: [target])
    }

    mutating func lowerQuantizedPool() throws(InferenceError) {
        guard case .pool(let attributes) = node.operation, let inputID = node.input(0),
            let input = graph.image(inputID), let output = graph.image(node.outputs[0])
        else { throw error("its input is missing") }
        let stored = try stored(inputID)
        let prologue = try pooledPrologue(of: stored)
        let source = operand(inputID, as: .quantized)
        let target = destination(node.outputs[0], as: .quantized)
        let window = window(attributes, input: input, output: output)
        let rowBytes = input.width * 32
        var tables: [QuantizedPoolStep.Table] = []
        for row in window.rows.spans {
            for column in window.columns.spans {
                var offsets: [Int32] = []
                for y in row.taps {
                    for x in column.taps {
                        offsets.append(Int32(y * window.rows.dilation * rowBytes + x * window.columns.dilation * 32))
                    }
                }
                let divisor = attributes.countIncludesPadding ? row.counted * column.counted : offsets.count
                // Taps in the padding count as real zeros, which behind a prologue are bytes of 0.
                let padding = 1 - Float(offsets.count) / Float(divisor)
                tables.append(
                    .init(
                        offsets: memory.store(offsets),
                        shift: prologue?.shift ?? vector(stored.zero.map { $0 * padding }, channels: output.channels),
                        count: Int32(offsets.count), factor: 1 / Float(divisor)))
            }
        }
        let step = QuantizedPoolStep(
            function: kernels.quantized_planes.pool, input: source, output: target, scale: prologue?.scale,
            columns: columnTable(window), columnCount: Int32(window.columns.spans.count),
            spanOfRow: memory.store(window.spanOfRow), tables: memory.store(tables),
            isMax: attributes.kind == .max, rowStep: window.rows.stride * rowBytes,
            pixelStep: window.columns.stride * 32,
            origin: -(window.rows.padBegin * rowBytes + window.columns.padBegin * 32),
            inputPlaneBytes: input.planeBytes, outputWidth: output.width, outputPlaneBytes: output.planeBytes,
            bands: quantizedBands(output))
        emit(
            .quantizedPool(step), kind: poolKind(attributes), kernel: instructionSetName, precision: .int8,
            reads: [source], writes: [target])
    }

    /// The prologue of the pool at hand, from the bytes of its input to steps of its result; nil for none. What a ReLU
    /// leaves has the zero point 0.
    private func pooledPrologue(
        of stored: ChannelQuantization
    ) throws(InferenceError) -> (scale: UnsafePointer<Float>, shift: UnsafePointer<Float>)? {
        guard let gain = graph.floats(node.input(1)), let shift = graph.floats(node.input(2)) else { return nil }
        let result = try self.stored(node.outputs[0])
        let factors = gain.indices.map { Double(gain[$0]) * Double(stored.scale[$0]) / Double(result.scale[$0]) }
        let constants = gain.indices.map {
            Double(shift[$0]) / Double(result.scale[$0]) - factors[$0] * Double(stored.zero[$0])
        }
        return (
            vector(factors.map(Float.init), channels: gain.count),
            vector(constants.map(Float.init), channels: gain.count)
        )
    }

    /// Whether `id` lies in 8-bit planes and nowhere in fp32, and has no more pixels than sums of bytes take.
    func isOnlyInBytes(_ id: ValueID) -> Bool {
        place(id, as: .quantized) != nil && place(id, as: .blocked) == nil && quantized[id] != nil
            && graph.image(id).map { $0.pixels <= Int(DH_QUANTIZED_AVERAGE_MOST) } == true
    }

    /// The node at hand, an adaptive or global average pool that itself runs in fp32, from 8-bit planes.
    mutating func lowerAverageOfBytes(_ inputID: ValueID, rows: AdaptiveWindows, columns: AdaptiveWindows) {
        guard let stored = quantized[inputID], let input = graph.image(inputID),
            let output = graph.image(node.outputs[0])
        else { return }
        let source = operand(inputID, as: .quantized)
        let target = destination(node.outputs[0], as: .blocked)
        let step = QuantizedAverageStep(
            function: kernels.quantized_planes.average, input: source, output: target,
            scale: vector(stored.scale, channels: input.channels), zero: vector(stored.zero, channels: input.channels),
            rows: rows, columns: columns, inputWidth: input.width, inputPlaneBytes: input.planeBytes,
            outputWidth: output.width, outputPlaneBytes: output.planeBytes, outputPlanes: output.planes,
            bands: PlaneBands(
                planes: output.quantizedPlanes, rows: output.height,
                rowBytes: max(output.width, input.pixels / output.height) * 32, threads: threads))
        emit(
            .quantizedAverage(step), kind: "adaptive average pool", kernel: instructionSetName, reads: [source],
            writes: [target])
    }

    mutating func lowerQuantizedResize() throws(InferenceError) {
        guard let inputID = node.input(0) else { throw error("its input is missing") }
        let source = operand(inputID, as: .quantized)
        let target = destination(node.outputs[0], as: .quantized)
        emit(
            .quantizedResize(try quantizedResizeStep(node, source: source, target: target)), kind: "bilinear resize",
            kernel: instructionSetName, precision: .int8, reads: [source], writes: [target])
    }

    /// The step of a fast `Resize` node over 8-bit planes; `target` is absent where the caller takes the rows.
    func quantizedResizeStep(
        _ resize: Node, source: Operand, target: Operand
    ) throws(InferenceError) -> QuantizedResizeStep {
        guard let (rows, columns) = resizeAxes(resize), let input = graph.image(resize.input(0)),
            let output = graph.image(resize.outputs[0])
        else { throw error("its input is missing") }
        return QuantizedResizeStep(
            function: kernels.quantized_planes.resize, input: source, output: target, upper: memory.store(rows.first),
            lower: memory.store(rows.second), lowerWeight: memory.store(rows.weight), left: memory.store(columns.first),
            right: memory.store(columns.second), rightWeight: memory.store(columns.weight),
            sixteenths: sixteenths(rows, columns).map { memory.store($0) },
            doubles: doubles(rows, columns, width: input.width), inputWidth: input.width,
            inputPlaneBytes: input.planeBytes, outputWidth: output.width, outputPlaneBytes: output.planeBytes,
            bands: quantizedBands(output))
    }

    /// Whether columns are what `dh_quantized_resize_run` calls doubled.
    private func doubles(_ rows: ResizeAxis, _ columns: ResizeAxis, width: Int) -> Bool {
        guard columns.first.count == 2 * width, rows.weight.allSatisfy({ [0, 0.25, 0.75, 1].contains($0) }) else {
            return false
        }
        return columns.first.indices.allSatisfy { pixel in
            let (left, right) = (Int(columns.first[pixel]), Int(columns.second[pixel]))
            let (weight, column) = (columns.weight[pixel], pixel / 2)
            if pixel == 0 { return left == 0 && (right == 0 || weight == 0) }
            if pixel == 2 * width - 1 { return left == column && right == column }
            return pixel % 2 == 0
                ? left == column - 1 && right == column && weight == 0.75
                : left == column && right == column + 1 && weight == 0.25
        }
    }

    /// The weights of columns as `dh_quantized_resize_run` has them, where its conditions hold: so it is when a picture
    /// grows by 2, 4 or 8.
    private func sixteenths(_ rows: ResizeAxis, _ columns: ResizeAxis) -> [UInt32]? {
        let steps = zip(columns.first.dropFirst(), columns.first).map { $0 - $1 }
        let isWhole = (rows.weight + columns.weight).allSatisfy { ($0 * 16).rounded() == $0 * 16 }
        guard isWhole, steps.allSatisfy({ 0...1 ~= $0 }) else { return nil }
        return columns.weight.map { UInt32($0 * 16) * 0x10001 }
    }
}
