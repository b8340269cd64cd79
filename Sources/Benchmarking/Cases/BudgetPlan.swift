internal import Foundation
internal import FrameIO
internal import Kernels
public import Perception

/// What `plan` measures: which network sizes, precisions and thread counts deliver a frame within a budget here.
///
/// Frames go one at a time through the whole pipeline, from memory, as from a camera that is slower than the pipeline:
/// arrival to delivery, maps made and not written.
public struct BudgetPlan {
    /// What a candidate came to.
    public struct Candidate: Sendable, Encodable {
        /// The network's input, WxH.
        public let size: String
        /// `fp32` or `int8`.
        public let precision: String
        /// Threads.
        public let threads: Int
        /// Arrival to delivery.
        public let frame: SampleStatistics
        /// The longest frame, in ms.
        public let maxMs: Double
        /// The share of the machine's processors that other work took meanwhile; nil where the system does not tell.
        public let otherLoad: Double?
        /// Whether 99 of 100 frames keep the budget.
        public let fits: Bool

        var pixels: Int { NetworkSize(argument: size).map { $0.width * $0.height } ?? 0 }
    }

    /// All candidates, and the choice among them.
    public struct Report: BenchmarkReport {
        /// `plan`.
        public let `case` = "plan"
        /// Milliseconds from arrival to delivery.
        public let budgetMs: Double
        /// The model's name.
        public let model: String
        /// What comes in.
        public let input: String
        /// Instruction set.
        public let isa: String
        /// Processors of this machine.
        public let processors: Int
        /// In the order of measurement.
        public let candidates: [Candidate]
        /// The largest size that fits, in fp32 where that fits; nil where nothing does.
        public let best: Candidate?
        /// What could not be measured, and why.
        public let notes: [String]
        /// A pipeline file for the best candidate; nil where nothing fits.
        public let pipelineFile: String?
    }

    /// Milliseconds from arrival to delivery.
    public var budgetMilliseconds: Double
    /// Timed frames of each candidate.
    public var frames: Int
    /// Frames before them.
    public var warmUp: Int
    /// What was chosen for all candidates and belongs into the pipeline file: keys, and values as YAML writes them.
    public var choices: [(key: String, value: String)] = []

    /// A plan; see the properties.
    public init(budgetMilliseconds: Double, frames: Int, warmUp: Int) {
        self.budgetMilliseconds = budgetMilliseconds
        self.frames = frames
        self.warmUp = warmUp
    }

    /// Measures each variant (a precision and a number of threads) at the sizes that are worth it: its own where it has
    /// one, else those around the model's, larger ones only where the model's own fits. `progress` gets a line before
    /// each. Blocks for `frames` frames of each.
    public func run(
        _ variants: [PerceptionSettings], input: StoredFrames, notes: [String] = [], progress: (String) -> Void
    ) throws(BenchmarkError) -> Report {
        guard let first = variants.first else { throw BenchmarkError("there is nothing to measure") }
        var measured: [Candidate] = []
        for variant in variants {
            let (own, smaller, larger) = sizes(of: variant, input)
            func measure(_ size: NetworkSize) throws(BenchmarkError) -> Candidate {
                progress("\(size) \(variant.precisionName), \(variant.pool.threadCount) threads")
                return try candidate(variant.with(size: size), input)
            }
            var fits = try measure(own)
            measured.append(fits)
            for size in larger where fits.fits {
                fits = try measure(size)
                measured.append(fits)
            }
            for size in smaller { measured.append(try measure(size)) }
        }
        let best = Self.best(measured)
        return Report(
            budgetMs: budgetMilliseconds, model: first.network.bundle.description.name, input: input.summary,
            isa: first.kernels.instructionSet.description, processors: Self.processors, candidates: measured,
            best: best,
            notes: notes,
            pipelineFile: best.map {
                PlannedPipeline(budgetMilliseconds, best: $0, among: measured, choices: choices).yaml
            })
    }

    /// The model's own size for these frames, what is smaller, and what is larger; the nearest first.
    private func sizes(
        of settings: PerceptionSettings, _ input: StoredFrames
    ) -> (own: NetworkSize, smaller: [NetworkSize], larger: [NetworkSize]) {
        let (width, height) = input.frameSize
        if let only = settings.size ?? settings.network.fixedSize { return (only, [], []) }
        let model = settings.network.bundle.description.input
        func size(_ factor: Double) -> NetworkSize {
            let steps = max(1, Int((Double(model.size[0]) * factor / Double(model.sizeMultiple)).rounded()))
            return .fitting(
                frameWidth: width, frameHeight: height, defaultWidth: steps * model.sizeMultiple,
                multiple: model.sizeMultiple)
        }
        return (size(1), [size(0.75), size(0.5)], [size(1.5), size(2)])
    }

    private func candidate(_ settings: PerceptionSettings, _ input: StoredFrames) throws(BenchmarkError) -> Candidate {
        let before = MachineLoad()
        let (records, size) = try PipelineBenchmark(settings)
            .stream(input, frames: frames + warmUp, isAlone: true)
        let after = MachineLoad()
        let times = records.dropFirst(warmUp).map(\.totalNanoseconds)
        let statistics = SampleStatistics(nanoseconds: times)
        var others: Double?
        if let before, let after { others = after.others(since: before, processors: Self.processors) }
        return Candidate(
            size: size?.description ?? "", precision: settings.precisionName, threads: settings.pool.threadCount,
            frame: statistics, maxMs: Double(times.max() ?? 0) / 1e6, otherLoad: others,
            fits: statistics.n > 0 && statistics.p99Ms <= budgetMilliseconds)
    }

    /// The most pixels first; of equal ones fp32, and then fewer threads, as they leave more to others.
    static func best(_ candidates: [Candidate]) -> Candidate? {
        candidates.filter(\.fits).max { left, right in
            (left.pixels, left.precision == "fp32" ? 1 : 0, -left.threads)
                < (right.pixels, right.precision == "fp32" ? 1 : 0, -right.threads)
        }
    }

    private static var processors: Int { ProcessInfo.processInfo.processorCount }
}

extension PerceptionSettings {
    /// The same with another input size of the network.
    fileprivate func with(size: NetworkSize) -> PerceptionSettings {
        PerceptionSettings(
            network: network, kernels: kernels, pool: pool, score: score, statistics: statistics,
            scoreResolution: scoreResolution, threshold: threshold, size: size)
    }
}
