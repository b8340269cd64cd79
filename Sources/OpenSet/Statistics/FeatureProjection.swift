/// A 1x1 convolution of features that leaves little to do per pixel: its outputs lie in two runs of whole planes of eight
/// lanes, of which the first is summed up as squares.
///
/// With classes: squares add up to |W(f - m)|^2 and the second run holds |W(m_k - m)|^2 - 2 W(m_k - m) . W(f - m), whose
/// least sum with it is the squared distance to the nearest mean, to some 1e-6 of those larger squares. With a subspace:
/// the first run's squares are the part inside it, those of the second run the part outside.
public struct FeatureProjection: Sendable {
    /// Planes of eight outputs in the first run.
    public let squaredPlanes: Int
    /// Planes of eight outputs in the second run.
    public let otherPlanes: Int
    /// Weights [outputs][channels], in float for the kernels; computed in double.
    public let weights: [[Float]]
    /// One per output.
    public let bias: [Float]

    /// Relative size of what is added to the covariance's diagonal, so that a channel that hardly ever moves does not
    /// decide the distance.
    static let regularization = 1e-4

    /// `squaredPlanes` and `otherPlanes` of a projection, without computing it. Costs nothing.
    static func planes(_ reading: FeatureReading, of statistics: FeatureStatistics) -> (squared: Int, other: Int) {
        func planes(_ outputs: Int) -> Int { (outputs + 7) / 8 }
        guard reading == .classDistances else {
            let inside = statistics.neco.components
            return (planes(inside), planes(statistics.channels - inside))
        }
        return (planes(statistics.channels), planes(used(statistics).count { $0 }))
    }

    /// The classes that have a mean.
    private static func used(_ statistics: FeatureStatistics) -> [Bool] {
        let trusted = statistics.pixels.map { $0 >= ScoreStatistics.fewestPixels }
        return trusted.contains(true) ? trusted : statistics.pixels.map { $0 > 0 }
    }

    /// For `classDistances` over the classes that have `ScoreStatistics.fewestPixels` pixels (all that have any, if no class
    /// has). Throws where the covariance cannot be inverted.
    public init(classDistances statistics: FeatureStatistics) throws(OpenSetError) {
        var covariance = statistics.covariance
        let ridge = Self.regularization * covariance.meanDiagonal
        for channel in 0..<covariance.size { covariance[channel, channel] += ridge }
        guard let whitening = covariance.whitening() else {
            throw .classes("the covariance of '\(statistics.tensor)' cannot be inverted: calibrate on more frames")
        }
        let mean = statistics.mean
        func whitened(_ vector: [Double]) -> [Double] {
            whitening.map { row in zip(row, zip(vector, mean)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) } }
        }
        let means = zip(statistics.classMeans, Self.used(statistics)).filter(\.1).map { whitened($0.0) }
        var rows = Rows(channels: statistics.channels)
        rows.add(whitening, offsets: whitening.map { row in -zip(row, mean).reduce(0) { $0 + $1.0 * $1.1 } })
        rows.fill(offset: 0)
        squaredPlanes = rows.planes
        for one in means {
            let row = (0..<statistics.channels).map { channel in
                -2 * zip(one, whitening).reduce(0) { $0 + $1.0 * $1.1[channel] }
            }
            let norm = one.reduce(0) { $0 + $1 * $1 }
            rows.add([row], offsets: [norm - zip(row, mean).reduce(0) { $0 + $1.0 * $1.1 }])
        }
        // Lanes without a class are never the nearest.
        rows.fill(offset: 1e30)
        otherPlanes = rows.planes - squaredPlanes
        (weights, bias) = (rows.weights, rows.bias)
    }

    /// For `principalShare`.
    public init(principalShare statistics: FeatureStatistics) {
        let (mean, directions) = (statistics.mean, statistics.directions)
        func offsets(_ rows: ArraySlice<[Double]>) -> [Double] {
            rows.map { row in -zip(row, mean).reduce(0) { $0 + $1.0 * $1.1 } }
        }
        var rows = Rows(channels: statistics.channels)
        let (inside, outside) = (directions[..<statistics.neco.components], directions[statistics.neco.components...])
        rows.add(Array(inside), offsets: offsets(inside))
        rows.fill(offset: 0)
        squaredPlanes = rows.planes
        rows.add(Array(outside), offsets: offsets(outside))
        rows.fill(offset: 0)
        otherPlanes = rows.planes - squaredPlanes
        (weights, bias) = (rows.weights, rows.bias)
    }

    /// Collects outputs.
    private struct Rows {
        let channels: Int
        var weights: [[Float]] = []
        var bias: [Float] = []
        var planes: Int { weights.count / 8 }

        init(channels: Int) { self.channels = channels }

        mutating func add(_ rows: [[Double]], offsets: [Double]) {
            weights += rows.map { $0.map(Float.init) }
            bias += offsets.map(Float.init)
        }

        /// Completes the last plane with outputs that are constant.
        mutating func fill(offset: Float) {
            while weights.count % 8 != 0 {
                weights.append(Array(repeating: 0, count: channels))
                bias.append(offset)
            }
        }
    }
}
