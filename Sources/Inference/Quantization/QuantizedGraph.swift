internal import ModelGraph

/// Which nodes of a compiled graph run in 8 bits, and how every value that they read or write is stored.
///
/// All decisions follow from operations, extents and calibrated ranges; no network is known here.
struct QuantizedGraph {
    /// Whether a node runs in int8, by the index of its first output.
    private var isQuantized: Set<Int> = []
    /// By value index; only for values that an int8 node reads or writes.
    private var stored: [Int: ChannelQuantization] = [:]
    private var seen: [Int: ChannelStatistics] = [:]

    /// Everything in fp32.
    init() {}

    /// Whether `node` runs in int8.
    func contains(_ node: Node) -> Bool { node.outputs.first.map { isQuantized.contains($0.index) } ?? false }

    /// How `id` is stored in 8 bits, or nil where no int8 node touches it.
    subscript(id: ValueID) -> ChannelQuantization? { stored[id.index] }

    /// What calibration saw of a value that an int8 node touches.
    func statistics(of id: ValueID) -> ChannelStatistics? { seen[id.index] }

    /// Chooses the nodes and derives every quantisation from `ranges`.
    ///
    /// - Throws: when `ranges` lacks a value: they were made by another version of the passes.
    init(_ builder: PlanBuilder, ranges: ActivationRanges, fusions: RowFusions) throws(InferenceError) {
        let graph = builder.graph
        // What is computed row by row is never stored between its nodes: fp32 costs no memory there.
        let kinds = graph.nodes.enumerated().map { position, node in
            fusions.contains(position) ? nil : builder.quantizedKind(of: node)
        }
        chooseNodes(builder, kinds, excluded: ranges.inHigherPrecision)
        var producers: [Int: Int] = [:]
        for (position, node) in graph.nodes.enumerated() {
            for output in node.outputs { producers[output.index] = position }
        }
        var missing: String?
        func statistics(_ id: ValueID) -> ChannelStatistics? {
            if let known = seen[id.index] { return known }
            let found: ChannelStatistics
            if let own = ranges.values[graph[id].name], own.minimum.count == graph.image(id)?.channels {
                found = own
            } else if let maker = producers[id.index], case .concat = graph.nodes[maker].operation {
                let parts = graph.nodes[maker].inputs.compactMap { $0.flatMap(statistics) }
                guard parts.count == graph.nodes[maker].inputs.count else { return nil }
                found = ChannelStatistics(joining: parts)
            } else if let maker = producers[id.index], let likely = averaged(graph, maker, ranges, statistics) {
                found = likely
            } else {
                missing = missing ?? graph[id].name
                return nil
            }
            seen[id.index] = found
            return found
        }
        func quantization(_ id: ValueID) -> ChannelQuantization? {
            if let known = stored[id.index] { return known }
            var found: ChannelQuantization?
            if let maker = producers[id.index] {
                let node = graph.nodes[maker]
                switch kinds[maker] {
                case .concatenation?:
                    let parts = node.inputs.compactMap { $0.flatMap(quantization) }
                    if parts.count == node.inputs.count { found = ChannelQuantization(joining: parts) }
                // Pooling and resizing keep their input's scales: their results lie within its range.
                case .movement? where contains(node): found = node.input(0).flatMap(quantization)
                default: found = statistics(id).map(ChannelQuantization.init)
                }
            } else {
                found = statistics(id).map(ChannelQuantization.init)
            }
            stored[id.index] = found
            return found
        }
        for (position, node) in graph.nodes.enumerated() where contains(node) {
            for id in [kinds[position] == .concatenation ? nil : node.input(0), node.input(3)] + node.outputs {
                if let id, graph[id].constant == nil {
                    _ = statistics(id)
                    _ = quantization(id)
                }
            }
            if case .concat = node.operation { for case let id? in node.inputs { _ = quantization(id) } }
            if builder.isSum(node), let other = node.input(1) { _ = quantization(other) }
            if node.input(5) != nil, case .convolution = node.operation, ranges.prologues[node.name] == nil {
                missing = missing ?? "the prologue of \(node.name)"
            }
        }
        if let missing {
            throw InferenceError(
                "the calibrated ranges have nothing for '\(missing)': they were made by another version; calibrate again"
            )
        }
    }

    /// All nodes with an int8 step, without those that would only move values back and forth between the precisions, or
    /// save less than it takes to bring their input into 8 bits for them.
    private mutating func chooseNodes(_ builder: PlanBuilder, _ kinds: [QuantizedKind?], excluded: Set<String>) {
        let graph = builder.graph
        for (position, node) in graph.nodes.enumerated() where kinds[position] != nil {
            if !excluded.contains(node.name) { isQuantized.insert(node.outputs[0].index) }
        }
        var changed = true
        while changed {
            changed = false
            var read: Set<Int> = []
            for node in graph.nodes where contains(node) { for case let id? in node.inputs { read.insert(id.index) } }
            for (position, node) in graph.nodes.enumerated() where contains(node) {
                let isFed = node.inputs.contains { id in id.map { isQuantized.contains($0.index) } ?? false }
                let isKept =
                    kinds[position] == .products
                    ? isFed || !builder.compiler.sparesConversions || builder.paysForQuantizing(node)
                    : isFed && read.contains(node.outputs[0].index)
                if isKept { continue }
                isQuantized.remove(node.outputs[0].index)
                changed = true
            }
        }
    }
}

