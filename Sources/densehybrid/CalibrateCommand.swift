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

    @OptionGroup var drives: CalibrationDrives

    @Option(help: "Percent of labels that must equal fp32's; nodes that cost too much stay in fp32. 0: none for that.")
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
        let calibrating = try CalibrationRun(isQuiet: quiet)
        let calibration = RangeCalibration(settings: settings)
        try calibrating.untilInterrupted {
            try calibrating.each(
                of: drives.inputs, every: drives.every, frames: drives.frames, options: inputOptions
            ) { source, _, progress in
                try calibration.add(
                    source, control: calibrating.control, messages: calibrating.messages, progress: progress)
            }
        }
        let result = try calibration.result(command: CalibrationRun.command, agreement: agreement / 100) { line in
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
}
