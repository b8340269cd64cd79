internal import ModelGraph

/// How a node becomes steps.
enum Lowering {
    case convolution, winograd, depthwise, grouped, affine, gate, shift, pool, globalPool, adaptivePool, resize
    case concatenation
    /// The same bytes under other extents.
    case view
    case generic

    /// Whether the result lies in the blocked layout.
    var makesBlocked: Bool {
        switch self {
        case .view, .generic: false
        default: true
        }
    }
}

extension PlanBuilder {
    /// Chooses the lowering of a node by its operation, extents and constants alone.
    func lowering(of node: Node) -> Lowering {
        guard node.outputs.count == 1, let output = node.outputs.first else { return .generic }
        switch node.operation {
        case .reshape, .flatten, .squeeze, .unsqueeze, .identity:
            return .view
        default: break
        }
        guard let result = graph.image(output), let first = node.input(0), let input = graph.image(first) else {
            return .generic
        }
        switch node.operation {
        case .convolution(let attributes):
            return convolutionLowering(node, attributes, input: input, output: result)
        case .channelAffine:
            return affineIsFast(node, channels: input.channels, shape: result) ? .affine : .generic
        case .unary(.relu), .unary(.sigmoid): return .affine
        case .binary(.mul): return broadcastPair(node, output: result) == nil ? .generic : .gate
        case .binary(.add):
            if let second = node.input(1), graph.image(second) == result, input == result { return .affine }
            return broadcastPair(node, output: result) == nil ? .generic : .shift
        case .concat(axis: let axis):
            let allImages = node.inputs.allSatisfy { graph.image($0) != nil }
            return (axis == 1 || axis == -3) && allImages ? .concatenation : .generic
        case .pool(let attributes): return poolIsFast(attributes, input: input, output: result) ? .pool : .generic
        case .globalAveragePool: return .globalPool
        case .adaptiveAveragePool: return .adaptivePool
        case .resize(let attributes):
            return resizeIsFast(attributes, node, input: input, output: result) ? .resize : .generic
        default: return .generic
        }
    }

    mutating func lowerNode() throws(InferenceError) {
        if quantized.contains(node) { return try lowerQuantizedNode() }
        switch lowering(of: node) {
        case .convolution: try lowerConvolution()
        case .winograd: try lowerWinograd()
        case .depthwise: try lowerDepthwise()
        case .grouped: try lowerGrouped()
        case .affine, .gate, .shift: lowerAffine()
        case .pool: lowerPool()
        case .globalPool, .adaptivePool: lowerAdaptivePool()
        case .resize: lowerResize()
        case .concatenation: lowerConcatenation()
        case .view:
            guard let input = node.input(0) else { throw error("its input is missing") }
            alias(node.outputs[0], to: input)
        case .generic: lowerGeneric()
        }
    }

    private mutating func lowerGeneric() {
        var reads: [Operand] = []
        var inputs: [GenericInvocation.Argument?] = []
        for input in node.inputs {
            guard let input else {
                inputs.append(nil)
                continue
            }
            let place = operand(input, as: .plain)
            reads.append(place)
            inputs.append(argument(input, place))
        }
        var outputs: [GenericInvocation.Argument] = []
        for output in node.outputs { outputs.append(argument(output, destination(output, as: .plain))) }
        let invocation = GenericInvocation(
            name: node.name, operation: node.operation, inputs: inputs, outputs: outputs)
        generics.append(invocation)
        emit(
            .generic(GenericStep(invocation: memory.retain(invocation))),
            kind: "generic \(node.operation.operatorName)",
            kernel: "reference", reads: reads, writes: outputs.map(\.operand))
    }

    private func argument(_ id: ValueID, _ place: Operand) -> GenericInvocation.Argument {
        .init(operand: place, type: graph[id].type, dimensions: graph[id].dimensions ?? [])
    }
}
