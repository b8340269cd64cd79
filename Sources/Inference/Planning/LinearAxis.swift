/// A linear map along one axis of a picture: every output is a weighted sum of inputs. Resizing and average pooling are
/// such maps, and so is any sequence of them.
struct LinearAxis: Equatable {
    struct Term: Equatable {
        let input: Int
        let weight: Double
    }

    let input: Int
    /// The terms of every output.
    let outputs: [[Term]]

    init(_ resize: ResizeAxis, input: Int) {
        self.input = input
        outputs = resize.first.indices.map { position in
            let weight = Double(resize.weight[position])
            return [
                Term(input: Int(resize.first[position]), weight: 1 - weight),
                Term(input: Int(resize.second[position]), weight: weight),
            ]
        }
    }

    /// Adaptive average pooling of `input` positions to `grid`.
    init(adaptivePoolOf input: Int, to grid: Int) {
        self.input = input
        outputs = (0..<grid).map { position in
            let window = position * input / grid..<((position + 1) * input + grid - 1) / grid
            return window.map { Term(input: $0, weight: 1 / Double(window.count)) }
        }
    }
}

/// A linear map, then one axis of a filter, then another linear map, as coefficients of the first one's input:
/// output p under filter tap t is the sum over j of `factors[(p * span + j) * taps + t]` times input `first[p] + j`.
/// The filter sees zeros beyond the intermediate map, as a padded convolution does.
struct RescaledAxis {
    let first: [Int32]
    let factors: [Float]
    let span: Int
    let taps: Int

    /// Nil where the window's stride is not 1 or the extents do not fit each other.
    init?(_ before: LinearAxis, filter: WindowAxis, _ after: LinearAxis) {
        guard filter.stride == 1, filter.input == before.outputs.count, filter.output == after.input else { return nil }
        let taps = filter.kernel
        // Per output and tap: coefficients by input position.
        let sums = after.outputs.map { terms -> [[Int: Double]] in
            (0..<taps).map { tap in
                var sum: [Int: Double] = [:]
                for term in terms {
                    let middle = term.input + tap * filter.dilation - filter.padBegin
                    guard before.outputs.indices.contains(middle) else { continue }
                    for inner in before.outputs[middle] where inner.weight != 0 {
                        sum[inner.input, default: 0] += inner.weight * term.weight
                    }
                }
                return sum
            }
        }
        let ranges = sums.map { taps -> ClosedRange<Int> in
            let inputs = taps.flatMap(\.keys)
            return (inputs.min() ?? 0)...(inputs.max() ?? 0)
        }
        let span = ranges.map(\.count).max() ?? 1
        self.span = span
        self.taps = taps
        first = ranges.map { Int32(min($0.lowerBound, before.input - span)) }
        var factors = [Float](repeating: 0, count: sums.count * span * taps)
        for (position, taps) in sums.enumerated() {
            for (tap, sum) in taps.enumerated() {
                for (input, weight) in sum {
                    let j = input - Int(first[position])
                    factors[(position * span + j) * taps.count + tap] = Float(weight)
                }
            }
        }
        self.factors = factors
    }

    /// The factors with the tap as the outer index of every position: [position][tap][span].
    var factorsByTap: [Float] {
        var result = factors
        for position in first.indices {
            for tap in 0..<taps {
                for j in 0..<span {
                    result[(position * taps + tap) * span + j] = factors[(position * span + j) * taps + tap]
                }
            }
        }
        return result
    }
}
