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
    /// The logit of the outlier class.
    let outlierClass: [Float]

    /// Temperatures at which the energy score is tested, besides 1.
    static let temperatures: [Double] = [0.05, 0.5, 2.5, 300]

    /// Means and deviations that differ by class and are exact in float.
    static func statistics(classes: Int) -> ScoreStatistics {
        ScoreStatistics(
            maximumLogit: (0..<classes).map { k in
                ScoreStatistics.Moments(
                    pixels: ScoreStatistics.fewestPixels, mean: Double(k % 7) * 1.5 - 2,
                    deviation: [0.5, 1, 2, 4][k % 4])
            })
    }

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

    private static func logSumExp(_ x: [Double]) -> Double {
        let largest = x.max()!
        return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
    }

    /// Scores by name of class logits `s`, head logits `o` and the outlier class's logit `v`.
    static func scores(_ s: [Double], _ o: [Double], _ v: Double) -> [String: Double] {
        let lse = logSumExp(s)
        let outlier = o[1] - logSumExp(o)
        let p = s.map { exp($0 - lse) }
        let surest = p.max()!
        let entropy = s.count == 1 ? 0 : -p.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) } / log(Double(s.count))
        let q = (s + [v]).map { exp($0 - logSumExp(s + [v])) }
        var scores = [
            "densehybrid": outlier - lse, "generative": -lse, "discriminative": outlier, "msp": 1 - surest,
            "max-logit": -s.max()!, "entropy": entropy, "oh-msp": exp(outlier) * (1 - surest),
            "oh-msp-joint": 1 - (1 - exp(outlier)) * surest, "void": v - logSumExp(s + [v]),
            "uno": q.last! - q.dropLast().max()!,
        ]
        let label = s.firstIndex(of: s.max()!)!
        let usual = statistics(classes: s.count).maximumLogit[label]
        scores["sml"] = (usual.mean - s[label]) / usual.deviation
        for t in temperatures { scores[energyName(t)] = -t * logSumExp(s.map { $0 / t }) }
        return scores
    }

    private static func energyName(_ temperature: Double) -> String {
        temperature == 300 ? "generative:300" : "generative:\(temperature)"
    }

    /// All scores of single pixels, the energy score at several temperatures.
    static func testedScores() throws -> [OutlierScore] {
        OutlierScore.ofLogits + (try temperatures.map { try OutlierScore(argument: energyName($0)) })
    }

    /// What the promised error of a score is multiplied by.
    static func stretch(_ score: OutlierScore) -> Double {
        let temperature = temperatures.first { energyName($0) == score.name }
        let smallestDeviation = 0.5
        return max(1, temperature ?? 1, score.name == "sml" ? 1 / smallestDeviation : 1)
    }

    func pixel(_ x: Int, _ y: Int) -> Pixel {
        let s = classes.map { upsampled($0, x, y) }
        let largest = s.max()!
        let label = s.firstIndex(of: largest)!
        let second = s.enumerated().filter { $0.offset != label }.map(\.element).max() ?? -.infinity
        return Pixel(
            label: UInt8(label), margin: largest - second,
            scores: Self.scores(s, head.map { upsampled($0, x, y) }, upsampled(outlierClass, x, y)))
    }
}
