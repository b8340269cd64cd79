import Kernels
import OpenSet
import TestSupport
import Testing

/// Scores of features and their statistics against NumPy and PyTorch, which follow the papers' formulas directly.
@Suite struct FeatureScoreTests {
    private struct Case {
        let channels, classes, planes, height, width, components: Int
        let features, logits: [Float]
        var pixels: Int { height * width }

        /// As the engine keeps features; lanes beyond the last channel hold no meaning.
        var blocked: [Float] {
            var result = [Float](repeating: .nan, count: (channels + 7) / 8 * pixels * 8)
            for channel in 0..<channels {
                for pixel in 0..<pixels {
                    result[(channel / 8 * pixels + pixel) * 8 + channel % 8] = features[channel * pixels + pixel]
                }
            }
            return result
        }

        /// Gathered from two frames, the rows above and below.
        func statistics() -> FeatureStatistics? {
            var moments = FeatureMoments(channels: channels, classes: classes)
            for rows in [0..<height / 2, height / 2..<height] {
                let part = rows.lowerBound * width..<rows.upperBound * width
                func cut(_ values: [Float], _ planes: Int) -> [Float] {
                    (0..<planes).flatMap { plane in
                        Array(values[plane * pixels + part.lowerBound..<plane * pixels + part.upperBound])
                    }
                }
                let half = Case(
                    channels: channels, classes: classes, planes: planes, height: rows.count, width: width,
                    components: components, features: cut(features, channels), logits: cut(logits, planes))
                moments.add(
                    features: half.blocked, logits: half.logits, planes: (0..<classes).map(Int32.init),
                    pixels: half.pixels)
            }
            return moments.statistics(tensor: "f", components: components, weight: 0.6)
        }
    }

    private let golden: GoldenTensors

    init() throws {
        golden = try GoldenTensors("features", madeBy: "python tools/openset_goldens/features.py")
    }

    private func example(_ index: Int) throws -> Case {
        let shape = try golden.elements("features\(index).shape", as: Int32.self).map(Int.init)
        return Case(
            channels: shape[0], classes: shape[1], planes: shape[2], height: shape[3], width: shape[4],
            components: shape[5], features: try golden.elements("features\(index).features"),
            logits: try golden.elements("features\(index).logits"))
    }

