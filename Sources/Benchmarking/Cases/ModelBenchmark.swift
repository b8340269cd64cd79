internal import FrameIO
internal import Inference
internal import Kernels
internal import OpenSet
public import Perception

/// The model case: one network, step by step, then as backbone, heads and tail. No picture is decoded.
///
/// `network` is what engines mean by inference: normalised picture in, low-resolution logits out.
public final class ModelBenchmark {
    /// One step of the plan.
    public struct Step: Sendable, Encodable {
        /// `backbone` or `heads`.
        public let part: String
        /// The node in the model.
        public let name: String
        /// The kind of step.
        public let kind: String
        /// The kernel that was picked.
        public let kernel: String
        /// Extents of the result.
        public let output: [Int]
        /// Multiply-accumulates that the model asks for.
        public let macs: Int
        /// Median time.
        public let medianMs: Double
        /// Of the peak of the step's arithmetic; nil without multiply-accumulates. Above 1 where fewer are executed.
        public let shareOfPeak: Double?
    }

    /// What the case came to.
    public struct Report: BenchmarkReport {
        /// `model`.
        public let `case` = "model"
        /// The model's name.
        public let model: String
        /// SHA-256 of its file.
        public let modelDigest: String
        /// `fp32` or `int8`.
        public let precision: String
        /// The network's input, WxH.
        public let size: String
        /// Instruction set.
        public let isa: String
        /// Threads.
        public let threads: Int
        /// Timed frames.
        public let frames: Int
        /// Frames before them.
        public let warmUp: Int
        /// What the machine could do.
        public let peaks: MachinePeaks
        /// Every step, in order.
        public let steps: [Step]
        /// The sum of the steps' medians.
        public let sumOfStepsMs: Double
        /// Picture to pre-logits.
        public let backbone: SampleStatistics
        /// Pre-logits to logits.
        public let heads: SampleStatistics
        /// Both.
        public let network: SampleStatistics
        /// Logits to open-set map at the network's input size: score, threshold, fuse.
        public let tail: SampleStatistics
        /// The same without open-set recognition: upsampling and argmax, in the cheapest pass that this program has
        /// (labels and the greatest logit). What DenseHybrid adds is at most `tail` less this.
        public let argmaxAlone: SampleStatistics
        /// Bytes of arenas, constants and scratch, in 10^6.
        public let planMb: Double
        /// The process's memory.
        public let memory: ProcessMemory
    }

    private let settings: PerceptionSettings
    private let network: CompiledNetwork
    private let tail: TailRunner
    private let baseline: TailRunner
    private var image = ByteBuffer()
    private var preLogits = ByteBuffer()
    private var logits = ByteBuffer()
    private var outlierLogits = ByteBuffer()
    private let stepTimes: UnsafeMutablePointer<UInt64>

    /// Compiles the network of `settings`. Allocates everything that runs need.
    public init(_ settings: PerceptionSettings) throws(BenchmarkError) {
        self.settings = settings
        do {
            let input = settings.network.bundle.description.input
            let size = settings.size ?? NetworkSize(width: input.size[0], height: input.size[1])
            network = try settings.network.compile(
                size: size, kernels: settings.kernels, threads: settings.pool.threadCount)
            tail = try TailRunner(
                settings, network: network, score: settings.score, statistics: settings.statistics)
            baseline = try TailRunner(
                settings, network: network, score: try OutlierScore(argument: "max-logit"), decides: false)
        } catch {
            throw BenchmarkError("\(error)")
        }
        image.reserveExactly(network.image.byteCount)
        preLogits.reserveExactly(network.preLogits.byteCount)
        logits.reserveExactly(network.logits.byteCount)
        outlierLogits.reserveExactly(max(network.outlierLogits?.byteCount ?? 0, 64))
        SyntheticInput.fill(image.base, port: network.image)
        let steps = network.steps
        stepTimes = .allocate(capacity: max(steps.backbone.count + steps.heads.count, 1))
        stepTimes.initialize(repeating: 0, count: max(steps.backbone.count + steps.heads.count, 1))
    }

    deinit { stepTimes.deallocate() }

    /// Times of one pass over the network, in nanoseconds.
    struct Pass {
        let backbone: Int64
        let heads: Int64
        var network: Int64 { backbone + heads }
    }

    /// Picture to low-resolution logits once. Allocates nothing.
    func runNetwork() throws(BenchmarkError) -> Pass {
        let start = Clock.now()
        do throws(InferenceError) {
            try network.runBackbone(
                image: image.base, preLogits: preLogits.base, outlierLogits: outlierLogits.base, on: settings.pool,
                times: stepTimes)
            let middle = Clock.now()
            try network.runHeads(
                preLogits: preLogits.base, logits: logits.base,
                outlierLogits: network.outlierLogits == nil ? nil : outlierLogits.base, on: settings.pool,
                times: stepTimes + network.steps.backbone.count)
            return Pass(backbone: middle - start, heads: Clock.now() - middle)
        } catch {
            throw BenchmarkError("\(error)")
        }
    }

