import ModelGraph

@testable import Inference

/// A plan in mixed precision by definition: node by node with the reference evaluator on real numbers, every 8-bit value
/// rounded to what its bytes stand for, every 8-bit weight to what its byte stands for. Padding is a real zero.
struct QuantizedReference {
    let graph: Graph
    let quantized: QuantizedGraph
    let ranges: ActivationRanges
    /// Whether an 8-bit node's result is not rounded to 8 bits, because no 8-bit node reads it, or the node that alone does
    /// is folded into the one that makes it.
    let keepsFloat: (ValueID) -> Bool

    func run(_ inputs: [HostTensor]) throws -> [HostTensor] {
        var values: [Int: HostTensor] = [:]
        for (position, id) in graph.inputs.enumerated() { values[id.index] = inputs[position] }
        for node in graph.nodes {
            let isInt8 = quantized.contains(node)
            var arguments = node.inputs.map { id -> HostTensor? in
                guard let id, graph[id].constant == nil else { return id.flatMap { graph[$0].constant } }
                return isInt8 && !keepsFloat(id) ? rounded(values[id.index]!, quantized[id]!) : values[id.index]!
            }
            var operation = node.operation
            if isInt8, case .convolution = node.operation {
                (operation, arguments) = try convolution(node, arguments, stored: values[node.input(0)!.index]!)
            }
            let results = try ReferenceEvaluator.evaluate(
                operation, inputs: arguments, outputCount: node.outputs.count, node: node.name)
            for (id, result) in zip(node.outputs, results) {
                let staysFloat = !isInt8 || keepsFloat(id)
                values[id.index] = staysFloat ? result : rounded(result, quantized[id]!)
            }
        }
        return graph.outputs.map { values[$0.index]! }
    }

    /// Real numbers that the bytes of `tensor` stand for.
    private func rounded(_ tensor: HostTensor, _ stored: ChannelQuantization) -> HostTensor {
        map(tensor) { x, channel in
            stored.scale[channel] * (byte(x, stored, channel) - stored.zero[channel])
        }
    }

    private func byte(_ x: Float, _ stored: ChannelQuantization, _ channel: Int) -> Float {
        min(255, max(0, (x / stored.scale[channel] + stored.zero[channel]).rounded(.toNearestOrEven)))
    }

    private func map(_ tensor: HostTensor, _ body: (Float, Int) -> Float) -> HostTensor {
        let elements = tensor.elements(as: Float.self)!
        let pixels = tensor.dimensions[2] * tensor.dimensions[3]
        return HostTensor(
            elements.indices.map { body(elements[$0], $0 / pixels) }, dimensions: tensor.dimensions)
    }

    /// The same convolution on real numbers: rounded weights, corrected bias, and what comes out of the prologue's clamp.
    private func convolution(
        _ node: Node, _ arguments: [HostTensor?], stored input: HostTensor
    ) throws -> (ModelGraph.Operation, [HostTensor?]) {
        guard case .convolution(let attributes) = node.operation, let weights = arguments[1], let id = node.input(0)
        else { return (node.operation, arguments) }
        let stored = quantized[id]!
        var terms = InputTerms(stored, quantized.statistics(of: id)!)
        var picture = arguments[0]!
        if let gain = graph.floats(node.input(5)), let shift = graph.floats(node.input(6)) {
            let seen = ranges.prologues[node.name]!
            let clamped = InputTerms.clamp(stored, gain: gain, shift: shift, seen)
            let affine = InputTerms.affine(stored, gain: gain, shift: shift, seen)
            let usesClamp = PlanBuilder.isClampAccurate(
                weights.elements(as: Float.self)!, outputs: weights.dimensions[0], clamped.terms, affine.terms, seen)
            terms = usesClamp ? clamped.terms : affine.terms
            picture = map(input) { x, channel in
                let q = byte(x, stored, channel)
                if usesClamp {
                    let low = Float(clamped.clamp.low[channel])
                    let high = Float(clamped.clamp.high[channel])
                    let u = Double(min(max(q, low), high))
                    return Float(terms.scale[channel] * (u - terms.reference[channel]))
                }
                let y = max(q * affine.affine.scale[channel] + affine.affine.shift[channel], 0)
                return Float(terms.scale[channel]) * min(255, y.rounded(.toNearestOrEven))
            }
        }
        let extents = weights.dimensions
        let taps = extents[2] * extents[3]
        let filter = QuantizedFilter(
            weights: weights.elements(as: Float.self)!, outputs: extents[0], groups: attributes.groups, taps: taps,
            bias: arguments.count > 2 ? arguments[2]?.elements(as: Float.self) : nil, input: terms)
        let perOutput = extents[1] * taps
        let real = filter.weights.indices.map { index -> Float in
            let output = index / perOutput
            let channel = output / (extents[0] / attributes.groups) * extents[1] + index % perOutput / taps
            let scale = terms.scale[channel]
            return scale == 0 ? 0 : Float(Double(filter.weights[index]) * filter.step[output] / scale)
        }
        var changed: [HostTensor?] = [
            picture, HostTensor(real, dimensions: extents),
            HostTensor(filter.bias.map(Float.init), dimensions: [extents[0]]),
        ]
        changed.append(arguments.count > 3 ? arguments[3] : nil)
        changed.append(arguments.count > 4 ? arguments[4] : nil)
        return (node.operation, changed)
    }
}
