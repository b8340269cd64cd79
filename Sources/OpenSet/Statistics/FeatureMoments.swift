/// Gathers `FeatureStatistics` in one pass: sums by predicted class and of all products, in double, and a sample of pixels
/// for what needs the principal directions first. Holds K*C + C*C numbers and the sample; allocates nothing per frame.
public struct FeatureMoments: Sendable {
    /// Pixels in the sample: each with its features in float and its energy. Standardisation by them has a standard error
    /// of 0.4 % of the deviation, as far as pixels are independent.
    public static let sampleSize = 65536

    /// C.
    public let channels: Int
    private var pixels: [Int]
    private var sums: [Double]
    private var products: [Double]
    private var pixel: [Double]
    private var seen = 0
    private var sample: [Float] = []
    private var energies: [Double] = []
    private var random = SampleGenerator()

    /// Nothing gathered, for `channels` features and `classes` classes.
    public init(channels: Int, classes: Int) {
        self.channels = channels
        pixels = Array(repeating: 0, count: classes)
        sums = Array(repeating: 0, count: classes * channels)
        products = Array(repeating: 0, count: channels * channels)
        pixel = Array(repeating: 0, count: channels)
        sample.reserveCapacity(Self.sampleSize * channels)
        energies.reserveCapacity(Self.sampleSize)
    }

    /// Pixels that were gathered.
    public var count: Int { seen }

    /// Adds a frame. `features` is blocked, [ceil(C/8)][pixels][8]; `logits` are planar, `planes` the planes of the K
    /// classes. The class of a pixel is that of its first largest logit. Pixels with a value that is not finite are left out.
    public mutating func add(
        features: UnsafePointer<Float>, logits: UnsafePointer<Float>, planes: [Int32], pixels count: Int
    ) {
        precondition(planes.count == pixels.count, "one plane for each class")
        for place in 0..<count {
            var best = 0
            var sum: Float = 0
            for (index, plane) in planes.enumerated() {
                let value = logits[Int(plane) * count + place]
                sum += value
                if value > logits[Int(planes[best]) * count + place] { best = index }
            }
            var total: Float = 0
            for channel in 0..<channels {
                let value = features[(channel / 8 * count + place) * 8 + channel % 8]
                total += value
                pixel[channel] = Double(value)
            }
            guard sum.isFinite, total.isFinite else { continue }
            gather(best)
            draw { Self.energy(logits, planes, count, place) }
        }
    }

    /// Adds `pixel` to the sums of class `best` and to the products.
    private mutating func gather(_ best: Int) {
        pixels[best] += 1
        seen += 1
        let channels = channels
        pixel.withUnsafeBufferPointer { pixel in
            sums.withUnsafeMutableBufferPointer { sums in
                for channel in 0..<channels { sums[best * channels + channel] += pixel[channel] }
            }
            products.withUnsafeMutableBufferPointer { products in
                for row in 0..<channels {
                    let (value, start) = (pixel[row], row * channels)
                    for column in 0...row { products[start + column] += value * pixel[column] }
                }
            }
        }
    }

    /// Keeps `pixel` in the sample with the chance that every pixel has (algorithm R).
    private mutating func draw(_ energy: () -> Double) {
        let place: Int
        if energies.count < Self.sampleSize {
            place = energies.count
            energies.append(0)
            sample.append(contentsOf: repeatElement(0, count: channels))
        } else {
            place = Int(random.next(below: UInt64(seen)))
            if place >= Self.sampleSize { return }
        }
        energies[place] = energy()
        for channel in 0..<channels { sample[place * channels + channel] = Float(pixel[channel]) }
    }

    private static func energy(
        _ logits: UnsafePointer<Float>, _ planes: [Int32], _ count: Int, _ place: Int
    ) -> Double {
        let values = planes.map { Double(logits[Int($0) * count + place]) }
        let largest = values.max() ?? 0
        return -largest - logarithm(values.reduce(0) { $0 + exponential($1 - largest) })
    }

    /// The statistics; nil while there are fewer pixels than channels. `components` and `weight` are Energy-NECO's.
    public func statistics(tensor: String, components: Int, weight: Double) -> FeatureStatistics? {
        guard seen > channels, channels >= 2 else { return nil }
        let means = pixels.indices.map { index in
            (0..<channels).map { pixels[index] > 0 ? sums[index * channels + $0] / Double(pixels[index]) : 0 }
        }
        var covariance = SymmetricMatrix(size: channels)
        for row in 0..<channels {
            for column in 0...row {
                let between = pixels.indices.reduce(0) {
                    $0 + Double(pixels[$1]) * means[$1][row] * means[$1][column]
                }
                covariance[row, column] = (products[row * channels + column] - between) / Double(seen)
            }
        }
        let none = ScoreStatistics.Moments(pixels: 0, mean: 0, deviation: 0)
        guard
            let bare = FeatureStatistics(
                tensor: tensor, pixels: pixels, classMeans: means, covariance: covariance,
                neco: .init(components: components, weight: weight, ratio: none, energy: none))
        else { return nil }
        return FeatureStatistics(
            tensor: tensor, pixels: pixels, classMeans: means, covariance: covariance,
            neco: .init(
                components: components, weight: weight, ratio: ScoreStatistics.Moments(of: ratios(bare)),
                energy: ScoreStatistics.Moments(of: energies)))
    }

    /// The ratios of the sampled pixels.
    private func ratios(_ statistics: FeatureStatistics) -> [Double] {
        let (mean, directions) = (statistics.mean, statistics.directions.prefix(statistics.neco.components))
        return energies.indices.map { place in
            let centred = (0..<channels).map { Double(sample[place * channels + $0]) - mean[$0] }
            let inside = directions.reduce(0) { sum, direction in
                let part = zip(direction, centred).reduce(0) { $0 + $1.0 * $1.1 }
                return sum + part * part
            }
            return inside.squareRoot() / (centred.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-8)
        }
    }
}

extension ScoreStatistics.Moments {
    /// The moments of `values`.
    public init(of values: [Double]) {
        let count = Double(max(values.count, 1))
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        self.init(pixels: values.count, mean: mean, deviation: variance.squareRoot())
    }
}

/// SplitMix64 with a fixed seed: the same frames give the same sample.
private struct SampleGenerator {
    private var state: UInt64 = 0x5DEE_CE66_D1CE_4E5B

    mutating func next(below limit: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)).multipliedFullWidth(by: limit).high
    }
}
