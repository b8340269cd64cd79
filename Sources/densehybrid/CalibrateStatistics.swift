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

    @OptionGroup var drives: CalibrationDrives

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
        let calibrating = try CalibrationRun(isQuiet: quiet)
        var choices = StatisticsCalibration.Choices()
        choices.percentile = percentile
        choices.components = components
        choices.weight = weight
        let calibration = try StatisticsCalibration(settings: settings, choices: choices)
        try calibrating.untilInterrupted {
            try calibrating.each(
                of: drives.inputs, every: drives.every, frames: drives.frames, options: inputOptions
            ) { source, _, progress in
                try calibration.add(
                    source, control: calibrating.control, messages: calibrating.messages, progress: progress)
            }
        }
        let result = try calibration.result(
            set: set ?? drives.inputs.joined(separator: " "), command: CalibrationRun.command)
        let path = output ?? settings.network.bundle.directory + "/" + StatisticsFile.name
        try result.write(to: path)
        if !quiet { Console.error("\(path): \(result.summary)") }
    }
}
