/// Moments of the pre-logits features f on inlier pixels, by predicted class, at the head's resolution.
///
/// C channels and K classes make K*C + C*(C+1)/2 numbers: 1136 for 32 channels and 19 classes, some 10 000 for 128
/// channels and 12 classes. Small enough for text.
public struct FeatureStatistics: Sendable, Equatable {
    /// The tensor's name in the model.
    public let tensor: String
    /// Pixels of each predicted class.
    public let pixels: [Int]
    /// Mean feature of each class [K][C]; zeros where there are no pixels.
    public let classMeans: [[Double]]
    /// Shared covariance within the classes, C x C: the mean over all pixels of (f - mean of its class)(...)^T.
    public let covariance: SymmetricMatrix
    /// What Energy-NECO standardises by.
    public let neco: Neco

    /// Constants of Energy-NECO.
    public struct Neco: Sendable, Equatable {
        /// Directions of the principal subspace.
        public let components: Int
        /// Weight of the ratio in the convex sum; the energy has the rest.
        public let weight: Double
        /// The ratio |P(f - mean)| / |f - mean| on inlier pixels.
        public let ratio: ScoreStatistics.Moments
        /// The energy -ln sum exp s on inlier pixels.
        public let energy: ScoreStatistics.Moments

        /// Constants as they were measured or chosen.
        public init(
            components: Int, weight: Double, ratio: ScoreStatistics.Moments, energy: ScoreStatistics.Moments
        ) {
            self.components = components
            self.weight = weight
            self.ratio = ratio
            self.energy = energy
        }
    }

    /// Statistics of C >= 2 channels; nil where the numbers do not fit together.
    public init?(
        tensor: String, pixels: [Int], classMeans: [[Double]], covariance: SymmetricMatrix, neco: Neco
    ) {
        let channels = covariance.size
        guard pixels.count == classMeans.count, classMeans.allSatisfy({ $0.count == channels }),
            pixels.allSatisfy({ $0 >= 0 }), pixels.contains(where: { $0 > 0 }), channels >= 2,
            1..<channels ~= neco.components, 0...1 ~= neco.weight
        else { return nil }
        self.tensor = tensor
        self.pixels = pixels
        self.classMeans = classMeans
        self.covariance = covariance
        self.neco = neco
    }

    /// C.
    public var channels: Int { covariance.size }

    /// Mean over all pixels.
    public var mean: [Double] {
        let count = Double(pixels.reduce(0, +))
        return (0..<channels).map { channel in
            zip(pixels, classMeans).reduce(0) { $0 + Double($1.0) * $1.1[channel] } / count
        }
    }

    /// Covariance over all pixels: that within the classes plus that between them.
    public var totalCovariance: SymmetricMatrix {
        let (count, mean) = (Double(pixels.reduce(0, +)), mean)
        var total = covariance
        for row in 0..<channels {
            for column in 0...row {
                total[row, column] += zip(pixels, classMeans).reduce(0) { sum, one in
                    sum + Double(one.0) / count * (one.1[row] - mean[row]) * (one.1[column] - mean[column])
                }
            }
        }
        return total
    }

    /// Orthonormal principal directions of all pixels, the strongest first.
    public var directions: [[Double]] { totalCovariance.eigenvectors().map(\.vector) }
}

/// The limit of ReAct: a percentile of the activations that enter the last convolution, on inlier pixels.
public struct ActivationLimit: Sendable, Equatable {
    /// Name of the tensor that enters the last convolution.
    public let tensor: String
    /// The percentile, 0 to 100, over all pixels and channels.
    public let percentile: Double
    /// Its value: activations above it are cut to it.
    public let limit: Double

    /// A limit as it was measured.
    public init(tensor: String, percentile: Double, limit: Double) {
        self.tensor = tensor
        self.percentile = percentile
        self.limit = limit
    }
}
