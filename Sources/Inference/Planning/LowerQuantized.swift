internal import CKernels
internal import ModelGraph

extension ImageShape {
    /// Planes of 32 channels.
    var quantizedPlanes: Int { (channels + 31) / 32 }
    /// Bytes of the whole value in 8-bit planes; one pixel of one plane is 32 bytes, as in the blocked layout.
    var quantizedBytes: Int { quantizedPlanes * planeBytes }
}

/// The nodes that run in 8 bits; the rest of `PlanBuilder` is fp32. Values change precision where a node of the other kind
/// reads them (`operand(_:as:)`), by the steps at the end of this file.
extension PlanBuilder {
    /// Lowers the node to int8 steps.
    mutating func lowerQuantizedNode() throws(InferenceError) {
        switch lowering(of: node) {
        case .convolution, .winograd: try lowerQuantizedConvolution()
        case .depthwise: try lowerQuantizedDepthwise()
        case .affine: try lowerQuantizedAffine()
        case .pool:
            if let convolution = pooledConvolutions[position] {
                let pool = node
                node = graph.nodes[convolution]
                try lowerQuantizedConvolution(pooledBy: pool)
            } else {
                try lowerQuantizedPool()
            }
        case .resize: try lowerQuantizedResize()
        case .concatenation: lowerConcatenation()
        default: throw error("it has no int8 step")
        }
    }

    /// How a value of the node at hand is stored.
    func stored(_ id: ValueID) throws(InferenceError) -> ChannelQuantization {
        guard let found = quantized[id] else { throw error("'\(graph[id].name)' has no calibrated range") }
        return found
    }

    /// Whether any int8 node reads `id` (or it leaves the plan in 8 bits).
    func isReadInInt8(_ id: ValueID) -> Bool { int8Readers.contains(id.index) }

    /// Whether int8 nodes read `id` and nothing else does.
    func isReadOnlyInInt8(_ id: ValueID) -> Bool {
        isReadInInt8(id) && !graph.outputs.contains(id)
            && graph.nodes.allSatisfy { !$0.inputs.contains(id) || quantized.contains($0) }
    }

    /// One number per channel, padded with zeros to whole planes of 32 channels.
    func vector(_ numbers: [Float]?, channels: Int, default fill: Float = 0) -> UnsafePointer<Float> {
        memory.store(numbers, paddedTo: (channels + 31) / 32 * 32, default: fill)
    }

    func quantizedBands(_ image: ImageShape) -> PlaneBands {
        PlaneBands(planes: image.quantizedPlanes, rows: image.height, rowBytes: image.width * 32, threads: threads)
    }

    /// Values that int8 nodes read.
    mutating func findInt8Readers() {
        for reader in graph.nodes where quantized.contains(reader) {
            let isConvolution: Bool
            if case .convolution = reader.operation { isConvolution = true } else { isConvolution = false }
            for (position, id) in reader.inputs.enumerated() {
                guard let id, graph[id].constant == nil, !isConvolution || position == 0 || position == 3 else {
                    continue
                }
                int8Readers.insert(id.index)
            }
        }
    }

    /// Whether `id` is one of the compiler's `quantizedPorts` and has what they ask for. Both plans of a border must agree
    /// on the scales: those that the ranges give the value itself, not those of what a pool or resize made it of.
    func crossesQuantized(_ id: ValueID, isInput: Bool) -> Bool {
        let name = graph[id].name
        guard compiler.quantizedPorts.contains(name), let stored = quantized[id],
            stored == compiler.ranges?.values[name].map(ChannelQuantization.init)
        else { return false }
        return isInput
            ? isReadOnlyInInt8(id) : graph.nodes.contains { $0.outputs.contains(id) && quantized.contains($0) }
    }
}

// MARK: - Changes of precision

extension PlanBuilder {
    /// Emits what brings `id` into 8-bit planes.
    mutating func quantize(_ id: ValueID, _ image: ImageShape) -> Operand {
        guard let stored = quantized[id] else { preconditionFailure("'\(graph[id].name)' has no calibrated range") }
        let input = operand(id, as: .blocked)
        let output = destination(id, as: .quantized)
        let step = QuantizeStep(
            function: kernels.quantized_planes.quantize, input: input, output: output,
            inverseScale: vector(stored.scale.map { 1 / $0 }, channels: image.channels),
            zero: vector(stored.zero, channels: image.channels), planes: image.planes, width: image.width,
            planePixels: image.pixels, bands: quantizedBands(image))
        emit(.quantize(step), kind: "quantize", kernel: instructionSetName, reads: [input], writes: [output])
        return output
    }

    /// Emits what brings `id` from 8-bit planes into fp32.
    mutating func dequantize(_ id: ValueID, _ image: ImageShape) -> Operand {
        guard let stored = quantized[id] else { preconditionFailure("'\(graph[id].name)' has no calibrated range") }
        let input = operand(id, as: .quantized)
        let output = destination(id, as: .blocked)
        let step = DequantizeStep(
            function: kernels.quantized_planes.dequantize, input: input, output: output,
            scale: vector(stored.scale, channels: image.channels), zero: vector(stored.zero, channels: image.channels),
            planes: image.planes, width: image.width, planePixels: image.pixels, bands: quantizedBands(image))
        emit(.dequantize(step), kind: "dequantize", kernel: instructionSetName, reads: [input], writes: [output])
        return output
    }

    /// Emits what brings the input picture into [H][W][3] u8.
    mutating func quantizePicture(_ id: ValueID, _ image: ImageShape) -> Operand {
        guard let stored = quantized[id], let input = packedPlace(id) else {
            preconditionFailure("'\(graph[id].name)' is no picture with a calibrated range")
        }
        let output = destination(id, as: .quantizedPicture)
        let step = QuantizePictureStep(
            function: kernels.quantized_planes.quantize_picture, input: input, output: output,
            inverseScale: memory.store(stored.scale.map { 1 / $0 }), zero: memory.store(stored.zero),
            width: image.width,
            bands: PlaneBands(planes: 1, rows: image.height, rowBytes: image.width * 12, threads: threads))
        emit(
            .quantizePicture(step), kind: "quantize picture", kernel: instructionSetName, reads: [input],
            writes: [output])
        return output
    }
}