/// What is known of an average that was not measured: ranges that were made before a pass put the pool in front of the
/// convolution know the convolution's prologue and input. An average lies within what it averages, and has its mean.
private func averaged(
    _ graph: Graph, _ maker: Int, _ ranges: ActivationRanges, _ statistics: (ValueID) -> ChannelStatistics?
) -> ChannelStatistics? {
    let node = graph.nodes[maker]
    guard case .pool(let attributes) = node.operation, attributes.kind == .average else { return nil }
    if node.input(1) == nil { return node.input(0).flatMap(statistics) }
    guard let reader = graph.nodes.first(where: { $0.input(0) == node.outputs[0] }),
        let seen = ranges.prologues[reader.name], seen.maximum.count == graph.image(node.outputs[0])?.channels
    else { return nil }
    return ChannelStatistics(minimum: seen.maximum.map { _ in 0 }, maximum: seen.maximum, mean: seen.mean)
}

/// What an int8 step does, as far as the choice of precision goes.
enum QuantizedKind {
    /// Multiplies and adds: always worth it.
    case products
    /// Elementwise work with a scale of its own.
    case affine
    /// Moves or averages values of its one input, whose scales stay.
    case movement
    case concatenation
}

extension PlanBuilder {
    /// The int8 step that a node could have; nil for none.
    func quantizedKind(of node: Node) -> QuantizedKind? {
        if hasConstantPicture(node) { return nil }
        return switch lowering(of: node) {
        case .convolution, .winograd: convolutionGainsFromInt8(node) ? .products : nil
        case .depthwise: .products
        case .affine: affineHasInt8(node) ? .affine : nil
        case .pool where node.input(1) != nil: .affine
        case .pool, .resize: .movement
        case .concatenation: .concatenation
        default: nil
        }
    }

    /// Whether a convolution multiplies each element of its input so often that int8 saves more than quantizing the input
    /// costs, or need not quantize it: it comes over the border in 8 bits. Reading an element in fp32 to write it in 8 bits
    /// takes the time of about 14 multiply-accumulates in fp32 (4.2 million in 0.51 ms on two Zen 4 cores), of which int8
    /// saves three in four at most, and fewer where blocks of 32 outputs stay partly empty.
    func paysForQuantizing(_ node: Node) -> Bool {
        guard let id = node.input(0), let input = graph.image(id), let output = graph.image(node.outputs[0]),
            let weights = node.input(1).flatMap({ graph[$0].dimensions }), weights.count == 4
        else { return true }
        if compiler.quantizedPorts.contains(graph[id].name) && graph.inputs.contains(id) { return true }
        let multiplications = output.channels * output.pixels * weights[1] * weights[2] * weights[3]
        return multiplications >= 32 * input.channels * input.pixels
    }

    /// Whether a picture that the node reads is a constant: such are rare, and have no range.
    private func hasConstantPicture(_ node: Node) -> Bool {
        let pictures =
            switch node.operation {
            case .concat: node.inputs
            case .convolution, .channelAffine: [node.input(0), node.input(3)]
            case .binary(.add): [node.input(0), node.input(1)]
            default: [node.input(0)]
            }
        return pictures.contains { id in id.map { graph[$0].constant != nil } ?? false }
    }

    /// Whether a node whose input is made in fp32 will run in int8 unless a fusion takes it.
    func prefersInt8(_ node: Node) -> Bool {
        guard let ranges = compiler.ranges else { return false }
        return quantizedKind(of: node) == .products && !ranges.inHigherPrecision.contains(node.name)
            && (!compiler.sparesConversions || paysForQuantizing(node))
    }

    /// Whether a node adds its two first inputs.
    func isSum(_ node: Node) -> Bool {
        if case .binary(.add) = node.operation { return true }
        return false
    }

    private func affineHasInt8(_ node: Node) -> Bool {
        switch node.operation {
        case .channelAffine(let activation): activation != .sigmoid
        case .unary(.relu), .binary(.add): true
        default: false
        }
    }

    private func convolutionGainsFromInt8(_ node: Node) -> Bool {
        guard let input = graph.image(node.input(0)), let output = graph.image(node.outputs[0]),
            let weights = node.input(1).flatMap({ graph[$0].dimensions }), weights.count == 4
        else { return false }
        // A block is 32 outputs of any number: a handful of channels, or of pixels, is quicker in fp32.
        let isTiny = output.pixels < 16 || (input.channels <= 8 && output.channels <= 8)
        // Sums must fit 32 bits.
        let products = (input.channels + 31) / 32 * 32 * weights[2] * weights[3]
        return !isTiny && products < Int(Int32.max) / (255 * 127)
    }
}
