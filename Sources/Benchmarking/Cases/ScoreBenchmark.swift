internal import FrameIO
internal import Inference
internal import Kernels
public import OpenSet
public import Perception

/// The score case: the tail of one network with every outlier score, at the network's input size. No network time is
/// in it: logits are computed once.
///
/// All scores take turns frame by frame, so that what disturbs the machine disturbs all of them.
public final class ScoreBenchmark {
    /// One score.
    public struct Row: Sendable, Encodable {
        /// Its name.
        public let score: String
        /// Logits to open-set map: score, threshold, fuse.
        public let time: SampleStatistics
        /// The median less that of upsampling and argmax alone.
        public let overArgmaxMs: Double
    }

    /// A score that this model cannot compute.
    public struct Omission: Sendable, Encodable {
        /// Its name.
        public let score: String
        /// What is missing.
        public let reason: String
    }

    /// What the case came to.
    public struct Report: BenchmarkReport {
        /// `scores`.
        public let `case` = "scores"
        /// The model's name.
        public let model: String
        /// The network's input and the map's size, WxH.
        public let size: String
        /// Instruction set.
        public let isa: String
        /// Threads.
        public let threads: Int
        /// Timed frames.
        public let frames: Int
        /// Frames before them.
        public let warmUp: Int
        /// Upsampling and argmax, in the cheapest pass that this program has, without a decision.
        public let argmaxAlone: SampleStatistics
        /// One row per score.
        public let rows: [Row]
        /// What was left out.
        public let omitted: [Omission]
    }

    private let settings: PerceptionSettings
    private let network: CompiledNetwork
    private let baseline: TailRunner
    private var runners: [(name: String, tail: TailRunner)] = []
    private var omitted: [Omission] = []
    private var logits = ByteBuffer()
    private var outlierLogits = ByteBuffer()

    /// Compiles the network of `settings` and runs it once on blocks of colour. Allocates everything that runs need.
    ///
    /// `statistics` gives a score its statistics; its error says why the score is left out.
    public init(
        _ settings: PerceptionSettings, scores: [OutlierScore] = OutlierScore.all,
        statistics: (OutlierScore) throws -> ScoreStatistics?
    ) throws(BenchmarkError) {
        self.settings = settings
        do {
            let input = settings.network.bundle.description.input
            let size = settings.size ?? NetworkSize(width: input.size[0], height: input.size[1])
            network = try settings.network.compile(
                size: size, kernels: settings.kernels, threads: settings.pool.threadCount)
            baseline = try TailRunner(settings, network: network, score: .maximumLogit, decides: false)
        } catch {
            throw BenchmarkError("\(error)")
        }
        for score in scores {
            do {
                let tail = try TailRunner(settings, network: network, score: score, statistics: try statistics(score))
                runners.append((score.name, tail))
            } catch {
                omitted.append(Omission(score: score.name, reason: "\(error)"))
            }
        }
        try computeLogits()
    }

    /// Logits of a picture in blocks: classes come in patches as in a scene, not pixel by pixel as of noise.
    private func computeLogits() throws(BenchmarkError) {
        var image = ByteBuffer(), preLogits = ByteBuffer()
        image.reserveExactly(network.image.byteCount)
        preLogits.reserveExactly(network.preLogits.byteCount)
        logits.reserveExactly(network.logits.byteCount)
        outlierLogits.reserveExactly(max(network.outlierLogits?.byteCount ?? 0, 64))
        SyntheticInput.fillBlocks(image.base, width: network.size.width, height: network.size.height)
        do throws(InferenceError) {
            try network.runBackbone(
                image: image.base, preLogits: preLogits.base, outlierLogits: outlierLogits.base, on: settings.pool)
            try network.runHeads(
                preLogits: preLogits.base, logits: logits.base,
                outlierLogits: network.outlierLogits == nil ? nil : outlierLogits.base, on: settings.pool)
        } catch {
            throw BenchmarkError("\(error)")
        }
    }

    /// Measures `frames` frames after `warmUp`. Blocks.
    public func run(frames: Int, warmUp: Int) -> Report {
        var samples = [[Int64]](repeating: [], count: runners.count)
        var alone: [Int64] = []
        for frame in 0..<warmUp + frames {
            let argmax = time(of: baseline)
            let times = runners.map { time(of: $0.tail) }
            if frame < warmUp { continue }
            alone.append(argmax)
            for index in times.indices { samples[index].append(times[index]) }
        }
        let argmaxAlone = SampleStatistics(nanoseconds: alone)
        return Report(
            model: settings.network.bundle.description.name, size: network.size.description,
            isa: settings.kernels.instructionSet.description, threads: settings.pool.threadCount, frames: frames,
            warmUp: warmUp, argmaxAlone: argmaxAlone,
            rows: zip(runners, samples).map { runner, times in
                let time = SampleStatistics(nanoseconds: times)
                return Row(score: runner.name, time: time, overArgmaxMs: time.medianMs - argmaxAlone.medianMs)
            },
            omitted: omitted)
    }

    private func time(of runner: TailRunner) -> Int64 {
        let start = Clock.now()
        runner.run(
            logits: logits.base.assumingMemoryBound(to: Float.self),
            outlierLogits: network.outlierLogits == nil ? nil : outlierLogits.base.assumingMemoryBound(to: Float.self))
        return Clock.now() - start
    }
}

extension ScoreBenchmark.Report {
    /// A line per score.
    public var text: String {
        var table = TextTable([-16, 12, 10, 10, 10, 14])
        table.add(["score"] + SampleStatistics.heads + ["over argmax"])
        table.add(["argmax alone"] + argmaxAlone.cells + [""])
        for row in rows { table.add([row.score] + row.time.cells + [row.overArgmaxMs.digits(3)]) }
        let left = omitted.map { "\nleft out: \($0.reason)" }.joined()
        return
            "tail of \(model) at \(size), \(isa), \(threads) threads, \(frames) frames after \(warmUp)\n\(table.text)\(left)"
    }
}