    /// Measures `frames` frames after `warmUp`. Blocks.
    public func run(frames: Int, warmUp: Int) throws(BenchmarkError) -> Report {
        let steps = network.steps
        let all = steps.backbone.map { ("backbone", $0) } + steps.heads.map { ("heads", $0) }
        var stepSamples = [[Int64]](repeating: [], count: all.count)
        var passes: [Pass] = []
        var tails: [Int64] = []
        var baselines: [Int64] = []
        for frame in 0..<warmUp + frames {
            let pass = try runNetwork()
            let (whole, alone) = (time(of: tail), time(of: baseline))
            if frame < warmUp { continue }
            passes.append(pass)
            tails.append(whole)
            baselines.append(alone)
            for index in all.indices { stepSamples[index].append(Int64(stepTimes[index])) }
        }
        // Before the peaks, whose measurement needs memory of its own.
        let processMemory = ProcessMemory.now()
        let peaks = MachinePeaks.measure(settings.kernels.instructionSet, on: settings.pool)
        let rows = zip(all, stepSamples).map { entry, samples in
            row(entry.0, entry.1, median: SampleStatistics(nanoseconds: samples).medianMs, peaks: peaks)
        }
        let memory = network.memory
        return Report(
            model: settings.network.bundle.description.name,
            modelDigest: settings.network.bundle.description.modelSHA256, precision: settings.precisionName,
            size: network.size.description, isa: settings.kernels.instructionSet.description,
            threads: settings.pool.threadCount, frames: frames, warmUp: warmUp, peaks: peaks, steps: rows,
            sumOfStepsMs: rows.reduce(0) { $0 + $1.medianMs },
            backbone: SampleStatistics(nanoseconds: passes.map(\.backbone)),
            heads: SampleStatistics(nanoseconds: passes.map(\.heads)),
            network: SampleStatistics(nanoseconds: passes.map(\.network)),
            tail: SampleStatistics(nanoseconds: tails), argmaxAlone: SampleStatistics(nanoseconds: baselines),
            planMb: Double(memory.arena + memory.constants + memory.scratch) / 1e6, memory: processMemory)
    }

    private func time(of runner: TailRunner) -> Int64 {
        let start = Clock.now()
        runner.run(
            logits: logits.base.assumingMemoryBound(to: Float.self),
            outlierLogits: network.outlierLogits == nil ? nil : outlierLogits.base.assumingMemoryBound(to: Float.self))
        return Clock.now() - start
    }

    private func row(_ part: String, _ step: StepDescription, median: Double, peaks: MachinePeaks) -> Step {
        let rate = step.isInt8 ? peaks.int8 : peaks.fp32
        let share = rate.map { Double(step.multiplyAccumulates) / (median * 1e6 * $0.gmacPerSecond) }
        return Step(
            part: part, name: step.name, kind: step.kind, kernel: step.kernel, output: step.output,
            macs: step.multiplyAccumulates, medianMs: median,
            shareOfPeak: step.multiplyAccumulates > 0 && median > 0 ? share : nil)
    }
}

extension StepDescription {
    /// Whether the step multiplies bytes.
    var isInt8: Bool { precision == .int8 }
}

extension PerceptionSettings {
    var precisionName: String { network.precision.rawValue }
}

extension ModelBenchmark.Report {
    /// Steps and sums.
    public var text: String {
        var table = TextTable([-10, -26, -22, -18, 10, 11, 9])
        table.add(["part", "kind", "kernel", "output", "MMAC", "median ms", "of peak"])
        for step in steps {
            table.add([
                step.part, step.kind, step.kernel, step.output.map(String.init).joined(separator: "x"),
                step.macs > 0 ? (Double(step.macs) / 1e6).digits(1) : "", step.medianMs.digits(3),
                step.shareOfPeak?.percent ?? "",
            ])
        }
        var sums = TextTable([-14, 12, 10, 10, 10])
        sums.add(["", "median ms", "min", "p95", "p99"])
        for (name, times) in [
            ("backbone", backbone), ("heads", heads), ("network", network), ("tail", tail),
            ("argmax alone", argmaxAlone),
        ] {
            sums.add([name] + times.cells)
        }
        return """
            \(model) \(precision) \(size), \(isa), \(threads) threads, \(frames) frames after \(warmUp)
            \(peaks.line)
            \(table.text)
            sum of the steps' medians: \(sumOfStepsMs.digits(3)) ms
            \(sums.text)
            plan \(planMb.digits(1)) MB, process \(memory.peakRssMb.digits(1)) MB at most
            """
    }
}
