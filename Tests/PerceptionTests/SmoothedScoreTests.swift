import Foundation
import FrameIO
import OpenSet
import Streaming
import Testing

@testable import Perception

/// A score that needs the whole frame before anything is decided, in the pipeline.
@Suite struct SmoothedScoreTests {
    private struct Outcome {
        var labels: Data
        var scores: [Float]
        var openSet: Data
        var digest: String
    }

    private func outcome(_ score: String, threads: Int, keepMaps: Bool = true) throws -> Outcome {
        let scratch = try Scratch()
        let settings = try TestModel.settings(score: score, threads: threads, statistics: TestModel.statistics)
        var outputs = OutputRequest()
        outputs.openSet = scratch.file("openset.raw")
        if keepMaps {
            outputs.labels = scratch.file("labels.raw")
            outputs.scoreMap = scratch.file("scores.raw")
        }
        let result = try perceive(try noise(frames: 4, in: scratch), settings, outputs: outputs)
        #expect(result.summary.ledger.delivered == 4 && result.exitCode == 0)
        let scores =
            keepMaps ? try scratch.bytes("scores.raw").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } : []
        return Outcome(
            labels: keepMaps ? try scratch.bytes("labels.raw") : Data(), scores: scores,
            openSet: try scratch.bytes("openset.raw"), digest: result.digest)
    }

    @Test func aSmoothedScoreDecidesOnSmoothedMaps() throws {
        let plain = try outcome("sml", threads: 1), smooth = try outcome("sml-smooth", threads: 1)
        try #require(smooth.scores.count == 4 * 64 * 32 && smooth.scores.count == plain.scores.count)
        #expect(smooth.labels == plain.labels && smooth.scores != plain.scores)
        let expected = zip(smooth.labels, smooth.scores).map { label, score in score > -3 ? 19 : label }
        #expect(Array(smooth.openSet) == expected)
        // Smoothing spreads what it takes: less varies, and nothing leaves the range of the single scores.
        func spread(_ scores: [Float]) -> Float { scores.max()! - scores.min()! }
        #expect(spread(smooth.scores) < spread(plain.scores))
    }

    @Test func threadsAndKeptMapsChangeNothing() throws {
        let one = try outcome("sml-smooth", threads: 1), three = try outcome("sml-smooth", threads: 3)
        #expect(one.digest == three.digest && one.scores == three.scores)
        let lean = try outcome("sml-smooth", threads: 2, keepMaps: false)
        #expect(lean.openSet == one.openSet)
    }

    /// What the frame's workers are called together for, beside the network's steps.
    @Test func everyPassIsARegion() throws {
        let size = NetworkSize(width: 128, height: 64)
        func regions(_ score: String, at resolution: ScoreResolution = .full) throws -> Int {
            let base = try TestModel.settings()
            let score = try OutlierScore(argument: score)
            let measured =
                score.needs.contains(.statistics)
                ? try StatisticsFile(of: base.network.bundle, for: score).statistics : nil
            return try PerceptionSettings(
                network: base.network, kernels: base.kernels, pool: base.pool, score: score, statistics: measured,
                scoreResolution: resolution, threshold: base.threshold
            ).regionsPerFrame(size)
        }
        let plain = try regions("densehybrid")
        #expect(try regions("sml") == plain && regions("densehybrid", at: .low) == plain + 1)
        #expect(try regions("sml-smooth") == plain + 2)
        // The projection is one convolution, and a pass makes scores of it at the head's resolution.
        #expect(try regions("mahalanobis") == plain + 2 && regions("energy-neco") == plain + 2)
    }

    @Test func withoutStatisticsTheRunIsRefused() throws {
        let scratch = try Scratch()
        let settings = try TestModel.settings(score: "sml-smooth")
        let error = #expect(throws: ModelError.self) { try perceive(try noise(frames: 1, in: scratch), settings) }
        #expect(error?.description.contains("calibrate statistics") == true)
    }
}
