internal import CKernels
internal import ModelGraph

/// A `DepthwiseSum` that planes of single floats suit better, and the pointwise convolution behind it, if that alone reads
/// the sum and leaves the plan as it is.
struct PlanarSum {
    let sum: DepthwiseSum
    let pointwise: Int?
    /// What convolved and rescaled sources read.
    let input: ValueID?
    /// By term; absent for what is not stretched.
    fileprivate let columns: [StretchedColumns?]
    /// By term; absent for what is not rescaled.
    fileprivate let rescalings: [RescaledColumns?]

    /// Nodes that the step absorbs, the last one excepted.
    var inner: [Int] { sum.inner + (pointwise == nil ? [] : [sum.last]) }

    /// The sum that ends at `last`, or nil where there is none, or where planes of 8 channels suit it.
    init?(endingAt last: Int, _ view: ProducerView, _ builder: PlanBuilder) {
        guard builder.kernels.planar.taps != nil else { return nil }
        let graph = view.graph
        let maker = Self.isLastPointwise(graph.nodes[last], builder) ? view.maker(of: graph.nodes[last].input(0)) : nil
        pointwise = maker == nil ? nil : last
        guard let sum = DepthwiseSum(endingAt: maker ?? last, view, builder),
            let output = graph.image(graph.nodes[sum.last].outputs[0]),
            sum.terms.allSatisfy({ builder.isPlainFilter($0.convolution) })
        else { return nil }
        self.sum = sum
        // At least a quarter of the lanes would be empty.
        let lanes = output.channels * Int(dh_planar_floats(Int64(output.width)))
        guard lanes * 4 <= output.planes * 8 * output.width * 3 else { return nil }
        var input: ValueID?
        var columns: [StretchedColumns?] = []
        var rescalings: [RescaledColumns?] = []
        for term in sum.terms {
            var read: ValueID?
            var stretched: StretchedColumns?
            var rescaled: RescaledColumns?
            switch term.source {
            case .stored: return nil
            case .convolved(let position):
                guard builder.isPlainFilter(position) else { return nil }
                read = graph.nodes[position].input(0)
            case .resized(let position, _):
                guard let axes = builder.resizeAxes(graph.nodes[position]),
                    let found = StretchedColumns(axes.columns)
                else { return nil }
                stretched = found
            case .rescaled(let resize, let convolution, _, _, let rows, let axis):
                guard builder.isPlainFilter(convolution), rows.span <= Int(DH_PLANAR_RESCALED_ROWS),
                    let found = RescaledColumns(axis, width: output.width)
                else { return nil }
                read = graph.nodes[resize].input(0)
                rescaled = found
            }
            if let read {
                guard input == nil || input == read, graph.image(read) == output else { return nil }
                input = read
            }
            columns.append(stretched)
            rescalings.append(rescaled)
        }
        self.input = input
        self.columns = columns
        self.rescalings = rescalings
    }

    /// Whether a node is a pointwise convolution without any extra whose result is a plain output.
    private static func isLastPointwise(_ node: Node, _ builder: PlanBuilder) -> Bool {
        guard case .convolution(let attributes) = node.operation, builder.lowering(of: node) == .convolution,
            attributes.activation == .none, attributes.isPointwise, node.input(3) == nil, node.input(5) == nil,
            !builder.prefersInt8(node), let facts = try? builder.convolutionFacts(node).1, facts.groups == 1,
            facts.window.isPointwise, !builder.usesProducts(facts)
        else { return false }
        let (id, compiler) = (node.outputs[0], builder.compiler)
        return builder.graph.outputs.contains(id)
            && (!compiler.nativePorts || compiler.plainOutputs.contains(builder.graph[id].name))
            && !builder.graph.nodes.contains { $0.inputs.contains(id) }
    }
}

extension DepthwiseSum {
    /// The convolution that completes the sum.
    fileprivate var last: Int { terms[terms.count - 1].convolution }
}

/// Columns of a bilinear enlargement by vectors of 16 results.
private struct StretchedColumns {
    private(set) var base: [Int32] = []
    private(set) var left: [Int32] = []
    private(set) var right: [Int32] = []
    private(set) var weight: [Float]

    /// Nil where 16 results need more than 32 columns.
    init?(_ axis: ResizeAxis) {
        let (width, padded) = (axis.first.count, Int(dh_planar_floats(Int64(axis.first.count))))
        weight = axis.weight + Array(repeating: 0, count: padded - width)
        for start in stride(from: 0, to: width, by: 16) {
            let columns = start..<min(width, start + 16)
            let base = columns.map { min(axis.first[$0], axis.second[$0]) }.min() ?? 0
            self.base.append(base)
            left += columns.map { axis.first[$0] - base }
            right += columns.map { axis.second[$0] - base }
        }
        guard (left + right).allSatisfy({ $0 < 32 }) else { return nil }
        left += Array(repeating: 0, count: padded - width)
        right += Array(repeating: 0, count: padded - width)
    }
}

