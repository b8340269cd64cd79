internal import CKernels
internal import ModelGraph

/// A sum of depthwise convolutions with equal windows, and how each of their inputs comes about. Pyramid pooling modules
/// are such sums after `distributeShuffledConcat`.
struct DepthwiseSum {
    /// One convolution and its input.
    struct Term {
        let convolution: Int
        let source: Source
    }

    /// How an input's rows are made. Positions of nodes; `affine` finishes the rows.
    enum Source {
        case stored(ValueID)
        case convolved(Int)
        case resized(Int, affine: Int?)
        case rescaled(resize: Int, convolution: Int, pool: Int, affine: Int?, rows: RescaledAxis, columns: RescaledAxis)
    }

    let terms: [Term]

    /// Nodes that the step absorbs, the last one excepted.
    var inner: [Int] {
        var result = terms.dropLast().map(\.convolution)
        for term in terms {
            switch term.source {
            case .stored: break
            case .convolved(let position): result.append(position)
            case .resized(let position, let affine): result += [position] + [affine].compactMap { $0 }
            case .rescaled(let resize, let convolution, let pool, let affine, _, _):
                result += [resize, convolution, pool] + [affine].compactMap { $0 }
            }
        }
        return result
    }

    /// The sum that the convolution at `last` completes, or nil when it completes none.
    init?(endingAt last: Int, _ view: ProducerView, _ builder: PlanBuilder) {
        guard let (_, window) = builder.sameDepthwise(last) else { return nil }
        var convolutions = [last]
        while let residual = view.graph.nodes[convolutions[0]].input(3) {
            guard let maker = view.maker(of: residual), let before = builder.sameDepthwise(maker),
                before.window == window, before.attributes.activation == .none
            else { return nil }
            convolutions.insert(maker, at: 0)
        }
        guard convolutions.count > 1 else { return nil }
        terms = convolutions.map { position in
            Term(
                convolution: position,
                source: Source(of: view.graph.nodes[position].input(0), view, builder))
        }
    }
}

extension DepthwiseSum.Source {
    fileprivate init(of value: ValueID?, _ view: ProducerView, _ builder: PlanBuilder) {
        guard let value else { preconditionFailure("a convolution has an input") }
        self = .stored(value)
        guard let maker = view.maker(of: value) else { return }
        let graph = view.graph
        if builder.sameDepthwise(maker) != nil, graph.nodes[maker].input(3) == nil {
            self = .convolved(maker)
            return
        }
        let node = graph.nodes[maker]
        if builder.lowering(of: node) == .resize {
            self = .resized(maker, affine: nil)
            return
        }
        var affine: Int?
        var position = maker
        if case .channelAffine(let activation) = node.operation, activation != .sigmoid, node.input(3) == nil,
            builder.lowering(of: node) == .affine, let inner = view.maker(of: node.input(0))
        {
            affine = maker
            position = inner
            if builder.lowering(of: graph.nodes[position]) == .resize {
                self = .resized(position, affine: affine)
                return
            }
        }
        guard let rescaled = Self.rescaled(poolAt: position, affine: affine, view, builder) else { return }
        self = rescaled
    }

    /// Enlarging, convolution and pooling that can be one filter.
    private static func rescaled(
        poolAt pool: Int, affine: Int?, _ view: ProducerView, _ builder: PlanBuilder
    ) -> Self? {
        let graph = view.graph
        guard case .adaptiveAveragePool = graph.nodes[pool].operation,
            builder.lowering(of: graph.nodes[pool]) == .adaptivePool,
            let convolution = view.maker(of: graph.nodes[pool].input(0)),
            let (attributes, window) = builder.sameDepthwise(convolution), attributes.activation == .none,
            graph.nodes[convolution].input(3) == nil,
            let resize = view.maker(of: graph.nodes[convolution].input(0)),
            builder.lowering(of: graph.nodes[resize]) == .resize, let axes = builder.resizeAxes(graph.nodes[resize]),
            let small = graph.image(graph.nodes[resize].input(0)), let large = graph.image(graph.nodes[pool].input(0)),
            let output = graph.image(graph.nodes[pool].outputs[0]), window.columns.kernel <= Int(DH_RESCALED_COLUMNS),
            let rows = RescaledAxis(
                LinearAxis(axes.rows, input: small.height), filter: window.rows,
                LinearAxis(adaptivePoolOf: large.height, to: output.height)),
            let columns = RescaledAxis(
                LinearAxis(axes.columns, input: small.width), filter: window.columns,
                LinearAxis(adaptivePoolOf: large.width, to: output.width)),
            // Wide filters cost more than the map between.
            rows.span <= RescaledRows.mostRows, columns.span <= RescaledRows.mostRows
        else { return nil }
        return .rescaled(
            resize: resize, convolution: convolution, pool: pool, affine: affine, rows: rows, columns: columns)
    }
}

