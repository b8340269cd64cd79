internal import ArgumentParser
internal import FrameIO
internal import Perception
internal import Streaming

/// The frames that a calibration measures, as `calibrate ranges` and `calibrate statistics` take them.
struct CalibrationDrives: ParsableArguments {
    @Argument(
        help: "Drives or pictures: anything that 'run' reads, one after the other.", completion: .file())
    var inputs: [String]

    @Option(help: "Take one of this many frames of each input.")
    var every = 1

    @Option(help: "Most frames to take of each input.")
    var frames: Int?
}

/// Runs a calibration until it is done or somebody interrupts it.
struct CalibrationRun {
    let stop: StopSignal
    let control: PipelineControl
    let messages: MessageSink
    let isQuiet: Bool

    init(isQuiet: Bool) throws {
        let stop = try StopSignal()
        self.stop = stop
        control = PipelineControl { stop.stop() }
        messages = MessageSink(clock: { MonotonicTime.now() }) { line in Console.error("densehybrid: \(line)") }
        self.isQuiet = isQuiet
    }

    /// Runs `body` with signals caught. Half a calibration is none: an interrupted one ends the program with code 1.
    func untilInterrupted(_ body: () throws -> Void) throws {
        let signals = StopRequests { [control] in control.escalate() }
        defer { withExtendedLifetime(signals) {} }
        try body()
        if control.isEnding {
            Console.error("error: interrupted: nothing was written")
            throw ExitStatus(code: 1)
        }
    }

    /// Opens each input and shows progress while `body` measures it.
    func each(
        of inputs: [String], every: Int, frames: Int?, options: InputOptions,
        _ body: (SelectedSource, String, RunProgress) throws -> Void
    ) throws {
        var selection = FrameSelection()
        selection.every = every
        selection.frames = frames
        for input in inputs {
            let source = try SelectedSource(try FrameInput.open(input, options: options, stop: stop), selection)
            try showing(nil) { try body(source, input, $0) }
        }
    }

    /// Shows progress, of so many frames if that is known, while `body` runs.
    func showing(_ total: Int?, _ body: (RunProgress) throws -> Void) throws {
        let progress = RunProgress()
        let ticker = isQuiet || !Console.isTerminal ? nil : Ticker(progress, total: total)
        defer { ticker?.stop() }
        try body(progress)
    }

    /// What was asked for, as a shell takes it, for the file that is written.
    static var command: String {
        let plain = /[A-Za-z0-9_.\/,:=+@%-]+/
        let words = CommandLine.arguments.dropFirst().map { $0.wholeMatch(of: plain) == nil ? "'\($0)'" : $0 }
        return "densehybrid " + words.joined(separator: " ")
    }
}
