internal import CKernels
internal import ModelGraph

/// Depthwise convolutions of one value whose results are added up hierarchically (each to the sum before it),
/// concatenated, scaled and activated; and the pointwise convolution that alone reads the result, if there is one.
struct DepthwiseBranches {
    let convolutions: [Int]
    let concatenation: Int
    let affine: Int
    let pointwise: Int?
    let windows: [Window]

    /// Nodes that the step absorbs, the last one excepted.
    var inner: [Int] { convolutions + [concatenation] + (pointwise == nil ? [] : [affine]) }

    /// The branches that end at `last` (a pointwise convolution, or the affine before another reader), or nil.
    init?(endingAt last: Int, _ view: ProducerView, _ builder: PlanBuilder) {
        let graph = view.graph
        if case .convolution(let attributes) = graph.nodes[last].operation, attributes.isPointwise,
            graph.nodes[last].input(5) == nil, builder.lowering(of: graph.nodes[last]) == .convolution,
            // In int8 it is a step of its own, behind the branches in fp32.
            !builder.prefersInt8(graph.nodes[last]),
            let facts = try? builder.convolutionFacts(graph.nodes[last]), !builder.usesProducts(facts.1),
            let affine = view.maker(of: graph.nodes[last].input(0))
        {
            self.init(affine: affine, pointwise: last, view, builder)
        } else {
            self.init(affine: last, pointwise: nil, view, builder)
        }
    }

    private init?(affine: Int, pointwise: Int?, _ view: ProducerView, _ builder: PlanBuilder) {
        let graph = view.graph
        let node = graph.nodes[affine]
        guard case .channelAffine(let activation) = node.operation, activation != .sigmoid, node.input(3) == nil,
            builder.lowering(of: node) == .affine, let concatenation = view.maker(of: node.input(0)),
            builder.lowering(of: graph.nodes[concatenation]) == .concatenation
        else { return nil }
        let parts = graph.nodes[concatenation].inputs
        guard parts.count > 1, let first = graph.image(parts[0]), first.channels % 8 == 0,
            parts.allSatisfy({ graph.image($0) == first })
        else { return nil }
        var convolutions: [Int] = []
        var windows: [Window] = []
        var input: ValueID?
        for (branch, part) in parts.enumerated() {
            // All sums but the last are read by the next convolution, too.
            guard let maker = view.maker(of: part, uses: branch == parts.count - 1 ? 1 : 2),
                case .convolution(let attributes) = graph.nodes[maker].operation, attributes.activation == .none,
                builder.lowering(of: graph.nodes[maker]) == .depthwise,
                graph.nodes[maker].input(3) == (branch == 0 ? nil : parts[branch - 1]),
                let facts = try? builder.convolutionFacts(graph.nodes[maker])
            else { return nil }
            if branch == 0 { input = graph.nodes[maker].input(0) }
            let window = facts.1.window
            guard graph.nodes[maker].input(0) == input, windows.allSatisfy({ $0.hasKernelAndStride(of: window) })
            else { return nil }
            convolutions.append(maker)
            windows.append(window)
        }
        self.convolutions = convolutions
        self.concatenation = concatenation
        self.affine = affine
        self.pointwise = pointwise
        self.windows = windows
    }
}

extension Window {
    fileprivate func hasKernelAndStride(of other: Window) -> Bool {
        rows.kernel == other.rows.kernel && columns.kernel == other.columns.kernel
            && rows.stride == other.rows.stride && columns.stride == other.columns.stride
    }
}

extension PlanBuilder {
    /// Bytes of a band of the concatenation: half of a second-level cache of 1 MB, beside weights and input.
    private static let bandBytes = 512 << 10

