import Foundation
import OpenSet

/// The tail in double, written from the formulas of the specification and PyTorch's documentation of bilinear
/// upsampling; shares nothing with the kernels.
struct TailReference {
    struct Pixel {
        var label: UInt8
        /// Difference of the two largest logits.
        var margin: Double
        var scores: [String: Double]
    }

    let width, height, outputWidth, outputHeight: Int
    let alignCorners: Bool
    let classes: [[Float]]
    let head: [[Float]]

    private func source(_ position: Int, _ input: Int, _ output: Int) -> (Int, Int, Double) {
        if input == output { return (position, min(position + 1, input - 1), 0) }
        var coordinate: Float
        if alignCorners {
            let scale = output > 1 ? Float(input - 1) / Float(output - 1) : 0
            coordinate = scale * Float(position)
        } else {
            let scale = Float(input) / Float(output)
            coordinate = max((-0.5 as Float).addingProduct(scale, Float(position) + 0.5), 0)
        }
        let left = min(Int(coordinate), input - 1)
        return (left, min(left + 1, input - 1), Double(min(coordinate - Float(left), 1)))
    }

    func upsampled(_ plane: [Float], _ x: Int, _ y: Int) -> Double {
        let (left, right, across) = source(x, width, outputWidth)
        let (top, bottom, down) = source(y, height, outputHeight)
        func at(_ row: Int, _ column: Int) -> Double { Double(plane[row * width + column]) }
        let upper = (1 - across) * at(top, left) + across * at(top, right)
        let lower = (1 - across) * at(bottom, left) + across * at(bottom, right)
        return (1 - down) * upper + down * lower
    }

    static func scores(_ s: [Double], _ o: [Double]) -> [String: Double] {
        let largest = s.max()!
        let sum = s.reduce(0) { $0 + exp($1 - largest) }
        let lse = largest + log(sum)
        let outlier = o[1] - (max(o[0], o[1]) + log(exp(o[0] - max(o[0], o[1])) + exp(o[1] - max(o[0], o[1]))))
        let p = s.map { exp($0 - lse) }
        let entropy = s.count == 1 ? 0 : -p.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) } / log(Double(s.count))
        return [
            "densehybrid": outlier - lse, "generative": -lse, "discriminative": outlier, "msp": 1 - p.max()!,
            "max-logit": -largest, "entropy": entropy,
        ]
    }

    func pixel(_ x: Int, _ y: Int) -> Pixel {
        let s = classes.map { upsampled($0, x, y) }
        let largest = s.max()!
        let label = s.firstIndex(of: largest)!
        let second = s.enumerated().filter { $0.offset != label }.map(\.element).max() ?? -.infinity
        return Pixel(
            label: UInt8(label), margin: largest - second, scores: Self.scores(s, head.map { upsampled($0, x, y) }))
    }
}
