internal import OpenSet

/// The shape of `statistics.yaml`, and the way to numbers that fit together.
struct StatisticsContent: Decodable {
    struct MaximumLogit: Decodable {
        let pixels: String
        let mean: String
        let deviation: String
    }

    struct Limit: Decodable {
        let tensor: String
        let percentile: Double
        let limit: Double
    }

    struct Features: Decodable {
        let tensor: String
        let channels: Int
        let pixels: String
        let neco: Neco
        let means: [String]
        let covariance: [String]
    }

    struct Neco: Decodable {
        let components: Int
        let weight: Double
        let sample: Int
        let ratioMean: Double
        let ratioDeviation: Double
        let energyMean: Double
        let energyDeviation: Double

        enum CodingKeys: String, CodingKey {
            case components, weight, sample
            case ratioMean = "ratio_mean"
            case ratioDeviation = "ratio_deviation"
            case energyMean = "energy_mean"
            case energyDeviation = "energy_deviation"
        }
    }

    let format: Int
    let modelSHA256: String
    let precision: String
    let sizes: [String]
    let frames: Int
    let set: String
    let command: String
    let classes: Int
    let maximumLogit: MaximumLogit
    let activationLimit: Limit?
    let features: Features?

    enum CodingKeys: String, CodingKey {
        case format, precision, sizes, frames, set, command, classes, features
        case modelSHA256 = "model_sha256"
        case maximumLogit = "maximum_logit"
        case activationLimit = "activation_limit"
    }
}

extension StatisticsContent {
    /// The statistics; throws where lists have other lengths than they say, or numbers that cannot be.
    var statistics: ScoreStatistics {
        get throws(ModelError) {
            let pixels = counts(maximumLogit.pixels)
            let means = numbers(maximumLogit.mean)
            let deviations = numbers(maximumLogit.deviation).filter { $0 >= 0 }
            guard pixels.count == classes, means.count == classes, deviations.count == classes else {
                throw ModelError(
                    "maximum_logit must have \(classes) numbers in each of its lists, those of pixels and deviation not "
                        + "below 0")
            }
            let moments = (0..<classes).map {
                ScoreStatistics.Moments(pixels: pixels[$0], mean: means[$0], deviation: deviations[$0])
            }
            return ScoreStatistics(
                maximumLogit: moments, features: try features.map { one throws(ModelError) in try read(one) },
                activationLimit: try activationLimit.map { one throws(ModelError) in try read(one) })
        }
    }

    private func read(_ limit: Limit) throws(ModelError) -> ActivationLimit {
        guard Self.fits(limit.limit), 0...100 ~= limit.percentile else {
            throw ModelError("activation_limit must have a finite limit, and a percentile from 0 to 100")
        }
        return ActivationLimit(tensor: limit.tensor, percentile: limit.percentile, limit: limit.limit)
    }

    private func read(_ features: Features) throws(ModelError) -> FeatureStatistics {
        let channels = features.channels
        guard 2...4096 ~= channels else { throw ModelError("features.channels must be 2 to 4096, not \(channels)") }
        let means = features.means.map(numbers)
        guard means.count == classes, means.allSatisfy({ $0.count == channels }),
            counts(features.pixels).count == classes
        else {
            throw ModelError(
                "features.pixels and features.means must have \(classes) entries, means of \(channels) numbers")
        }
        let rows = features.covariance.map(numbers)
        guard rows.count == channels, rows.enumerated().allSatisfy({ $0.element.count == $0.offset + 1 }),
            let covariance = SymmetricMatrix(lowerTriangle: rows.flatMap { $0 })
        else { throw ModelError("features.covariance must have \(channels) rows, of 1 to \(channels) numbers") }
        let neco = features.neco
        func moments(_ mean: Double, _ deviation: Double) -> ScoreStatistics.Moments {
            ScoreStatistics.Moments(pixels: neco.sample, mean: mean, deviation: deviation)
        }
        guard
            [neco.ratioMean, neco.ratioDeviation, neco.energyMean, neco.energyDeviation].allSatisfy(Self.fits),
            neco.ratioDeviation >= 0, neco.energyDeviation >= 0,
            let result = FeatureStatistics(
                tensor: features.tensor, pixels: counts(features.pixels), classMeans: means, covariance: covariance,
                neco: FeatureStatistics.Neco(
                    components: neco.components, weight: neco.weight,
                    ratio: moments(neco.ratioMean, neco.ratioDeviation),
                    energy: moments(neco.energyMean, neco.energyDeviation)))
        else {
            throw ModelError(
                "features.neco must have 1 to \(channels - 1) components, a weight from 0 to 1 and finite numbers, and some "
                    + "class must have pixels")
        }
        return result
    }

    /// Whether a number can be computed with in Float, as scores are.
    private static func fits(_ number: Double) -> Bool { abs(number) <= Double(Float.greatestFiniteMagnitude) }

    /// Sums of 254 of the largest that is taken fit into Int.
    private func counts(_ text: String) -> [Int] {
        text.split(separator: " ").compactMap { Int($0) }.filter { 0...(1 << 53) ~= $0 }
    }

    private func numbers(_ text: String) -> [Double] {
        text.split(separator: " ").compactMap { Double($0) }.filter(Self.fits)
    }
}
