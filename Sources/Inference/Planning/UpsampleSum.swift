internal import CKernels
internal import ModelGraph

/// A resized picture plus another one, the latter perhaps gated per channel, then perhaps scaled, shifted and activated.
struct UpsampleSum {
    let resize: Int
    let sum: Int
    /// Scales, shifts and activates the sum.
    let affine: Int?
    /// Whether the resized picture is the sum's first operand, which the sum's own scale applies to.
    let resizedFirst: Bool
    let gate: Int?
    /// A depthwise or grouped convolution that makes the other operand for this sum alone.
    let convolution: Int?
    /// The other operand, before its gate and after its convolution.
    let other: ValueID

    /// Nodes that the step absorbs, the last one excepted.
    var inner: [Int] { [resize, gate, convolution].compactMap { $0 } + (affine == nil ? [] : [sum]) }

    init?(endingAt last: Int, _ view: ProducerView, _ builder: PlanBuilder) {
        let graph = view.graph
        guard case .channelAffine(let activation) = graph.nodes[last].operation, activation != .sigmoid,
            builder.lowering(of: graph.nodes[last]) == .affine
        else { return nil }
        if graph.nodes[last].input(3) == nil {
            guard let sum = view.maker(of: graph.nodes[last].input(0)),
                case .channelAffine(.none) = graph.nodes[sum].operation, graph.nodes[sum].input(3) != nil,
                builder.lowering(of: graph.nodes[sum]) == .affine
            else { return nil }
            self.sum = sum
            affine = last
        } else {
            sum = last
            affine = nil
        }
        let operands = [graph.nodes[sum].input(0), graph.nodes[sum].input(3)]
        guard let first = operands.firstIndex(where: { Self.isResize(view.maker(of: $0), graph, builder) }),
            let resize = view.maker(of: operands[first]), var other = operands[1 - first]
        else { return nil }
        self.resize = resize
        resizedFirst = first == 0
        var gate: Int?
        if let maker = view.maker(of: other), builder.lowering(of: graph.nodes[maker]) == .gate,
            let output = graph.image(other), let pair = builder.broadcastPair(graph.nodes[maker], output: output)
        {
            gate = maker
            other = pair.picture
        }
        self.gate = gate
        self.other = other
        var convolution: Int?
        if let maker = view.maker(of: other), graph.nodes[maker].input(3) == nil {
            let kind = builder.lowering(of: graph.nodes[maker])
            if kind == .depthwise || kind == .grouped { convolution = maker }
        }
        self.convolution = convolution
    }

    private static func isResize(_ position: Int?, _ graph: Graph, _ builder: PlanBuilder) -> Bool {
        position.map { builder.lowering(of: graph.nodes[$0]) == .resize } ?? false
    }
}

extension PlanBuilder {
    mutating func lowerUpsampleSum(_ fusion: UpsampleSum) throws(InferenceError) {
        guard let smallID = graph.nodes[fusion.resize].input(0), let output = graph.image(node.outputs[0]) else {
            return
        }
        let source = operand(smallID, as: .blocked)
        var reads = [source]
        var gate = Operand.none
        if let position = fusion.gate, let pair = broadcastPair(graph.nodes[position], output: output) {
            gate = operand(pair.channels, as: .blocked)
            reads.append(gate)
        }
        let (other, multiplyAccumulates) = try lowerOther(fusion, output: output, reads: &reads)
        let target = destination(node.outputs[0], as: .blocked)
        let factors = sumFactors(fusion, channels: output.channels)
        let lanes = output.planes * 8
        let finish = ChannelFinish(
            scale: memory.store(factors.resized, paddedTo: lanes, default: 1),
            shift: memory.store(factors.shift, paddedTo: lanes),
            slope: memory.store(graph.floats(node.input(4)), paddedTo: lanes), activation: factors.activation)
        guard let resize = resizeStep(graph.nodes[fusion.resize], source: source, target: target, finish: finish)
        else { throw error("its input cannot be resized by rows") }
        let step = UpsampleSumStep(
            resize: resize, other: other, otherScale: memory.store(factors.other, paddedTo: lanes, default: 1),
            gate: gate, bands: bands(output))
        scratchBytes = max(scratchBytes, step.scratchBytes)
        let made = fusion.convolution == nil ? "" : " of a convolution"
        var isPlanar = false
        if case .planar = other { isPlanar = true }
        emit(
            .upsampleSum(step), kind: "bilinear resize + sum\(made)",
            kernel: instructionSetName + (isPlanar ? " planar" : ""),
            multiplyAccumulates: multiplyAccumulates, reads: reads, writes: [target])
    }