/// Column factors of a `RescaledAxis` by the distance from a result to the column that is read.
private struct RescaledColumns {
    let reach: Int
    /// [2 * reach + 1][3][padded width]
    let factors: [Float]

    /// Nil where a distance is too large.
    init?(_ axis: RescaledAxis, width: Int) {
        guard axis.taps == 3, axis.first.count == width else { return nil }
        var terms: [(distance: Int, tap: Int, column: Int, factor: Float)] = []
        for position in 0..<width {
            for j in 0..<axis.span {
                for tap in 0..<axis.taps {
                    let factor = axis.factors[(position * axis.span + j) * axis.taps + tap]
                    let column = Int(axis.first[position]) + j
                    if factor != 0 { terms.append((column - position, tap, column, factor)) }
                }
            }
        }
        let reach = max(1, terms.map { abs($0.distance) }.max() ?? 1)
        guard reach <= Int(DH_PLANAR_RESCALED_REACH), terms.allSatisfy({ $0.column < width }) else { return nil }
        let padded = Int(dh_planar_floats(Int64(width)))
        var factors = [Float](repeating: 0, count: (2 * reach + 1) * 3 * padded)
        for term in terms { factors[((term.distance + reach) * 3 + term.tap) * padded + term.column] = term.factor }
        self.reach = reach
        self.factors = factors
    }
}

extension PlanBuilder {
    /// Whether a depthwise convolution is 3x3, neither dilated nor moving.
    fileprivate func isPlainFilter(_ position: Int) -> Bool {
        guard let (_, window) = sameDepthwise(position) else { return false }
        return [window.rows, window.columns].allSatisfy { $0.kernel == 3 && $0.dilation == 1 && $0.padBegin == 1 }
    }

    mutating func lowerPlanarSum(_ fusion: PlanarSum) throws(InferenceError) {
        let last = graph.nodes[fusion.sum.last]
        guard let output = graph.image(last.outputs[0]) else { return }
        let (channels, height) = (output.channels, output.height)
        var reads: [Operand] = []
        let input = fusion.input.map { operand($0, as: .blocked) } ?? .none
        if input.isPresent { reads.append(input) }
        var macs = 0
        var sources: [PlanarSumStep.Source] = []
        // Empty for all rows where no source reads the input.
        var needed = Array(repeating: 0..<0, count: height)
        var lineFloats = 0
        var bias = [Float](repeating: 0, count: channels)
        var filters: [[Float]] = []
        for (index, term) in fusion.sum.terms.enumerated() {
            let convolution = graph.nodes[term.convolution]
            let (_, geometry, weights) = try convolutionFacts(convolution)
            macs += geometry.multiplyAccumulates
            filters.append(weights)
            for (channel, own) in (graph.floats(convolution.input(2)) ?? []).enumerated() { bias[channel] += own }
            let source = try planarSource(
                term.source, columns: fusion.columns[index], rescaling: fusion.rescalings[index], reads: &reads,
                needed: &needed, macs: &macs)
            if case .stretched(let own) = source { lineFloats = max(lineFloats, own.lineFloats * channels) }
            sources.append(source)
        }
        let (first, end, slots) = Self.monotone(needed)
        var pointwise: PlanarSumStep.Pointwise?
        if fusion.pointwise != nil {
            let (_, geometry, weights) = try convolutionFacts(node)
            macs += geometry.multiplyAccumulates
            pointwise = .init(
                weights: memory.store(weights),
                bias: memory.store(graph.floats(node.input(2)), paddedTo: geometry.output.channels),
                outputs: geometry.output.channels)
        }
        let target = destination(node.outputs[0], as: pointwise == nil ? .blocked : .plain)
        var attributes = Activation.none
        if case .convolution(let convolution) = last.operation { attributes = convolution.activation }
        // [channel][term][9]
        let packed = (0..<channels).flatMap { channel in
            filters.flatMap { $0[channel * 9..<(channel + 1) * 9] }
        }
        let step = PlanarSumStep(
            kernels: kernels.planar, input: input, inputFirst: memory.store(first), inputEnd: memory.store(end),
            inputSlots: slots, sources: memory.store(sources), sourceCount: sources.count,
            weights: memory.store(packed),
            finish: ChannelFinish(
                scale: memory.store([], paddedTo: channels, default: 1),
                shift: memory.store(bias, paddedTo: channels),
                slope: memory.store(graph.floats(last.input(4)), paddedTo: channels),
                activation: activationCode(attributes)),
            output: target, pointwise: pointwise, channels: channels, width: output.width, height: height,
            zeros: memory.store(nil, paddedTo: channels * Int(dh_planar_floats(Int64(output.width)))),
            lineFloats: lineFloats, rows: RowChunks(height: height, most: Self.planarRows, threads: threads))
        scratchBytes = max(scratchBytes, step.scratchBytes)
        emit(
            .planarSum(step),
            kind: "depthwise 3x3 sum of \(sources.count)" + (pointwise == nil ? "" : " + conv 1x1"),
            kernel: "\(instructionSetName) planar", multiplyAccumulates: macs, reads: reads, writes: [target])
    }

