internal import ArgumentParser
internal import Foundation
internal import FrameIO
internal import Perception
internal import Streaming

/// Options of the verbs that stream frames.
struct StreamOptions: ParsableArguments {
    @OptionGroup var input: InputArguments

    @Option(help: "Open-set maps (uint8; K = unknown, 255 = invalid): PATH, DIR/ or -.", completion: .file())
    var openset: String?

    @Option(help: "Closed-set label maps: PATH, DIR/ or -.", completion: .file())
    var labels: String?

    @Option(name: .customLong("score-map"), help: "Float score maps: PATH, DIR/ or -.", completion: .file())
    var scoreMap: String?

    @Option(help: "Pictures for people: PATH, DIR/ or -.", completion: .file())
    var overlay: String?

    @Option(help: "Format where the ending does not tell: pgm, png, raw, y4m, mjpeg, npy.")
    var format: String?

    @Option(help: "JSON lines, one object a frame: PATH or -.", completion: .file())
    var meta: String?

    @OptionGroup var regions: RegionArguments

    @OptionGroup var recording: RecordingArguments

    @OptionGroup var monitoring: MonitoringArguments

    @OptionGroup var flight: FlightArguments

    @OptionGroup var metrics: MetricsArguments

    @Option(
        name: .customLong("frame-times"), help: "CSV of stage times, one line a frame: PATH or -.",
        completion: .file())
    var frameTimes: String?

    @Option(help: "The run's summary as JSON: PATH or -.", completion: .file())
    var summary: String?

    @Option(help: "key=value progress blocks about once a second: descriptor number, PATH or -.")
    var progress: String?

    @Option(help: "SHA-256 that all open-set maps together must have; another one is a failure.")
    var verify: String?

    @Option(name: .customLong("budget-ms"), help: "Milliseconds from arrival to delivery.")
    var budgetMilliseconds: Double?

    @Option(
        name: .customLong("on-late"),
        help: "drop (before the backbone), degrade (by the ladder of the pipeline file), or finish.")
    var onLate: String?

    @Option(
        help: """
            What was decided for each frame, as JSON lines: written by run and by replay at a recorded pace, followed by \
            replay --pace none, which gives the same maps again.
            """)
    var decisions: String?

    @Option(help: "When frames come faster than they are processed: block, drop-oldest, drop-newest, latest, fail.")
    var queue: String?

    @Option(name: .customLong("on-corrupt"), help: "skip, hold (write the last maps again), or fail.")
    var onCorrupt: String?

    @OptionGroup var health: HealthArguments

    @Option(
        name: .customLong("fail-on"),
        help: "Exit with 4 if frames were late or dropped, or input or output stale: a list of late, drop, stale.")
    var failOn: [String] = []

    @Option(help: "Delivered frames at the start that statistics leave out.")
    var warmup = 3

    @Flag(name: .shortAndLong, help: "No table, no progress; errors only.")
    var quiet = false

    func outputRequest() throws -> OutputRequest {
        var request = OutputRequest()
        request.openSet = openset
        request.labels = labels
        request.scoreMap = scoreMap
        request.overlay = overlay
        request.meta = meta
        request.frameTimes = frameTimes
        request.progress = progress
        request.recording = recording.mcap
        request.recordingOptions = try recording.options()
        request.format = try format.map { name in
            guard let format = OutputFormat(name: name) else {
                throw ValidationError("--format takes pgm, png, raw, y4m, mjpeg or npy, not '\(name)'")
            }
            return format
        }
        let others = [summary, monitoring.trace, health.diagnostics].count { $0 == "-" }
        guard request.standardOutputCount + others <= 1 else {
            throw ValidationError("only one output can go to standard output (-)")
        }
        return request
    }

    func stream(_ file: PipelineFile, pace: Pace) throws -> StreamConfiguration {
        try pace.check(queue: queue, onLate: onLate)
        let budget = budgetMilliseconds ?? file.budgetMilliseconds
        let policy = pace.queue(option: queue, file: file.queue, hasBudget: budget != nil)
        guard let queue = QueuePolicy(rawValue: policy) else {
            let names = QueuePolicy.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--queue takes one of \(names), not '\(policy)'")
        }
        let late = pace.onLate(option: onLate, file: file.onLate)
        guard let onLate = LatePolicy(rawValue: late) else {
            throw ValidationError("--on-late takes drop, degrade or finish, not '\(late)'")
        }
        if let budget, !(budget > 0 && budget < 3_600_000) {
            throw ValidationError("--budget-ms takes milliseconds above 0")
        }
        if onLate == .degrade && budget == nil {
            throw ValidationError("--on-late degrade needs --budget-ms: without a budget no frame is late")
        }
        return StreamConfiguration(
            queue: queue, budgetNanoseconds: budget.map { Int64($0 * 1_000_000) }, onLate: onLate,
            warmupFrames: max(0, warmup))
    }

    func corruptPolicy(_ file: PipelineFile) throws -> CorruptPolicy {
        let name = onCorrupt ?? file.onCorrupt ?? "skip"
        guard let policy = CorruptPolicy(rawValue: name) else {
            throw ValidationError("--on-corrupt takes skip, hold or fail, not '\(name)'")
        }
        return policy
    }
}
