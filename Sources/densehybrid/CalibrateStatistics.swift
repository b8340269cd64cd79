internal import ArgumentParser
internal import FrameIO
internal import Perception
internal import Streaming

/// `densehybrid calibrate statistics FRAMES…`.
struct StatisticsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statistics", abstract: "Measure on inlier frames what some scores must know beforehand.",
        discussion: """
            Runs the network and writes to statistics.yaml in the model's folder: mean and deviation of the maximum logit of \
            each predicted class (for sml), a percentile of the activations before the last convolution (for react), means \
            and covariance of the pre-logits features (for mahalanobis and energy-neco). Labels are the network's own, so \
            plain drives will do: frames as the camera will see them, with nothing unknown in them, some hundred that differ, \
            never from a set whose metrics you report. Scores that need no statistics do not read the file.

            EXAMPLES
              densehybrid calibrate statistics Pipelines/sample-drive --every 4
              densehybrid calibrate statistics day/ night.y4m --frames 200 --model my-model/ --set "two drives of May"
            """)

    @Argument(
        help: "Drives or pictures: anything that 'run' reads, one after the other.", completion: .file())
    var inputs: [String]

    @Option(help: "Take one of this many frames of each input.")
    var every = 1

    @Option(help: "Most frames to take of each input.")
    var frames: Int?

    @Option(help: "What the frames are, in words, for the file (default: the inputs).")
    var set: String?

    @Option(help: "Percentile of the activations at which react cuts.")
    var percentile = 90.0

    @Option(help: "Principal directions of energy-neco, at most half of the channels.")
    var components = 16

    @Option(name: .customLong("neco-weight"), help: "Weight of energy-neco's ratio; its energy has the rest of 1.")
    var weight = 0.6

    @Option(help: "File to write (default: statistics.yaml in the model's folder).")
    var output: String?

    @Flag(name: .shortAndLong, help: "No progress.")
    var quiet = false

    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Stream") var options: InputArguments

    func run() throws {
        guard 0...100 ~= percentile else { throw ValidationError("--percentile takes 0 to 100, not \(percentile)") }
        guard components >= 1 else { throw ValidationError("--components takes 1 or more, not \(components)") }
        guard 0...1 ~= weight else { throw ValidationError("--neco-weight takes 0 to 1, not \(weight)") }
        let settings = try model.settings(needsThreshold: false, needsStatistics: false)
        let inputOptions = try options.inputOptions()
        let stop = try StopSignal()
        let control = PipelineControl { stop.stop() }
        let signals = StopRequests { control.escalate() }
        defer { withExtendedLifetime(signals) {} }
        let messages = MessageSink(clock: { MonotonicTime.now() }) { line in Console.error("densehybrid: \(line)") }
        var choices = StatisticsCalibration.Choices()
        choices.percentile = percentile
        choices.components = components
        choices.weight = weight
        let calibration = try StatisticsCalibration(settings: settings, choices: choices)
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
        let result = try calibration.result(set: set ?? inputs.joined(separator: " "), command: command)
        let path = output ?? settings.network.bundle.directory + "/" + StatisticsFile.name
        try result.write(to: path)
        if !quiet { Console.error("\(path): \(result.summary)") }
    }

    /// What was asked for, for the file.
    private var command: String {
        var words = ["densehybrid calibrate statistics"] + inputs
        if every != 1 { words.append("--every \(every)") }
        if let frames { words.append("--frames \(frames)") }
        if percentile != 90 { words.append("--percentile \(percentile)") }
        if components != 16 { words.append("--components \(components)") }
        if weight != 0.6 { words.append("--neco-weight \(weight)") }
        if let size = model.size { words.append("--size \(size)") }
        if let precision = model.precision { words.append("--precision \(precision)") }
        return words.joined(separator: " ")
    }
}