    /// Rows of a chunk: two more rows of every source are computed for each.
    private static let planarRows = 32

    private mutating func planarSource(
        _ source: DepthwiseSum.Source, columns: StretchedColumns?, rescaling: RescaledColumns?, reads: inout [Operand],
        needed: inout [Range<Int>], macs: inout Int
    ) throws(InferenceError) -> PlanarSumStep.Source {
        let height = needed.count
        switch (source, columns, rescaling) {
        case (.convolved(let position), _, _):
            let convolution = graph.nodes[position]
            let (attributes, geometry, weights) = try convolutionFacts(convolution)
            macs += geometry.multiplyAccumulates
            for row in needed.indices { needed[row].extend(to: max(0, row - 1)..<min(height, row + 2)) }
            let planes = geometry.output.planes
            return .convolved(
                PlanarFilter(
                    weights: memory.store(weights),
                    finish: ChannelFinish(
                        scale: memory.store([], paddedTo: planes * 8, default: 1),
                        shift: memory.store(graph.floats(convolution.input(2)), paddedTo: planes * 8),
                        slope: memory.store(graph.floats(convolution.input(4)), paddedTo: planes * 8),
                        activation: activationCode(attributes.activation))))
        case (.resized(let position, let last), let columns?, _):
            guard let id = graph.nodes[position].input(0), let image = graph.image(id),
                let axes = resizeAxes(graph.nodes[position])
            else { throw error("its input is missing") }
            let place = operand(id, as: .blocked)
            reads.append(place)
            return .stretched(
                PlanarStretch(
                    input: place, inputWidth: image.width, inputPlaneBytes: image.planeBytes,
                    upper: memory.store(axes.rows.first), lower: memory.store(axes.rows.second),
                    lowerWeight: memory.store(axes.rows.weight), base: memory.store(columns.base),
                    left: memory.store(columns.left), right: memory.store(columns.right),
                    weight: memory.store(columns.weight),
                    lineFloats: Int(dh_planar_floats(Int64(image.width))) + 32,
                    finish: finish(last.map { graph.nodes[$0] }, planes: image.planes)))
        case (.rescaled(_, let position, _, let last, let rows, _), _, let rescaling?):
            let convolution = graph.nodes[position]
            let (_, geometry, weights) = try convolutionFacts(convolution)
            macs += geometry.multiplyAccumulates
            for row in needed.indices {
                needed[row].extend(to: Int(rows.first[row])..<Int(rows.first[row]) + rows.span)
            }
            return .rescaled(
                PlanarRescaling(
                    rowFirst: memory.store(rows.first), rowFactors: memory.store(rows.factorsByTap),
                    rowSpan: rows.span, columnFactors: memory.store(rescaling.factors), reach: rescaling.reach,
                    weights: memory.store(weights),
                    finish: finish(
                        last.map { graph.nodes[$0] }, bias: graph.floats(convolution.input(2)),
                        planes: geometry.output.planes)))
        default: throw error("a source has no planar form")
        }
    }

    /// Ranges of rows as ascending firsts and ends, and how many rows they span at most.
    private static func monotone(_ ranges: [Range<Int>]) -> (first: [Int32], end: [Int32], slots: Int) {
        var (first, end) = (ranges.map(\.lowerBound), ranges.map(\.upperBound))
        for row in first.indices.dropFirst() { end[row] = max(end[row], end[row - 1]) }
        for row in first.indices.dropLast().reversed() { first[row] = min(first[row], first[row + 1]) }
        let slots = first.indices.map { end[$0] - first[$0] }.max() ?? 0
        return (first.map(Int32.init), end.map(Int32.init), max(1, slots))
    }
}

extension Range<Int> {
    /// Grows, so that it has `other` as well; an empty range has no place.
    fileprivate mutating func extend(to other: Range<Int>) {
        self = isEmpty ? other : Swift.min(lowerBound, other.lowerBound)..<Swift.max(upperBound, other.upperBound)
    }
}
