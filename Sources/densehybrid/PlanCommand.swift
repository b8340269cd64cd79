internal import ArgumentParser
internal import Benchmarking
internal import Foundation
internal import Perception

/// `densehybrid plan --budget-ms B`.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Measure this machine: which size and precision keep a latency budget.",
        discussion: """
            Runs the pipeline on frames from memory, one at a time, for sizes around the model's own and for every \
            precision that it has ranges for, and tells p50, p99 and the longest frame of each. What keeps the budget at \
            p99 fits. Ends with a pipeline file: the largest that fits, and a ladder of cheaper ones for times of load.

            Sizes larger than the model's own are measured only where its own fits. The load of other work is told, as it \
            makes everything look slower: measure on an idle machine, with your camera's frames (--input). Exit code 1 \
            where nothing fits.

            EXAMPLES
              densehybrid plan --budget-ms 100
              densehybrid plan --budget-ms 50 --input Pipelines/sample-drive --frames 200
              densehybrid plan --budget-ms 33 --frame-size 1280x720 --precision int8 --thread-counts 1,2 --json
              densehybrid plan --budget-ms 100 --write my-pipeline.yaml
            """)

    @Option(name: .customLong("budget-ms"), help: "Milliseconds from a frame's arrival to its delivery.")
    var budgetMilliseconds: Double

    @Option(help: "Picture, folder or stream; its first frames are kept in memory.", completion: .file())
    var input: String?

    @Option(
        name: .customLong("frame-size"), help: "Synthetic rgb24 frames as WxH (default: the model's input size).")
    var frameSize: String?

    @Option(name: .customLong("thread-counts"), help: "Numbers of threads to compare, such as 1,2,4.")
    var threadCounts: String?

    @Option(help: "Timed frames of each candidate; below 100 the p99 is the longest.")
    var frames = 100

    @Option(name: .customLong("warm-up"), help: "Frames before them.")
    var warmUp = 5

    @Option(help: "Write the pipeline file there, where something fits.", completion: .file())
    var write: String?

    @Flag(help: "JSON instead of a table.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress.")
    var quiet = false

    @OptionGroup(title: "Model") var model: ModelOptions

    func validate() throws {
        guard budgetMilliseconds > 0, budgetMilliseconds < 3_600_000 else {
            throw ValidationError("--budget-ms takes milliseconds above 0")
        }
        guard 1...1_000_000 ~= frames else { throw ValidationError("--frames takes 1 or more, not \(frames)") }
        guard 0...1_000_000 ~= warmUp else { throw ValidationError("--warm-up takes 0 or more, not \(warmUp)") }
    }

    func run() throws {
        let (variants, notes) = try variants()
        let frames = try StoredFrames(input: input, frameSize: frameSize, settings: variants[0])
        var plan = BudgetPlan(budgetMilliseconds: budgetMilliseconds, frames: self.frames, warmUp: warmUp)
        plan.choices = try model.choices()
        let report = try plan.run(variants, input: frames, notes: notes) { line in
            if !quiet { Console.error("densehybrid: \(line)") }
        }
        print(json ? try report.json() : report.text)
        guard let file = report.pipelineFile else {
            Console.error("error: nothing keeps \(budgetMilliseconds) ms here; see the table")
            throw ExitStatus(code: 1)
        }
        if let write { try Data(file.utf8).write(to: URL(fileURLWithPath: write), options: .atomic) }
    }

    /// The model in every precision and number of threads that is asked for.
    private func variants() throws -> (settings: [PerceptionSettings], notes: [String]) {
        var (found, notes): ([PerceptionSettings], [String]) = ([], [])
        for threads in try counts() {
            for precision in model.precision.map({ [$0] }) ?? ["fp32", "int8"] {
                do {
                    found.append(
                        try model.settings(
                            needsThreshold: false, fixedPrecision: precision, fixedThreads: threads))
                } catch let error as ModelError where precision == "int8" && model.precision == nil {
                    if notes.isEmpty { notes.append("int8 is not measured: \(error)") }
                }
            }
        }
        return (found, notes)
    }

    private func counts() throws -> [Int?] {
        guard let threadCounts else { return [nil] }
        return try threadCounts.split(separator: ",", omittingEmptySubsequences: false).map { text in
            guard let count = Int(text), 1...256 ~= count else {
                throw ValidationError("--thread-counts takes 1 to 256, such as 1,2,4, not '\(threadCounts)'")
            }
            return count
        }
    }
}
