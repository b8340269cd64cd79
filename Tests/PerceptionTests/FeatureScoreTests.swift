import FrameIO
import Inference
import Kernels
import ModelGraph
import OpenSet
import Streaming
import TestSupport
import Testing

@testable import Perception

/// Scores of features in the pipeline: what the third plan computes against the formulas, and whole runs.
@Suite struct FeatureScoreTests {
    private static let scores: [OutlierScore] = [.react, .mahalanobis, .energyNeco]

    /// Measured once for all tests.
    private static let measured = Result<ScoreStatistics, any Error> {
        try measure(try TestModel.settings(), frames: 2).statistics
    }

    private static func measure(_ settings: PerceptionSettings, frames: Int = 3) throws -> StatisticsFile {
        let scratch = try Scratch()
        let calibration = try StatisticsCalibration(settings: settings)
        try calibration.add(
            try noise(frames: frames, in: scratch, seed: 11), control: PipelineControl(),
            messages: MessageSink(clock: { MonotonicTime.now() }, print: { _ in }), progress: RunProgress())
        return try calibration.result(set: "noise", command: "a test")
    }

    @Test func calibrationMeasuresEverything() throws {
        let settings = try TestModel.settings()
        let file = try Self.measure(settings)
        #expect(file.frames == 3 && file.sizes == ["256x128"] && file.precision == .fp32)
        #expect(file.statistics.maximumLogit.reduce(0) { $0 + $1.pixels } == 3 * 64 * 32)
        let features = try #require(file.statistics.features)
        #expect(features.tensor == "pre_logits" && features.channels == 32 && features.neco.components == 16)
        #expect(features.pixels.reduce(0, +) == 3 * 128 * 64 && features.neco.ratio.pixels == 3 * 128 * 64)
        #expect((0...1).contains(features.neco.ratio.mean) && features.neco.energy.deviation > 0)
        let limit = try #require(file.statistics.activationLimit)
        #expect(limit.percentile == 90 && limit.limit > 0)
        // Text keeps eight digits; a second round trip changes nothing.
        let read = try StatisticsFile(text: file.text)
        #expect(read.text == file.text && read.statistics.activationLimit?.tensor == limit.tensor)
        let again = try Self.measure(settings)
        #expect(again == file, "the same frames give the same file")
    }

    @Test(arguments: scores) func thirdPlanFollowsTheFormula(_ score: OutlierScore) throws {
        let settings = try TestModel.settings()
        let statistics = try Self.measured.get()
        let tap = FeatureTap(score, statistics)
        #expect(tap != nil && FeatureTap(.maximumLogit, statistics) == nil && FeatureTap(score, nil) == nil)
        let network = try settings.network.compile(
            size: NetworkSize(width: 256, height: 128), kernels: settings.kernels, threads: 1, tap: tap)
        let plain = try settings.network.compile(
            size: NetworkSize(width: 256, height: 128), kernels: settings.kernels, threads: 1, tap: .measuring)
        let (slot, other) = (FrameSlot(), FrameSlot())
        slot.prepareNetwork(network)
        other.prepareNetwork(plain)
        var random = SeededGenerator(label: "picture")
        for index in 0..<256 * 128 * 3 {
            let value = Float.random(in: -2...2, using: &random)
            slot.input.base.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
            other.input.base.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
        }
        for (slot, network) in [(slot, network), (other, plain)] {
            try network.runBackbone(
                image: slot.input.base, preLogits: slot.preLogits.base, outlierLogits: slot.outlierLogits.base,
                on: settings.pool)
            try network.runHeads(
                preLogits: slot.preLogits.base, logits: slot.logits.base, outlierLogits: slot.outlierLogits.base,
                activations: network.hasOwnActivations ? slot.activations.base : nil, on: settings.pool)
            try network.runProjection(
                preLogits: slot.preLogits.base, activations: slot.activations.base, projected: slot.projected.base,
                on: settings.pool)
        }
        let pixels = 128 * 64
        func floats(_ buffer: borrowing ByteBuffer, _ index: Int) -> Double {
            Double(buffer.base.load(fromByteOffset: index * 4, as: Float.self))
        }
        for plane in 0..<20 * pixels where floats(slot.logits, plane) != floats(other.logits, plane) {
            Issue.record("logits depend on the tap")
            break
        }
        for pixel in stride(from: 0, to: pixels, by: 37) {
            func lane(_ buffer: borrowing ByteBuffer, _ channel: Int) -> Double {
                floats(buffer, (channel / 8 * pixels + pixel) * 8 + channel % 8)
            }
            if score == .react {
                let limit = try #require(statistics.activationLimit?.limit)
                let heads = try settings.network.specialised(for: NetworkSize(width: 256, height: 128))
                let last = try LastConvolution(of: "logits", in: heads)
                for index in [0, 7, 18] {
                    let expected = (0..<last.channels).reduce(Double(last.bias[index])) { sum, channel in
                        sum + Double(last.weights[index * last.channels + channel])
                            * min(lane(other.activations, channel), limit)
                    }
                    #expect(abs(floats(slot.projected, index * pixels + pixel) - expected) < 1e-3)
                }
            } else {
                let features = try #require(statistics.features)
                let projection =
                    score == .mahalanobis
                    ? try FeatureProjection(classDistances: features) : FeatureProjection(principalShare: features)
                for output in 0..<projection.bias.count where projection.bias[output] < 1e29 {
                    var (expected, size) = (Double(projection.bias[output]), 1.0)
                    for channel in 0..<32 {
                        let term = Double(projection.weights[output][channel]) * lane(other.preLogits, channel)
                        expected += term
                        size += abs(term)
                    }
                    #expect(abs(lane(slot.projected, output) - expected) < 1e-5 * size, "output \(output)")
                }
            }
        }
    }

