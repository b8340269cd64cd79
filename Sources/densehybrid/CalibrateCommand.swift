internal import ArgumentParser
internal import FrameIO
internal import Perception
internal import Streaming

/// `densehybrid calibrate`.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Measure what a model's runs rely on: thresholds, statistics of scores, ranges for int8.",
        discussion: """
            EXAMPLES
              densehybrid calibrate ranges Pipelines/sample-drive --every 4
              densehybrid calibrate statistics Pipelines/sample-drive --every 4
              densehybrid calibrate threshold day/ --every 10 --fpr 1
            """,
        subcommands: [RangesCommand.self, StatisticsCommand.self, ThresholdCommand.self])
}

/// `densehybrid calibrate ranges FRAMES…`.
struct RangesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ranges", abstract: "Measure the ranges of a network's values on frames of drives, for int8.",
        discussion: """
            Runs the network in fp32 and writes minimum, maximum and mean of every value and channel to int8-ranges.yaml \
            in the model's folder. Then compares int8 with fp32 on a few of the frames, and lists the nodes that stay in \
            fp32 (--agreement). Take frames as the camera will see them (a few dozen that differ are enough), and never \
            from a set whose metrics you report.

            EXAMPLES
              densehybrid calibrate ranges Pipelines/sample-drive --every 4
              densehybrid calibrate ranges day/ night.y4m --frames 50 --model my-model/
            """)

    @Argument(
        help: "Drives or pictures: anything that 'run' reads, one after the other.", completion: .file())
    var inputs: [String]

    @Option(help: "Take one of this many frames of each input.")
    var every = 1

    @Option(help: "Most frames to take of each input.")
    var frames: Int?

    @Option(help: "Percent of labels that must equal fp32's; nodes that cost too much stay in fp32. 0: all in int8.")
    var agreement = 99.5

    @Option(help: "File to write (default: int8-ranges.yaml in the model's folder).")
    var output: String?

    @Flag(name: .shortAndLong, help: "No progress.")
    var quiet = false

    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Stream") var options: InputArguments

    func run() throws {
        guard 0...100 ~= agreement else { throw ValidationError("--agreement takes 0 to 100, not \(agreement)") }
        let settings = try model.settings(needsThreshold: false, needsStatistics: false, fixedPrecision: "fp32")
        let inputOptions = try options.inputOptions()
        let stop = try StopSignal()
        let control = PipelineControl { stop.stop() }
        let signals = StopRequests { control.escalate() }
        defer { withExtendedLifetime(signals) {} }
        let messages = MessageSink(clock: { MonotonicTime.now() }) { line in Console.error("densehybrid: \(line)") }
        let calibration = RangeCalibration(settings: settings)
        var selection = FrameSelection()
        selection.every = every
        selection.frames = frames
        for input in inputs {
            let source = try SelectedSource(
                try FrameInput.open(input, options: inputOptions, stop: stop), selection)
            let progress = RunProgress()
            let ticker = quiet || !Console.isTerminal ? nil : Ticker(progress, total: nil)
            defer { ticker?.stop() }
            try calibration.add(source, control: control, messages: messages, progress: progress)
        }
        // Half a calibration is none: an interrupted one writes nothing.
        if control.isEnding {
            Console.error("error: interrupted: nothing was written")
            throw ExitStatus(code: 1)
        }
        let result = try calibration.result(command: command, agreement: agreement / 100) { line in
            if quiet { return }
            if Console.isTerminal { Console.progress(line) } else if line.hasPrefix("labels") { Console.error(line) }
        }
        if !quiet && Console.isTerminal { Console.error("") }
        let path = output ?? settings.network.bundle.directory + "/" + RangesFile.name
        try result.write(to: path)
        if !quiet {
            Console.error("\(path): \(result.valueCount) values, \(result.frames) frames")
        }
    }

    /// What was asked for, for the file.
    private var command: String {
        var words = ["densehybrid calibrate ranges"] + inputs
        if every != 1 { words.append("--every \(every)") }
        if let frames { words.append("--frames \(frames)") }
        words.append("--agreement \(agreement)")
        if let size = model.size { words.append("--size \(size)") }
        return words.joined(separator: " ")
    }
}