    mutating func lowerBranches(_ fusion: DepthwiseBranches) throws(InferenceError) {
        let nodes = fusion.convolutions.map { graph.nodes[$0] }
        guard let inputID = nodes[0].input(0), let input = graph.image(inputID),
            let part = graph.image(nodes[0].outputs[0]), let whole = graph.image(graph.nodes[fusion.affine].outputs[0])
        else { return }
        let source = operand(inputID, as: .blocked)
        let residual = fusion.pointwise == nil ? nil : node.input(3).map { operand($0, as: .blocked) }
        let isQuantized =
            fusion.pointwise == nil && part.planes % BranchesStep.Quantization.planes == 0
            && isReadOnlyInInt8(node.outputs[0])
        let target = destination(
            node.outputs[0], as: isQuantized ? .quantized : .blocked,
            over: fusion.pointwise == nil || inputID == node.input(3) ? [] : [node.input(3)])
        let most = min(
            Self.bandBytes / (whole.planes * part.width * 32), (part.height + threads * 4 - 1) / (threads * 4))
        let rows = RowChunks(height: part.height, most: max(1, most), threads: threads)
        var pointwise: ConvolutionStep?
        var multiplyAccumulates = 0
        if fusion.pointwise != nil {
            let planeBytes = BranchesStep.bandPlaneBytes(rows: rows.most, width: part.width)
            pointwise = try convolutionStep(
                node, input: .none, residual: residual ?? .none, output: target, planeBytes: planeBytes)
            multiplyAccumulates += try convolutionFacts(node).1.multiplyAccumulates
        }
        for convolution in nodes { multiplyAccumulates += try convolutionFacts(convolution).1.multiplyAccumulates }
        let step = try branchesStep(
            fusion, nodes, input: input, source: source, part: part, target: target, rows: rows, pointwise: pointwise,
            isQuantized: isQuantized)
        scratchBytes = max(scratchBytes, step.scratchBytes)
        let kernel = fusion.windows[0]
        emit(
            .branches(step),
            kind: "depthwise \(kernel.rows.kernel)x\(kernel.columns.kernel) x\(nodes.count)"
                + (pointwise == nil ? "" : " + \(convolutionKind(try convolutionFacts(node).1, hasPrologue: false))")
                + (isQuantized ? " + quantize" : ""),
            kernel: "\(instructionSetName) 8x8", multiplyAccumulates: multiplyAccumulates,
            reads: [source, residual ?? .none], writes: [target])
    }

    private func branchesStep(
        _ fusion: DepthwiseBranches, _ nodes: [Node], input: ImageShape, source: Operand, part: ImageShape,
        target: Operand, rows: RowChunks, pointwise: ConvolutionStep?, isQuantized: Bool
    ) throws(InferenceError) -> BranchesStep {
        let (padTop, padLeft) = (
            fusion.windows.map(\.rows.padBegin).max() ?? 0, fusion.windows.map(\.columns.padBegin).max() ?? 0
        )
        var tapRows: [Int32] = []
        var tapColumns: [Int32] = []
        for window in fusion.windows {
            for y in 0..<window.rows.kernel {
                for x in 0..<window.columns.kernel {
                    tapRows.append(Int32(y * window.rows.dilation - window.rows.padBegin + padTop))
                    tapColumns.append(Int32(x * window.columns.dilation - window.columns.padBegin + padLeft))
                }
            }
        }
        let stride = fusion.windows[0].columns.stride
        let columns = BranchColumns(
            width: part.width, inputWidth: input.width, stride: stride, padLeft: padLeft,
            reach: Int(tapColumns.max() ?? 0) + 1)
        return BranchesStep(
            function: kernels.depthwise.branches, input: source, inputHeight: input.height, inputWidth: input.width,
            inputPlaneBytes: input.planeBytes, planes: part.planes, branches: nodes.count,
            taps: tapRows.count / nodes.count, weights: try depthwiseWeights(nodes, planes: part.planes),
            tapRows: memory.store(tapRows), tapColumns: memory.store(tapColumns),
            windowRows: Int(tapRows.max() ?? 0) + 1, firstRow: -padTop, rowStride: fusion.windows[0].rows.stride,
            columnStride: stride, padLeft: padLeft, columns: columns,
            zeros: memory.store(nil, paddedTo: input.width * 8),
            finish: branchesFinish(fusion, nodes, channels: part.channels), output: target,
            quantization: isQuantized ? try branchesQuantization() : nil, outputHeight: part.height,
            outputWidth: part.width, pointwise: pointwise, rows: rows)
    }

    /// How the result of the node at hand is stored in 8 bits.
    private func branchesQuantization() throws(InferenceError) -> BranchesStep.Quantization {
        let stored = try stored(node.outputs[0])
        return BranchesStep.Quantization(
            function: kernels.quantized_planes.quantize,
            inverseScale: vector(stored.scale.map { 1 / $0 }, channels: stored.scale.count),
            zero: vector(stored.zero, channels: stored.zero.count))
    }

    /// The affine's parameters, with the convolutions' biases, which add up along the branches.
    private func branchesFinish(_ fusion: DepthwiseBranches, _ nodes: [Node], channels: Int) -> ChannelFinish {
        var sum = [Float](repeating: 0, count: channels)
        var bias: [Float] = []
        for convolution in nodes {
            if let own = graph.floats(convolution.input(2)) {
                for channel in sum.indices { sum[channel] += own[channel] }
            }
            bias += sum
        }
        return finish(graph.nodes[fusion.affine], bias: bias, planes: bias.count / 8)
    }
}
