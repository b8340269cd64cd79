internal import ArgumentParser
internal import Benchmarking
internal import Foundation
internal import Kernels
internal import OpenSet
internal import Perception

/// `densehybrid bench kernels|model|scores|pipeline|monitoring`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this machine: kernels, a network step by step, the whole pipeline, what monitoring costs.",
        discussion: """
            Medians, minima, percentiles, and shares of the peak that is measured in the same process. A share above \
            100 % means that the kernel needs fewer multiply-accumulates than the model asks for (Winograd).

            EXAMPLES
              densehybrid bench kernels --isa avx2
              densehybrid bench model --model my-model/ --size 2048x1024 --json
              densehybrid bench scores
              densehybrid bench pipeline --input Pipelines/sample-drive --frames 50
            """,
        subcommands: [
            BenchKernels.self, BenchModel.self, BenchScores.self, BenchPipeline.self, BenchMonitoring.self,
        ])
}

/// How long a case is measured, and how it is told.
struct BenchOptions: ParsableArguments {
    @Option(help: "Frames (or runs of a kernel) that are timed.")
    var frames = 20

    @Option(name: .customLong("warm-up"), help: "Frames before them.")
    var warmUp = 3

    @Flag(help: "JSON instead of a table.")
    var json = false

    func validate() throws {
        guard 1...1_000_000 ~= frames else { throw ValidationError("--frames takes 1 or more, not \(frames)") }
        guard 0...1_000_000 ~= warmUp else { throw ValidationError("--warm-up takes 0 or more, not \(warmUp)") }
    }

    func print(_ report: some BenchmarkReport) throws {
        Swift.print(json ? try report.json() : report.text)
    }
}

struct BenchKernels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Single convolutions on every instruction set that this processor has.",
        discussion: """
            EXAMPLES
              densehybrid bench kernels
              densehybrid bench kernels --isa avx512 --threads 1 --json
            """)

    @Option(help: "Only this instruction set (default: all that run here and have kernels).")
    var isa: String?

    @Option(help: "Threads (default: all processors).")
    var threads: Int?

    @Flag(help: "Two small convolutions only.")
    var quick = false

    @OptionGroup var options: BenchOptions

    func run() throws {
        let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        guard 1...256 ~= threads else { throw ValidationError("--threads takes 1 to 256, not \(threads)") }
        let benchmark = KernelBenchmark(
            shapes: quick ? ConvolutionShape.small : ConvolutionShape.all, pool: WorkerPool(threads: threads))
        try options.print(try benchmark.run(sets: try sets(), frames: options.frames, warmUp: options.warmUp))
    }

    /// Plain C is left out unless it is asked for: it would take minutes.
    private func sets() throws -> [InstructionSet] {
        guard let isa else {
            return InstructionSet.allCases.filter { $0.isSupported && (quick || $0 != .scalar) }
        }
        do {
            return [try InstructionSet(argument: isa)]
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

struct BenchModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "One network step by step: kernel, time, share of peak; and its tail.",
        discussion: """
            No picture is decoded: the input is a normalised picture that is ready, the output low-resolution logits.

            EXAMPLES
              densehybrid bench model
              densehybrid bench model --model my-model/ --size 2048x1024 --threads 2 --json
            """)

    @Flag(help: "Measure on demand: answer each line 'run N' on standard input with the times of N frames.")
    var interactive = false

    @OptionGroup var options: BenchOptions
    @OptionGroup(title: "Model") var model: ModelOptions

    func run() throws {
        let settings = try model.settings(needsThreshold: false)
        if interactive {
            try Interactive.serve(try NetworkRunner(settings), settings: settings) { Console.output($0) }
        } else {
            try options.print(try ModelBenchmark(settings).run(frames: options.frames, warmUp: options.warmUp))
        }
    }
}

struct BenchScores: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scores", abstract: "What each outlier score costs, from logits to open-set map.",
        discussion: """
            The network runs once, on blocks of colour; then all scores that the model has what it takes for are timed in \
            turns, without their network. --score is not looked at.

            EXAMPLES
              densehybrid bench scores
              densehybrid bench scores --size 2048x1024 --threads 1 --json
            """)

    @OptionGroup var options: BenchOptions
    @OptionGroup(title: "Model") var model: ModelOptions

    func run() throws {
        let settings = try model.settings(needsThreshold: false)
        let network = settings.network
        let benchmark = try ScoreBenchmark(settings) { score in
            try network.bundle.statistics(for: score, precision: network.precision, size: settings.size)?
                .statistics
        }
        try options.print(benchmark.run(frames: options.frames, warmUp: options.warmUp))
    }
}

struct BenchPipeline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "The whole pipeline on frames from memory: latency by stage, throughput.",
        discussion: """
            EXAMPLES
              densehybrid bench pipeline --input Pipelines/sample-drive
              densehybrid bench pipeline --frame-size 2048x1024 --size 2048x1024 --json
            """)

    @Option(help: "Picture, folder or stream; its first frames are kept in memory (default: synthetic rgb24 frames).")
    var input: String?

    @Option(name: .customLong("frame-size"), help: "Synthetic frames as WxH (default: the network's input size).")
    var frameSize: String?

    @Flag(help: "Measure on demand: answer each line 'run N' on standard input with the times of N frames.")
    var interactive = false

    @OptionGroup var options: BenchOptions
    @OptionGroup(title: "Model") var model: ModelOptions

    func run() throws {
        let settings = try model.settings()
        let frames = try StoredFrames(input: input, frameSize: frameSize, settings: settings)
        let benchmark = PipelineBenchmark(settings)
        if interactive {
            try Interactive.serve(benchmark, input: frames, settings: settings) { Console.output($0) }
        } else {
            try options.print(try benchmark.run(frames, frames: options.frames, warmUp: options.warmUp))
        }
    }
}

extension StoredFrames {
    /// The frames of `--input`, else synthetic ones of `--frame-size` or the network's own size.
    convenience init(input: String?, frameSize: String?, settings: PerceptionSettings) throws {
        if let input {
            guard frameSize == nil else { throw ValidationError("name either --input or --frame-size") }
            try self.init(contentsOf: input, limit: 32)
            return
        }
        let own = settings.network.bundle.description.input.size
        var size = settings.size ?? NetworkSize(width: own[0], height: own[1])
        if let frameSize {
            guard let wanted = NetworkSize(argument: frameSize) else {
                throw ValidationError("--frame-size takes WIDTHxHEIGHT, for instance 1024x512, not '\(frameSize)'")
            }
            size = wanted
        }
        self.init(syntheticWidth: size.width, height: size.height)
    }
}
