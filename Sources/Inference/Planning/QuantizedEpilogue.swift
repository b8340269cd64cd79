internal import ModelGraph

/// What the epilogue of an int8 convolution does with a sum, all per output channel.
struct Epilogue {
    /// nil: the result is fp32.
    let stored: ChannelQuantization?
    let residual: ChannelQuantization?
    /// Applied to the sum, the residual included.
    let affine: FoldedAffine?

    /// Real value of the sum -> the unit of the result: steps of 8 bits, or 1.
    func unit(_ output: Int) -> Double { Double(affine?.scale?[output] ?? 1) * step(output) }

    private func step(_ output: Int) -> Double { stored.map { 1 / Double($0.scale[output]) } ?? 1 }

    /// The residual's zero point is part of the bias.
    func bias(_ real: Double, _ output: Int) -> Float {
        let added = residual.map { Double($0.scale[output]) * Double($0.zero[output]) } ?? 0
        return Float((real - added) * unit(output) + Double(affine?.shift?[output] ?? 0) * step(output))
    }

    func scale(_ filter: QuantizedFilter) -> [Float] {
        filter.step.indices.map { Float(filter.step[$0] * unit($0)) }
    }

    var residualScale: [Float]? {
        residual.map { residual in residual.scale.indices.map { Float(Double(residual.scale[$0]) * unit($0)) } }
    }
}

extension PlanBuilder {
    /// The epilogue of the node at hand; in fp32 where no 8-bit node reads the result, unless it `isAlways8Bit`.
    func epilogue(isAlways8Bit: Bool = false) throws(InferenceError) -> Epilogue {
        var residual: ChannelQuantization?
        if let id = node.input(3) { residual = try stored(id) }
        let output = node.outputs[0]
        return Epilogue(
            stored: isAlways8Bit || isReadInInt8(output) ? try stored(output) : nil, residual: residual,
            affine: foldedAffines[position])
    }

    /// [row span][column span][outputs, padded to blocks of 32]; one case where borders make no difference.
    func biases(
        _ filter: QuantizedFilter, _ epilogue: Epilogue, _ window: Window
    ) -> UnsafePointer<Float> {
        let padded = (filter.step.count + 31) / 32 * 32
        let cases = filter.dependsOnBorders ? window.rows.spans.count * window.columns.spans.count : 1
        let biases = memory.allocate(Float.self, count: cases * padded)
        var number = 0
        for row in window.rows.spans {
            for column in window.columns.spans where number < cases {
                let taps = row.taps.flatMap { y in column.taps.map { y * window.columns.kernel + $0 } }
                for output in filter.step.indices {
                    biases[number * padded + output] = epilogue.bias(
                        filter.bias(output: output, seeing: taps), output)
                }
                number += 1
            }
        }
        return UnsafePointer(biases)
    }

    /// For listings.
    var foldedForm: String { foldedAffines[position] == nil ? "" : " +scale" }
}
