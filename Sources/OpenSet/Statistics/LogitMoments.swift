#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Gathers the maximum logit's moments by predicted class, in one pass. Allocates nothing per frame.
public struct LogitMoments: Sendable {
    private var pixels: [Int]
    private var sums: [Double]
    private var squares: [Double]

    /// Nothing gathered.
    public init(classes: Int) {
        pixels = Array(repeating: 0, count: classes)
        sums = Array(repeating: 0, count: classes)
        squares = Array(repeating: 0, count: classes)
    }

    /// Adds a frame: labels, and the score `max-logit` (the maximum logit negated), both [pixels]. Invalid pixels are left
    /// out.
    public mutating func add(labels: UnsafePointer<UInt8>, scores: UnsafePointer<Float>, pixels count: Int) {
        let classes = pixels.count
        pixels.withUnsafeMutableBufferPointer { pixels in
            sums.withUnsafeMutableBufferPointer { sums in
                squares.withUnsafeMutableBufferPointer { squares in
                    for place in 0..<count {
                        let (label, logit) = (Int(labels[place]), -Double(scores[place]))
                        guard label < classes, logit.isFinite else { continue }
                        pixels[label] += 1
                        sums[label] += logit
                        squares[label] += logit * logit
                    }
                }
            }
        }
    }

    /// The moments of each class.
    public var moments: [ScoreStatistics.Moments] {
        pixels.indices.map { index in
            let count = Double(max(pixels[index], 1))
            let mean = sums[index] / count
            let variance = max(squares[index] / count - mean * mean, 0)
            return ScoreStatistics.Moments(pixels: pixels[index], mean: mean, deviation: variance.squareRoot())
        }
    }
}

func exponential(_ value: Double) -> Double { exp(value) }

func logarithm(_ value: Double) -> Double { log(value) }
