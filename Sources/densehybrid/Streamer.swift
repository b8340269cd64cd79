internal import ArgumentParser
internal import Dispatch
internal import Foundation
internal import FrameIO
internal import Monitoring
internal import Perception
internal import Streaming
internal import WebView

/// Runs one stream for `run` and `replay`: opens, runs, prints, and ends with the exit code.
struct Streamer {
    let model: ModelOptions
    let options: StreamOptions
    let verb: String
    /// Whether the input is opened again when it ends.
    var reopens = false

    func run(_ input: String, selection: FrameSelection, pace: Pace) throws {
        let plan = try plan(selection: selection, pace: pace)
        if let target = plan.request.recording, RecordingSink.wouldOverwrite(input, at: target) {
            throw ValidationError("--mcap \(target) would be written over the input; name another file")
        }
        let interruption = Interruption()
        // Before the first read: a signal while waiting for the first bytes must end the program as well.
        let signals = StopRequests { interruption.request() }
        defer { withExtendedLifetime(signals) {} }
        let notifier = ServiceNotifier(environment: ProcessInfo.processInfo.environment)
        let quiet = options.quiet
        let recorders = try FlightRecorders(
            clips: plan.clips, worst: plan.worst, settings: plan.settings, stream: plan.stream
        ) { line in if !quiet { Console.error(line) } }
        let outcome = Result {
            try stream(
                input, into: plan.request, by: plan, interruption: interruption, observers: recorders.observers,
                notifier: notifier)
        }
        // Whatever became of the run: what the recorders hold goes to disk.
        let recorded = recorders.finish()
        if !quiet { for note in recorded.notes { Console.error(note) } }
        for failure in recorded.failures { Console.error("error: \(failure)") }
        try report(try outcome.get(), plan.gates, failed: !recorded.failures.isEmpty)
    }

    /// Reads all options and loads the model, before anything is opened.
    func plan(selection: FrameSelection, pace: Pace) throws -> StreamPlan {
        let gates = try Gates(options.failOn)
        let file = try model.file()
        var request = try options.outputRequest()
        if pace.isLive { request.decisions = options.decisions }
        let stream = try options.stream(file, pace: pace)
        let onCorrupt = try options.corruptPolicy(file)
        let access = try options.metrics.access()
        let inputOptions = try options.input.inputOptions()
        var settings = try model.settings()
        try options.regions.apply(to: &settings, file)
        if stream.onLate == .degrade { settings.ladder = try file.ladder(for: settings) }
        return StreamPlan(
            request: request, stream: stream, onCorrupt: onCorrupt, input: inputOptions,
            settings: settings, selection: selection, pace: pace, gates: gates,
            limits: try options.health.limits(file, budgetNanoseconds: stream.budgetNanoseconds),
            onStall: try options.health.stallPolicy(file), inspection: try file.inspectionLimits(),
            clips: try options.flight.clips(request.recordingOptions), worst: try options.flight.worstFrames(),
            access: access)
    }

    /// Streams one input to its end, or until it is interrupted. `notifier` is told how it goes.
    func stream(
        _ input: String, into request: OutputRequest, by plan: StreamPlan, interruption: Interruption,
        progress: RunProgress = RunProgress(), observers: [any FrameObserver] = [], notifier: ServiceNotifier? = nil
    ) throws -> RunResult {
        var request = request
        request.inputName = input
        let follows = plan.pace.isLive ? nil : try options.decisions.map { path in try DecisionsFile(path: path) }
        let (control, stop) = try interruption.begin()
        let messages = MessageSink(clock: { MonotonicTime.now() }) { line in Console.error("densehybrid: \(line)") }
        let reopened = reopens ? ReopenTally() : nil
        let health = HealthBoard(plan.limits, control: control, reopened: reopened)
        let response = StallResponse(plan.onStall, control: control, messages: messages) { reason in
            Console.error("error: \(reason)")
            // Files that are not finished keep their .partial names.
            _exit(1)
        }
        // Before the first read: a camera that does not come is a stall, too.
        let watch = HealthWatch(
            health, notifier: notifier, onStall: { event, report in response.take(event, report) })
        defer { watch.stop() }
        let diagnostics = try options.health.diagnostics(of: health, input: input)
        defer { diagnostics?.finish() }
        let opened = try open(input, plan.input, stop: stop, reopened: reopened, messages: messages)
        var source: any FrameSource = try SelectedSource(opened, plan.selection)
        if case .realtime(let rate) = plan.pace {
            source = try PacedSource(source, rate: rate, frameRate: plan.input.frameRate, stop: stop)
        }
        if !options.quiet { announce(source, input: input, stream: plan.stream, pace: plan.pace, plan.settings.ladder) }
        let ticker = options.quiet || !Console.isTerminal ? nil : Ticker(progress, total: source.properties.frameCount)
        defer { ticker?.stop() }
        var run = PerceptionRun(
            settings: plan.settings, outputs: request, stream: plan.stream, onCorrupt: plan.onCorrupt)
        run.follows = follows
        run.health = health
        run.inspection = plan.inspection
        run.onStall = plan.onStall
        let monitoring = try RunMonitoring(
            options.monitoring.request(),
            description: RunDescription(
                version: DenseHybrid.version, verb: verb, input: input, settings: plan.settings, stream: plan.stream),
            control: control, messages: messages)
        monitoring.monitor.show(health)
        run.observers += monitoring.observers + observers
        var result: RunResult
        do {
            defer { monitoring.finish() }
            let view = try plan.access.map { try LiveView($0, settings: plan.settings, monitor: monitoring.monitor) }
            if let view {
                run.observers += view.observers
                Console.error("web view: \(view.url)")
            }
            defer { view?.stop() }
            result = try run.run(source, control: control, messages: messages, progress: progress)
        }
        let missing = source.properties.missingFrames
        if missing > 0 && !options.quiet {
            Console.error("note: \(missing) frames are missing in the recording by its own count")
        }
        result.endedByStall = response.hasEnded
        return result
    }