    @Test(arguments: scores) func runsGiveTheSameMapsOnAnyThreads(_ score: OutlierScore) throws {
        let statistics = try Self.measured.get()
        let energy = try #require(statistics.features?.neco.energy.mean)
        // In the midst of what noise scores.
        let middle = score == .react ? Float(energy) : score == .mahalanobis ? 16 : 0
        func digest(_ threads: Int, threshold: Float, int8: Bool = false) throws -> String {
            let scratch = try Scratch()
            let base = try TestModel.settings(
                int8 ? try ImportedNetwork(TestModel.network().bundle, precision: .int8) : nil, threads: threads)
            let settings = PerceptionSettings(
                network: base.network, kernels: base.kernels, pool: base.pool, score: score, statistics: statistics,
                threshold: try Threshold(threshold), size: base.size)
            let result = try perceive(try noise(frames: 4, in: scratch), settings)
            #expect(result.summary.ledger.delivered == 4 && result.exitCode == 0)
            return result.digest
        }
        let first = try digest(1, threshold: middle)
        #expect(try digest(2, threshold: middle) == first)
        for extreme in [Float.infinity, -.infinity] {
            #expect(try digest(1, threshold: extreme) != first, "all pixels are on one side of \(middle)")
        }
        _ = try digest(2, threshold: middle, int8: true)
    }

    @Test func sizesShareTheProjection() throws {
        let settings = PerceptionSettings(
            network: try TestModel.network(), kernels: try KernelTable(.detected), pool: WorkerPool(threads: 1),
            score: .mahalanobis, statistics: try Self.measured.get(), threshold: try Threshold(0))
        guard case .project(_, let statistics, let shared)? = settings.tap?.kind else {
            Issue.record("the score reads features")
            return
        }
        #expect(!shared.isMade)
        let outputs = try [NetworkSize(width: 128, height: 64), NetworkSize(width: 64, height: 64)].map { size in
            let network = try settings.compiled(size, warmsUp: false)
            #expect(shared.isMade)
            return network.projected?.dimensions[1]
        }
        #expect(outputs[0] != nil && outputs[0] == outputs[1])
        // What is kept is what it would be.
        let features = try #require(statistics.features)
        let kept = try shared.projection(.classDistances, of: features)
        #expect(try kept.weights == FeatureProjection(classDistances: features).weights)
    }

    @Test func aScoreWithoutItsStatisticsIsRefused() throws {
        let settings = try TestModel.settings(score: "mahalanobis")
        #expect(throws: ModelError.self) { try settings.check() }
    }

    /// The heads of a network that normalises and clips at zero before its last convolution, as DenseNet decoders do.
    @Test func lastConvolutionAfterItsOwnActivation() throws {
        var graph = Graph(name: "heads")
        func value(_ name: String, _ shape: [Int], _ elements: [Float]? = nil) -> ValueID {
            graph.add(
                Value(
                    name: name, shape: shape.map(Dimension.known),
                    constant: elements.map { HostTensor($0, dimensions: shape) }))
        }
        let (channels, classes) = (12, 3)
        let input = value("f", [1, channels, 6, 10])
        let normalized = value("normalized", [1, channels, 6, 10])
        let active = value("active", [1, channels, 6, 10])
        let logits = value("logits", [1, classes, 6, 10])
        var random = SeededGenerator(label: "heads")
        func constants(_ name: String, _ shape: [Int], _ range: ClosedRange<Float> = -1...1) -> ValueID {
            value(
                name, shape, (0..<shape.reduce(1, *)).map { _ in Float.random(in: range, using: &random) })
        }
        let vectors = ["gain", "shift", "mean"].map { constants($0, [channels]) }
        graph.nodes = [
            Node(
                name: "norm", operation: .batchNormalization(epsilon: 1e-5),
                inputs: [input] + vectors + [constants("variance", [channels], 0.5...2)], outputs: [normalized]),
            Node(name: "relu", operation: .unary(.relu), inputs: [normalized], outputs: [active]),
            Node(
                name: "logits", operation: .convolution(Convolution(kernel: [1, 1])),
                inputs: [active, constants("weights", [classes, channels, 1, 1]), constants("bias", [classes])],
                outputs: [logits]),
        ]
        (graph.inputs, graph.outputs) = ([input], [logits])
        let last = try LastConvolution(of: "logits", in: graph)
        #expect(last.input == active && last.channels == channels && last.bias.count == classes)
        // What is no 1x1 convolution is named.
        graph.nodes[2].operation = .unary(.relu)
        do {
            _ = try LastConvolution(of: "logits", in: graph)
            Issue.record("a ReLU was taken for the last convolution")
        } catch {
            #expect(error.description.contains("Relu") && error.description.contains("1x1"))
        }
    }
}
