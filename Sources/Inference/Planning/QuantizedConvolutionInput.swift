internal import CKernels
internal import Kernels
internal import ModelGraph

/// A convolution's input as the kernel reads it.
struct QuantizedConvolutionInput {
    let operand: Operand
    let isPicture: Bool
    let terms: InputTerms
    let prologue: QuantizedConvolutionStep.Prologue?
}

extension PlanBuilder {
    /// The input's place and meaning, and the prologue in the form that costs less accuracy.
    mutating func convolutionInput(
        _ geometry: ConvolutionGeometry, weights: [Float]
    ) throws(InferenceError) -> QuantizedConvolutionInput {
        guard let id = node.input(0), let statistics = quantized.statistics(of: id) else {
            throw error("its input has no calibrated range")
        }
        let stored = try stored(id)
        let isPicture =
            packedPlace(id) != nil && geometry.input.channels == 3 && geometry.groups == 1
            && geometry.window.rows.dilation == 1 && geometry.window.columns.dilation == 1 && node.input(5) == nil
        let place = isPicture ? operand(id, as: .quantizedPicture) : operand(id, as: .quantized)
        guard let gain = graph.floats(node.input(5)), let shift = graph.floats(node.input(6)),
            let seen = compiler.ranges?.prologues[node.name]
        else {
            let terms = InputTerms(stored, statistics)
            return QuantizedConvolutionInput(operand: place, isPicture: isPicture, terms: terms, prologue: nil)
        }
        let clamped = InputTerms.clamp(stored, gain: gain, shift: shift, seen)
        let affine = InputTerms.affine(stored, gain: gain, shift: shift, seen)
        let usesClamp = Self.isClampAccurate(
            weights, outputs: geometry.output.channels, clamped.terms, affine.terms, seen)
        let channels = geometry.input.channels
        func bytes(_ list: [UInt8]) -> UnsafePointer<UInt8> {
            memory.store(list + Array(repeating: 0, count: (32 - channels % 32) % 32))
        }
        let zeros = vector(nil, channels: 32)
        return QuantizedConvolutionInput(
            operand: place, isPicture: false, terms: usesClamp ? clamped.terms : affine.terms,
            prologue: .init(
                kernels: kernels.quantized_planes, low: usesClamp ? bytes(clamped.clamp.low) : nil,
                high: usesClamp ? bytes(clamped.clamp.high) : nil,
                scale: usesClamp ? zeros : vector(affine.affine.scale, channels: channels),
                shift: usesClamp ? zeros : vector(affine.affine.shift, channels: channels), zeros: zeros,
                planes: geometry.input.quantizedPlanes))
    }

    /// Whether the clamp's expected error is not much above that of storing the prologue's result anew. The clamp keeps
    /// the stored scales, which may be far from what the weights need; the affine form rounds once more.
    static func isClampAccurate(
        _ weights: [Float], outputs: Int, _ clamp: InputTerms, _ affine: InputTerms, _ seen: PrologueStatistics
    ) -> Bool {
        let channels = seen.mean.count
        func filter(_ terms: InputTerms) -> QuantizedFilter {
            QuantizedFilter(weights: weights, outputs: outputs, groups: 1, taps: 1, bias: nil, input: terms)
        }
        // The mean square of a rectified channel, roughly: between mean squared and mean times maximum.
        let energy = zip(seen.mean, seen.maximum).map { Double($0) * Double($1) / 2 }
        var rounding = 0.0
        for output in 0..<outputs {
            for channel in 0..<channels {
                let step = Double(weights[output * channels + channel]) * affine.scale[channel]
                rounding += step * step * Double(seen.activity[channel])
            }
        }
        let clampNoise = filter(clamp).roundingNoise(groups: 1, input: clamp, energy: energy)
        let affineNoise = filter(affine).roundingNoise(groups: 1, input: affine, energy: energy) + rounding
        return clampNoise <= affineNoise * 1.5
    }
}
