/// A convolution's weights in 8 bits: symmetric, one step per output channel, with the input's scales folded in.
struct QuantizedFilter {
    /// [output][input of its group][tap], each from -127 to 127.
    let weights: [Int8]
    /// Real value of 1 in an output's sum of products.
    let step: [Double]
    /// Real bias per output. It holds the expected error of the rounded weights.
    let bias: [Double]
    /// [output][tap]: what the input's reference points add to the real result where the tap lies inside the input, and
    /// must be taken off there. Taps in the padding contribute a real zero, hence nothing.
    let offsets: [Double]
    let taps: Int

    /// Quantises weights [outputs][inputs of a group][taps].
    init(
        weights: [Float], outputs: Int, groups: Int, taps: Int, bias: [Float]?, input: InputTerms
    ) {
        let perGroup = weights.count / (outputs * taps)
        let outputsPerGroup = outputs / groups
        var rounded = [Int8](repeating: 0, count: weights.count)
        var steps: [Double] = []
        var biases: [Double] = []
        var offsets = [Double](repeating: 0, count: outputs * taps)
        for output in 0..<outputs {
            let firstInput = output / outputsPerGroup * perGroup
            func folded(_ within: Int, _ tap: Int) -> Double {
                Double(weights[(output * perGroup + within) * taps + tap]) * input.scale[firstInput + within]
            }
            var largest = 0.0
            for within in 0..<perGroup { for tap in 0..<taps { largest = max(largest, abs(folded(within, tap))) } }
            let step = largest > 1e-30 ? largest / 127 : 1
            var correction = 0.0
            for within in 0..<perGroup {
                let channel = firstInput + within
                // Expected distance of the bytes from their reference.
                let expected = input.scale[channel] == 0 ? 0 : input.mean[channel] / input.scale[channel]
                for tap in 0..<taps {
                    let wanted = folded(within, tap)
                    let whole = (wanted / step).rounded(.toNearestOrEven)
                    rounded[(output * perGroup + within) * taps + tap] = Int8(whole)
                    correction += (wanted - whole * step) * expected
                    correction +=
                        Double(weights[(output * perGroup + within) * taps + tap]) * input.constant[channel]
                    offsets[output * taps + tap] += whole * step * input.reference[channel]
                }
            }
            steps.append(step)
            biases.append(Double(bias?[output] ?? 0) + correction)
        }
        self.weights = rounded
        step = steps
        self.bias = biases
        self.offsets = offsets
        self.taps = taps
    }

    /// Whether the bias depends on which taps lie inside the input.
    var dependsOnBorders: Bool { offsets.contains { $0 != 0 } }

    /// The bias of pixels that see these taps.
    func bias(output: Int, seeing taps: [Int]) -> Double {
        taps.reduce(bias[output]) { $0 - offsets[output * self.taps + $1] }
    }

    /// How much rounding the weights costs, up to a factor that depends on the layer alone: compares forms of one input.
    /// `energy` is the real mean square of every input channel.
    func roundingNoise(groups: Int, input: InputTerms, energy: [Double]) -> Double {
        let outputs = step.count
        let perGroup = weights.count / (outputs * taps)
        var total = 0.0
        for output in 0..<outputs {
            let first = output / (outputs / groups) * perGroup
            var sum = 0.0
            for channel in first..<first + perGroup where input.scale[channel] != 0 {
                sum += energy[channel] / (input.scale[channel] * input.scale[channel])
            }
            total += step[output] * step[output] * sum
        }
        return total
    }
}