extension PlanBuilder {
    mutating func lowerDepthwiseSum(_ sum: DepthwiseSum) throws(InferenceError) {
        guard let last = sum.terms.last, let output = graph.image(node.outputs[0]) else { return }
        let (attributes, geometry, _) = try convolutionFacts(graph.nodes[last.convolution])
        var reads: [Operand] = []
        var sources: [DepthwiseSumStep.Source] = []
        var sourceScratch = 0
        var multiplyAccumulates = 0
        for term in sum.terms {
            multiplyAccumulates += try convolutionFacts(graph.nodes[term.convolution]).1.multiplyAccumulates
            let source = try lowerSource(term.source, reads: &reads, macs: &multiplyAccumulates)
            sources.append(source)
            sourceScratch = max(sourceScratch, source.scratchBytes)
        }
        let target = destination(node.outputs[0], as: .blocked)
        let window = geometry.window
        let width = output.width + window.columns.padBegin + window.columns.padEnd
        var bias = [Float](repeating: 0, count: output.channels)
        for term in sum.terms {
            guard let own = graph.floats(graph.nodes[term.convolution].input(2)) else { continue }
            for channel in bias.indices { bias[channel] += own[channel] }
        }
        let lanes = output.planes * 8
        let step = DepthwiseSumStep(
            function: kernels.depthwise.branches, sources: memory.store(sources), sourceCount: sources.count,
            weights: try depthwiseWeights(sum.terms.map { graph.nodes[$0.convolution] }, planes: output.planes),
            finish: ChannelFinish(
                scale: memory.store([], paddedTo: lanes, default: 1), shift: memory.store(bias, paddedTo: lanes),
                slope: memory.store(graph.floats(node.input(4)), paddedTo: lanes),
                activation: activationCode(attributes.activation)),
            output: target, outputPlaneBytes: output.planeBytes, width: output.width, height: output.height,
            kernelHeight: geometry.kernelHeight, kernelWidth: geometry.kernelWidth,
            rowDilation: window.rows.dilation, columnDilation: window.columns.dilation, padTop: window.rows.padBegin,
            padLeft: window.columns.padBegin, padRight: window.columns.padEnd,
            zeros: memory.store(nil, paddedTo: width * 8), sourceScratchBytes: sourceScratch, bands: bands(output))
        scratchBytes = max(scratchBytes, step.scratchBytes)
        emit(
            .depthwiseSum(step),
            kind: "depthwise \(geometry.kernelHeight)x\(geometry.kernelWidth) sum of \(sources.count)",
            kernel: "\(instructionSetName) 8x8", multiplyAccumulates: multiplyAccumulates, reads: reads,
            writes: [target])
    }

    private mutating func lowerSource(
        _ source: DepthwiseSum.Source, reads: inout [Operand], macs: inout Int
    ) throws(InferenceError) -> DepthwiseSumStep.Source {
        func affine(_ position: Int?) -> Node? { position.map { graph.nodes[$0] } }
        func read(_ value: ValueID?) throws(InferenceError) -> (operand: Operand, image: ImageShape) {
            guard let value, let image = graph.image(value) else { throw error("its input is missing") }
            let place = operand(value, as: .blocked)
            reads.append(place)
            return (place, image)
        }
        switch source {
        case .stored(let value):
            let (place, image) = try read(value)
            return .stored(StoredRows(input: place, rowBytes: image.width * 32, planeBytes: image.planeBytes))
        case .convolved(let position):
            let convolution = graph.nodes[position]
            macs += try convolutionFacts(convolution).1.multiplyAccumulates
            return .convolved(
                try depthwiseStep(
                    convolution, input: try read(convolution.input(0)).operand, residual: .none, output: .none))
        case .resized(let position, let last):
            let (place, image) = try read(graph.nodes[position].input(0))
            let finish = finish(affine(last), planes: image.planes)
            guard let step = resizeStep(graph.nodes[position], source: place, target: .none, finish: finish) else {
                throw error("its input cannot be resized by rows")
            }
            return .resized(step)
        case .rescaled(let resize, let position, _, let last, let rows, let columns):
            let (place, image) = try read(graph.nodes[resize].input(0))
            let convolution = graph.nodes[position]
            let geometry = try convolutionFacts(convolution).1
            macs += geometry.multiplyAccumulates
            return .rescaled(
                RescaledRows(
                    function: kernels.depthwise.rescaled, input: place, inputWidth: image.width,
                    inputPlaneBytes: image.planeBytes, outputWidth: columns.first.count,
                    rowFirst: memory.store(rows.first), rowFactors: memory.store(rows.factorsByTap), rowSpan: rows.span,
                    columnFirst: memory.store(columns.first), columnFactors: memory.store(columns.factors),
                    columnSpan: columns.span, kernelHeight: geometry.kernelHeight, kernelWidth: geometry.kernelWidth,
                    weights: memory.store(try depthwiseWeights(convolution, planes: image.planes)),
                    // Pooling keeps the filter's bias: its weights add up to 1.
                    finish: finish(affine(last), bias: graph.floats(convolution.input(2)), planes: image.planes)))
        }
    }

    /// Weights of several depthwise convolutions of `planes` planes: [plane][convolution][tap][8].
    func depthwiseWeights(_ nodes: [Node], planes: Int) throws(InferenceError) -> UnsafePointer<Float> {
        var each: [[Float]] = []
        for node in nodes { each.append(try depthwiseWeights(node, planes: planes)) }
        let perPlane = each[0].count / planes
        var packed: [Float] = []
        for plane in 0..<planes {
            for weights in each { packed += weights[plane * perPlane..<(plane + 1) * perPlane] }
        }
        return memory.store(packed)
    }

    /// [plane][tap][8], lanes beyond the channels zero.
    func depthwiseWeights(_ node: Node, planes: Int) throws(InferenceError) -> [Float] {
        let (_, geometry, weights) = try convolutionFacts(node)
        let taps = geometry.kernelHeight * geometry.kernelWidth
        var packed = [Float](repeating: 0, count: planes * taps * 8)
        for channel in 0..<geometry.input.channels {
            for tap in 0..<taps {
                packed[(channel / 8 * taps + tap) * 8 + channel % 8] = weights[channel * taps + tap]
            }
        }
        return packed
    }
}

extension DepthwiseSumStep.Source {
    fileprivate var scratchBytes: Int {
        switch self {
        case .stored, .convolved: 0
        case .resized(let step): step.scratchBytes
        case .rescaled(let rows): rows.scratchBytes
        }
    }
}
