internal import ArgumentParser
internal import Benchmarking
internal import Perception

struct BenchMonitoring: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitoring",
        abstract: "What watching costs: trace, metrics file, control socket and counts on and off, in turns.",
        discussion: """
            On: counts, trace and metrics to files, and a client that asks the control socket once a second. One frame at a time.

            EXAMPLES
              densehybrid bench monitoring
              densehybrid bench monitoring --rounds 12 --frames 30 --json
            """)

    @Option(help: "Rounds, each with and without, in alternating order.")
    var rounds = 8

    @OptionGroup var options: BenchOptions
    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        guard 1...10_000 ~= rounds else { throw ValidationError("--rounds takes 1 or more, not \(rounds)") }
    }

    func run() throws {
        let settings = try model.settings()
        let own = settings.network.bundle.description.input.size
        let size = settings.size ?? NetworkSize(width: own[0], height: own[1])
        let frames = StoredFrames(syntheticWidth: size.width, height: size.height)
        try options.print(
            try MonitoringBenchmark(settings).run(
                frames, rounds: rounds, frames: options.frames, warmUp: options.warmUp))
    }
}
