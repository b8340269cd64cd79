/// What some scores must know about inlier frames beforehand: measured once by `densehybrid calibrate statistics`.
///
/// Classes are those that the network predicts, so no labels are needed. An immutable value; costs nothing to keep.
public struct ScoreStatistics: Sendable, Equatable {
    /// Mean and standard deviation over some pixels.
    public struct Moments: Sendable, Equatable {
        /// Pixels that were measured; of none, mean and deviation are 0.
        public let pixels: Int
        /// Mean.
        public let mean: Double
        /// Standard deviation (of the population).
        public let deviation: Double

        /// Moments as they were measured.
        public init(pixels: Int, mean: Double, deviation: Double) {
            self.pixels = pixels
            self.mean = mean
            self.deviation = deviation
        }

        /// The moments of several disjoint sets of pixels together.
        public init(joining parts: [Moments]) {
            let count = parts.reduce(0) { $0 + $1.pixels }
            guard count > 0 else {
                self.init(pixels: 0, mean: 0, deviation: 0)
                return
            }
            let mean = parts.reduce(0) { $0 + Double($1.pixels) * $1.mean } / Double(count)
            let variance =
                parts.reduce(0) { sum, part in
                    let shift = part.mean - mean
                    return sum + Double(part.pixels) * (part.deviation * part.deviation + shift * shift)
                } / Double(count)
            self.init(pixels: count, mean: mean, deviation: variance.squareRoot())
        }
    }

    /// A class that was predicted in fewer pixels has no moments that can be trusted.
    public static let fewestPixels = 1000
    /// No deviation that is divided by is smaller.
    public static let smallestDeviation = 1e-3

    /// The maximum logit over the pixels where class k is predicted, by k, as it was measured: at the frames' resolution,
    /// from upsampled logits (Jung et al., ICCV 2021, section 3.1).
    public let maximumLogit: [Moments]

    /// Moments of the pre-logits features; nil where they were not measured.
    public let features: FeatureStatistics?
    /// ReAct's limit; nil for a model whose logits do not come from a 1x1 convolution.
    public let activationLimit: ActivationLimit?

    /// Statistics of K classes.
    public init(
        maximumLogit: [Moments], features: FeatureStatistics? = nil, activationLimit: ActivationLimit? = nil
    ) {
        self.maximumLogit = maximumLogit
        self.features = features
        self.activationLimit = activationLimit
    }

    /// K.
    public var classes: Int { maximumLogit.count }

    /// What a standardised maximum logit subtracts and divides by, for each class k.
    ///
    /// A class that was never predicted, or in fewer than `fewestPixels` pixels, has the moments of all pixels together: a
    /// pixel of it is then judged as one of the average class. No deviation is below `smallestDeviation`.
    public var classMaximumLogit: [(mean: Float, deviation: Float)] {
        let all = Moments(joining: maximumLogit)
        return maximumLogit.map { own in
            let used = own.pixels >= Self.fewestPixels ? own : all
            return (Float(used.mean), Float(max(used.deviation, Self.smallestDeviation)))
        }
    }
}