    @Test(arguments: [0, 1]) func statisticsAreNumPys(_ index: Int) throws {
        let example = try example(index)
        let statistics = try #require(example.statistics())
        let counts = try golden.elements("features\(index).counts", as: Int32.self)
        #expect(statistics.pixels == counts.map(Int.init))
        let means: [Double] = try golden.elements("features\(index).means")
        for (own, expected) in zip(statistics.classMeans.flatMap { $0 }, means) { #expect(abs(own - expected) < 1e-9) }
        let covariance: [Double] = try golden.elements("features\(index).covariance")
        for row in 0..<example.channels {
            for column in 0..<example.channels {
                let expected = covariance[row * example.channels + column]
                #expect(abs(statistics.covariance[row, column] - expected) < 1e-9)
            }
        }
        for (name, own) in [("ratio", statistics.neco.ratio), ("energy", statistics.neco.energy)] {
            let expected: [Double] = try golden.elements("features\(index).\(name)")
            #expect(abs(own.mean - expected[0]) < 1e-6 && abs(own.deviation - expected[1]) < 1e-6, "\(name)")
        }
    }

    @Test(arguments: [0, 1]) func percentileIsNumPysToABin(_ index: Int) throws {
        let example = try example(index)
        var histogram = ActivationHistogram()
        histogram.add(blocked: example.blocked, channels: example.channels, pixels: example.pixels)
        #expect(histogram.count == example.features.count)
        let expected = try golden.elements("features\(index).limit", as: Double.self)[0]
        let largest = Double(example.features.map(abs).max() ?? 0)
        // A bin, and the step between neighbouring values that NumPy interpolates.
        let tolerance = 4 * largest / Double(ActivationHistogram.bins) + 2e-3
        let percentile = try #require(histogram.percentile(90))
        #expect(abs(percentile - expected) < tolerance)
    }

    @Test(arguments: [0, 1], [OutlierScore.react, .mahalanobis, .energyNeco])
    func scoresAreThoseOfTheFormulas(_ index: Int, _ score: OutlierScore) throws {
        let example = try example(index)
        let features = try measured(index, example)
        let moments = (0..<example.classes).map { _ in ScoreStatistics.Moments(pixels: 5000, mean: 10, deviation: 1) }
        let statistics = ScoreStatistics(
            maximumLogit: moments, features: features,
            activationLimit: ActivationLimit(tensor: "f", percentile: 90, limit: 1))
        let projected: [Float]
        switch score {
        case .react: projected = try golden.elements("features\(index).recomputed")
        case .mahalanobis: projected = project(example, try FeatureProjection(classDistances: features))
        default: projected = project(example, FeatureProjection(principalShare: features))
        }
        let expected: [Float] = try golden.elements("features\(index).\(score.name)")
        for set in [InstructionSet.scalar, .detected] {
            for size in [(example.width, example.height), (71, 33)] {
                let result = try run(example, score, statistics, projected, size: size, KernelTable(set))
                #expect(result.plan.resolution == .low && result.plan.preparationBands.count > 0)
                guard size == (example.width, example.height) else {
                    #expect(result.scores.allSatisfy { $0.isFinite })
                    continue
                }
                var worst: Float = 0
                for (pixel, (own, wanted)) in zip(result.scores, expected).enumerated() {
                    // A distance is what remains of larger squares.
                    let lost = score == .mahalanobis ? 1e-2 * squares(example, projected, pixel) : 0
                    worst = max(worst, abs(own - wanted) / max(1, abs(wanted), lost))
                }
                #expect(worst < 1e-4, "\(score.name) on \(set): off by \(worst)")
            }
        }
    }

    /// NumPy's statistics.
    private func measured(_ index: Int, _ example: Case) throws -> FeatureStatistics {
        let means: [Double] = try golden.elements("features\(index).means")
        let covariance: [Double] = try golden.elements("features\(index).covariance")
        let channels = example.channels
        let triangle = (0..<channels).flatMap { row in (0...row).map { covariance[row * channels + $0] } }
        func moments(_ name: String) throws -> ScoreStatistics.Moments {
            let both: [Double] = try golden.elements("features\(index).\(name)")
            return .init(pixels: example.pixels, mean: both[0], deviation: both[1])
        }
        let statistics = FeatureStatistics(
            tensor: "f", pixels: try golden.elements("features\(index).counts", as: Int32.self).map(Int.init),
            classMeans: (0..<example.classes).map { Array(means[$0 * channels..<($0 + 1) * channels]) },
            covariance: try #require(SymmetricMatrix(lowerTriangle: triangle)),
            neco: .init(
                components: example.components, weight: 0.6, ratio: try moments("ratio"), energy: try moments("energy"))
        )
        return try #require(statistics)
    }

    /// Squares in the first planes: the whitened feature's length.
    private func squares(_ example: Case, _ projected: [Float], _ pixel: Int) -> Float {
        (0..<example.channels).reduce(0) { sum, output in
            let value = projected[(output / 8 * example.pixels + pixel) * 8 + output % 8]
            return sum + value * value
        }
    }

    /// The projection as the engine would compute it.
    private func project(_ example: Case, _ projection: FeatureProjection) -> [Float] {
        var result = [Float](repeating: 0, count: projection.bias.count * example.pixels)
        for (output, row) in projection.weights.enumerated() {
            for pixel in 0..<example.pixels {
                var sum = Double(projection.bias[output])
                for channel in 0..<example.channels {
                    sum += Double(row[channel]) * Double(example.features[channel * example.pixels + pixel])
                }
                result[(output / 8 * example.pixels + pixel) * 8 + output % 8] = Float(sum)
            }
        }
        return result
    }

    private func run(
        _ example: Case, _ score: OutlierScore, _ statistics: ScoreStatistics, _ projected: [Float],
        size: (Int, Int), _ table: KernelTable
    ) throws -> (scores: [Float], plan: TailPlan) {
        let geometry = try TailGeometry(
            logitsWidth: example.width, logitsHeight: example.height, planes: example.planes,
            dropping: Array(example.classes..<example.planes), alignCorners: true, width: size.0, height: size.1)
        let plan = try TailPlan(
            kernels: table, geometry: geometry, score: score, hasOutlierHead: false, statistics: statistics, workers: 1)
        let (logits, features) = (FencedBuffer(example.logits), FencedBuffer(projected))
        let openSet = FencedBuffer<UInt8>(repeating: 77, count: size.0 * size.1)
        let scores = FencedBuffer<Float>(repeating: 77, count: size.0 * size.1)
        var buffers = TailBuffers(
            logits: logits.pointer, outlierLogits: nil, features: UnsafePointer(features.pointer),
            openSet: openSet.pointer)
        buffers.score = scores.pointer
        for band in 0..<plan.preparationBands.count { plan.prepare(band: band, worker: 0, buffers: buffers) }
        var counts = OutlierCounts()
        for band in 0..<plan.bands.count {
            plan.run(band: band, worker: 0, buffers: buffers, threshold: try Threshold(0), adding: &counts)
        }
        #expect(openSet.isIntact && scores.isIntact)
        return (scores.elements, plan)
    }

    @Test func whatCannotWorkIsSaid() throws {
        let geometry = try TailGeometry(
            logitsWidth: 4, logitsHeight: 4, planes: 1, alignCorners: true, width: 8, height: 8)
        let bare = ScoreStatistics(maximumLogit: [.init(pixels: 1, mean: 0, deviation: 1)])
        for statistics in [nil, bare] {
            #expect(throws: OpenSetError.statisticsMissing(score: "mahalanobis")) {
                try TailPlan(
                    kernels: try KernelTable(.scalar), geometry: geometry, score: .mahalanobis, hasOutlierHead: false,
                    statistics: statistics, workers: 1)
            }
        }
        // A channel that never moves: the ridge alone would divide by nothing if all were such.
        let flat = try #require(
            FeatureStatistics(
                tensor: "f", pixels: [4], classMeans: [[1, 1]], covariance: SymmetricMatrix(size: 2),
                neco: .init(components: 1, weight: 0.6, ratio: .init(of: []), energy: .init(of: []))))
        #expect(throws: OpenSetError.self) { try FeatureProjection(classDistances: flat) }
    }
}
