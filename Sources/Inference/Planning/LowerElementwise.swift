internal import CKernels
internal import ModelGraph

extension PlanBuilder {
    /// The picture and the per-channel operand [1, C, 1, 1] of a broadcasting pair, or nil when it is another kind.
    func broadcastPair(_ node: Node, output: ImageShape) -> (picture: ValueID, channels: ValueID)? {
        guard let a = node.input(0), let b = node.input(1), let first = graph.image(a) else { return nil }
        let perChannel = ImageShape(channels: output.channels, height: 1, width: 1)
        guard output != perChannel, let second = graph.image(b) else { return nil }
        if first == output && second == perChannel { return (a, b) }
        if second == output && first == perChannel { return (b, a) }
        return nil
    }

    /// Whether all parameters of a `channelAffine` are constants of the right length.
    func affineIsFast(_ node: Node, channels: Int, shape: ImageShape) -> Bool {
        for position in [1, 2, 4] where node.input(position) != nil {
            guard graph.floats(node.input(position))?.count == channels else { return false }
        }
        if let residual = node.input(3) { return graph.image(residual) == shape }
        return true
    }

    mutating func lowerAffine() {
        guard let output = graph.image(node.outputs[0]), var main = node.input(0) else { return }
        var residual: ValueID?
        var gate = Operand.none
        var computedShift = Operand.none
        var activation = Activation.none
        var scale: [Float]?
        var shift: [Float]?
        var kind = "affine"
        switch node.operation {
        case .channelAffine(let applied):
            residual = node.input(3)
            scale = graph.floats(node.input(1))
            shift = graph.floats(node.input(2))
            activation = applied
        case .unary(.relu): activation = .relu
        case .unary(.sigmoid): activation = .sigmoid
        case .binary(.mul):
            guard let pair = broadcastPair(node, output: output) else { return }
            main = pair.picture
            gate = operand(pair.channels, as: .blocked)
            kind = "gate"
        default:
            if let pair = broadcastPair(node, output: output) {
                main = pair.picture
                computedShift = operand(pair.channels, as: .blocked)
            } else {
                residual = node.input(1)
            }
        }
        let input = operand(main, as: .blocked)
        let added = residual.map { operand($0, as: .blocked) } ?? .none
        let target = destination(node.outputs[0], as: .blocked, over: [main, residual])
        let lanes = output.planes * 8
        let step = AffineStep(
            function: kernels.elementwise.affine, input: input, residual: added, output: target, gate: gate,
            computedShift: computedShift, scale: memory.store(scale, paddedTo: lanes, default: 1),
            shift: memory.store(shift, paddedTo: lanes),
            slope: memory.store(node.input(4).flatMap { graph.floats($0) }, paddedTo: lanes),
            activation: activationCode(activation), width: output.width, planePixels: output.pixels,
            bands: PlaneBands(
                planes: output.planes, rows: output.height, rowBytes: output.width * 32, threads: threads))
        emit(
            .affine(step), kind: kind, kernel: "\(instructionSetName)",
            reads: [input, added, gate, computedShift], writes: [target])
    }
}