    private mutating func lowerOther(
        _ fusion: UpsampleSum, output: ImageShape, reads: inout [Operand]
    ) throws(InferenceError) -> (UpsampleSumStep.Other, Int) {
        guard let position = fusion.convolution, let inputID = graph.nodes[position].input(0) else {
            let place = operand(fusion.other, as: .blocked)
            reads.append(place)
            return (
                .stored(StoredRows(input: place, rowBytes: output.width * 32, planeBytes: output.planeBytes)), 0
            )
        }
        let convolution = graph.nodes[position]
        let work = try convolutionFacts(convolution).1.multiplyAccumulates
        if lowering(of: convolution) == .grouped, let groups = try planarGroups(convolution) {
            reads.append(groups.input)
            return (.planar(groups), work)
        }
        let place = operand(inputID, as: .blocked)
        reads.append(place)
        if lowering(of: convolution) == .depthwise {
            return (.convolved(try depthwiseStep(convolution, input: place, residual: .none, output: .none)), work)
        }
        return (.grouped(try groupedStep(convolution, input: place, output: .none)), work)
    }

    /// A grouped convolution over planes of single floats, or nil where it is none of the kind, or the set has no kernels.
    /// An input that exists in 8 bits alone is read as it is.
    private mutating func planarGroups(_ node: Node) throws(InferenceError) -> PlanarGroups? {
        let (attributes, geometry, weights) = try convolutionFacts(node)
        let (width, outputs) = (geometry.output.width, geometry.output.channels)
        let rowFloats = Int(dh_planar_floats(Int64(width)))
        guard kernels.planar.taps != nil, geometry.input.width == width,
            geometry.input.height == geometry.output.height, rowFloats * 3 <= width * 4,
            [geometry.window.rows, geometry.window.columns].allSatisfy({
                $0.kernel == 3 && $0.dilation == 1 && $0.padBegin == 1 && $0.stride == 1
            })
        else { return nil }
        guard let id = node.input(0) else { return nil }
        let stored = place(id, as: .quantized) != nil && place(id, as: .blocked) == nil ? quantized[id] : nil
        let bytes = stored.map {
            PlanarGroups.Bytes(
                function: kernels.quantized_planes.dequantize,
                scale: vector($0.scale, channels: geometry.input.channels),
                zero: vector($0.zero, channels: geometry.input.channels))
        }
        let input = operand(id, as: bytes == nil ? .blocked : .quantized)
        let planes = geometry.output.planes
        let read = (0..<planes).map {
            PlanarGroups.inputPlanes(
                of: $0, outputs: outputs, outputsPerGroup: geometry.outputsPerGroup,
                inputsPerGroup: geometry.inputsPerGroup
            ).count
        }
        return PlanarGroups(
            kernels: kernels.planar, input: input, bytes: bytes, inputChannels: geometry.input.channels,
            inputsPerGroup: geometry.inputsPerGroup, outputsPerGroup: geometry.outputsPerGroup, outputs: outputs,
            weights: memory.store(weights),
            finish: ChannelFinish(
                scale: memory.store([], paddedTo: planes * 8, default: 1),
                shift: memory.store(graph.floats(node.input(2)), paddedTo: planes * 8),
                slope: memory.store(graph.floats(node.input(4)), paddedTo: planes * 8),
                activation: activationCode(attributes.activation)),
            width: width, height: geometry.output.height, zeros: memory.store(nil, paddedTo: rowFloats),
            mostPlanes: read.max() ?? 0)
    }

    /// The sum's and the affine's parameters as factors of both operands, a shift and an activation.
    private func sumFactors(
        _ fusion: UpsampleSum, channels: Int
    ) -> (resized: [Float], other: [Float], shift: [Float], activation: Int32) {
        let ones = [Float](repeating: 1, count: channels)
        let zeros = [Float](repeating: 0, count: channels)
        let sum = graph.nodes[fusion.sum]
        var first = graph.floats(sum.input(1)) ?? ones
        var second = ones
        var shift = graph.floats(sum.input(2)) ?? zeros
        var last = sum
        if let position = fusion.affine {
            last = graph.nodes[position]
            let scale = graph.floats(last.input(1)) ?? ones
            let added = graph.floats(last.input(2)) ?? zeros
            for channel in 0..<channels {
                first[channel] *= scale[channel]
                second[channel] *= scale[channel]
                shift[channel] = shift[channel] * scale[channel] + added[channel]
            }
        }
        var activation = Activation.none
        if case .channelAffine(let applied) = last.operation { activation = applied }
        return (
            fusion.resizedFirst ? first : second, fusion.resizedFirst ? second : first, shift,
            activationCode(activation)
        )
    }
}