    private func open(
        _ input: String, _ options: InputOptions, stop: StopSignal, reopened: ReopenTally?, messages: MessageSink
    ) throws -> any FrameSource {
        guard let reopened else { return try FrameInput.open(input, options: options, stop: stop) }
        return try ReopeningSource(input, options: options, tally: reopened, stop: stop) { line in
            messages.report(.source, line)
        }
    }

    private func announce(
        _ source: any FrameSource, input: String, stream: StreamConfiguration, pace: Pace, _ ladder: Ladder?
    ) {
        let properties = source.properties
        let clock = properties.hasCaptureTimes ? "capture" : "arrival"
        let budget = stream.budgetNanoseconds.map {
            ", budget \(Double($0) / 1e6) ms, late frames: \(stream.onLate.rawValue)"
        }
        Console.error(
            "\(input == "-" ? "standard input" : input): \(properties.format.name)"
                + (properties.topic.map { " topic \($0)" } ?? "") + ", clock=\(clock), "
                + "\(pace)queue \(stream.queue.rawValue) depth \(stream.queueDepth)\(budget ?? "")")
        if let ladder { Console.error("ladder: \(ladder.names.joined(separator: " > "))") }
        for note in properties.notes { Console.error("note: \(note)") }
    }

    private func report(_ result: RunResult, _ gates: Gates, failed: Bool) throws {
        let summary = RunSummary(result)
        if !options.quiet { Console.error(summary.table) }
        try write(summary: summary.json)
        let code = failed ? 1 : exitCode(of: result, gates)
        if code != 0 { throw ExitStatus(code: code) }
    }

    /// Writes `--summary`: aside and renamed, so that it is whole or absent.
    func write(summary json: String) throws {
        switch options.summary {
        case nil: break
        case "-"?: print(json)
        case let path?: try Data((json + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        }
    }

    /// The code of cli.md for a run; says why where it is not obvious.
    func exitCode(of result: RunResult, _ gates: Gates) -> Int32 {
        if let failure = result.outputFailure { Console.error("error: \(failure)") }
        var code = result.exitCode
        if !result.isFaithful, let path = options.decisions {
            Console.error(
                "error: the maps have digest \(result.digest), those of \(path) had \(result.followedDigest ?? ""): "
                    + "other frames, or another build")
        }
        if let expected = options.verify, code != 1, expected.lowercased() != result.digest {
            Console.error("error: the maps have digest \(result.digest), not \(expected)")
            code = 1
        }
        let tripped = gates.tripped(by: result)
        if code != 1, !tripped.isEmpty {
            Console.error("error: --fail-on: \(tripped.joined(separator: ", "))")
            code = 4
        }
        return code
    }
}

/// All that a run's options say, read once.
struct StreamPlan {
    let request: OutputRequest
    let stream: StreamConfiguration
    let onCorrupt: CorruptPolicy
    let input: InputOptions
    let settings: PerceptionSettings
    let selection: FrameSelection
    let pace: Pace
    let gates: Gates
    let limits: HealthLimits
    let onStall: StallPolicy?
    let inspection: InspectionLimits
    let clips: ClipRequest?
    let worst: WorstRequest?
    let access: WebAccess?
}

/// A progress line, four times a second.
final class Ticker {
    private let timer: any DispatchSourceTimer

    init(_ progress: RunProgress, total: Int?) {
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "densehybrid.progress"))
        let start = MonotonicTime.now()
        timer.setEventHandler {
            let seconds = Double(MonotonicTime.now() - start) / 1e9
            let done = progress.delivered + progress.lost
            let of = total.map { "/\($0)" } ?? ""
            let rate = String(format: "%.1f", Double(done) / max(seconds, 0.001))
            Console.progress("frame \(done)\(of), \(progress.lost) lost, \(rate) frames/s")
        }
        timer.schedule(deadline: .now() + 0.25, repeating: 0.25)
        timer.resume()
    }

    func stop() {
        timer.cancel()
        Console.clearProgress()
    }
}
