internal import ArgumentParser
internal import Evaluation
internal import Foundation
internal import FrameIO
internal import OpenSet
internal import Perception
internal import Streaming

/// `densehybrid calibrate threshold`.
struct ThresholdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "threshold", abstract: "Choose the decision threshold by a rate, and store it with its evidence.",
        discussion: """
            With --tpr INPUT is a labelled set (as for 'eval'): the greatest threshold that finds so many percent of the \
            anomaly pixels. With --fpr or --frame-fpr INPUTS are drives without anomalies (anything that 'run' reads; every \
            pixel counts as known), or with --layout, or --images and --labels, the inliers of a labelled set: the least \
            threshold that calls at most so many percent of the pixels unknown, or raises the alarm in so many percent of \
            the frames.

            The rate on these frames keeps the rule; with --confidence its bound does: exact binomial over frames (Clopper \
            and Pearson) for --frame-fpr, bootstrap over frames for pixels. Frames are taken for independent; those of a \
            drive that follow each other are not, so thin them out (--every). Never calibrate on a set whose metrics you \
            report.

            The entry goes into thresholds.yaml of the model's folder, in place of one for the same model, score, \
            resolution, size and precision; what else is there stays. Runs take it from there. A file of its own (--output) \
            is for 'run --threshold-file', which refuses it for anything else than it was made for.

            EXAMPLES
              densehybrid calibrate threshold RoadAnomaly21 --tpr 95 --output tpr95.yaml
              densehybrid calibrate threshold day/ night.y4m --every 10 --fpr 1 --score densehybrid,generative
              densehybrid calibrate threshold day/ --every 10 --frame-fpr 1 --alarm-area 500 --confidence 95
              densehybrid calibrate threshold camvid11/val --layout camvid11 --fpr 1 --precision int8
            """)

    @Argument(help: "A labelled set, or drives and pictures without anomalies.", completion: .file())
    var inputs: [String] = []

    @Option(help: "Percent of anomaly pixels to find.")
    var tpr: Double?

    @Option(help: "Percent of inlier pixels that may be unknown.")
    var fpr: Double?

    @Option(name: .customLong("frame-fpr"), help: "Percent of frames that may raise the alarm.")
    var frameFPR: Double?

    @Option(name: .customLong("alarm-area"), help: "Alarm: a region of at least so many unknown pixels (500).")
    var alarmArea: Int?

    @Option(name: .customLong("alarm-share"), help: "Alarm: more than so many percent of a frame's pixels unknown.")
    var alarmShare: Double?

    @Option(
        name: .customLong("tie-rule"),
        help: "Rate reached exactly: '>=' (benchmarks) or '>' (the paper's code) for --tpr; '<=' or '<' for the others."
    )
    var tieRule: String?

    @Option(
        help: "Percent of confidence with which the bound of the rate must keep the rule (default: the rate itself).")
    var confidence: Double?

    @Option(help: "Draws of frames for bounds and intervals of pixels' rates.")
    var bootstrap = 1000

    @Option(help: "Seed of the draws.")
    var seed: UInt64 = 1

    @Flag(help: "Count a set's scores in bins instead of keeping 4 bytes a pixel (drives always are).")
    var histogram = false

    @OptionGroup(title: "Labelled set") var set: DatasetOptions

    @Option(help: "Drives: take one of this many frames of each input.")
    var every: Int?

    @Option(help: "Drives: most frames to take of each input.")
    var frames: Int?

    @Option(
        help: "File to write (default: thresholds.yaml in the model's folder).", completion: .file(extensions: ["yaml"])
    )
    var output: String?

    @Flag(name: .shortAndLong, help: "No progress.")
    var quiet = false

    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Stream") var options: InputArguments

    func run() throws {
        let choice = try choice()
        let scores = try scores()
        let reader = try reader()
        if reader == nil, inputs.contains("-"), scores.count > 1 {
            throw ValidationError("standard input can be read once: name one --score, or a file")
        }
        let first = try model.settings(needsThreshold: false, fixedScore: scores[0])
        let path = output ?? first.network.bundle.directory + "/" + ThresholdsFile.name
        // A file that cannot be kept is told before the work.
        if FileManager.default.fileExists(atPath: path) { _ = try ThresholdsFile(path: path) }
        let what = reader.map { "\(name) (\($0.layout.name)), \($0.pairs.count) pictures" } ?? name
        var entries: [CalibratedThreshold] = []
        for score in scores {
            let settings = score == scores[0] ? first : try model.settings(needsThreshold: false, fixedScore: score)
            let calibration = ThresholdCalibration(
                settings: settings, isBinned: histogram || reader == nil, alarm: choice.rule.alarm)
            try measure(calibration, reader)
            entries.append(try calibration.entry(choice, set: what, command: CalibrationRun.command))
        }
        try ThresholdsFile.update(path, with: entries)
        print(entries.map(\.text).joined(separator: "\n"))
        if !quiet { Console.error("densehybrid: wrote \(path)") }
    }

    /// Scores everything once.
    private func measure(_ calibration: ThresholdCalibration, _ reader: DatasetReader?) throws {
        let run = try CalibrationRun(isQuiet: quiet)
        let inputOptions = try options.inputOptions()
        try run.untilInterrupted {
            if let reader {
                try run.showing(reader.pairs.count) {
                    try calibration.add(reader, control: run.control, messages: run.messages, progress: $0)
                }
            } else {
                try run.each(of: inputs, every: every ?? 1, frames: frames, options: inputOptions) {
                    source, name, progress in
                    try calibration.add(
                        source, named: name, control: run.control, messages: run.messages, progress: progress)
                }
            }
        }
    }

    // MARK: - Options

    private func choice() throws -> DecisionSample.Choice {
        guard [tpr, fpr, frameFPR].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("name one rule: --tpr, --fpr or --frame-fpr")
        }
        guard frameFPR != nil || (alarmArea == nil && alarmShare == nil) else {
            throw ValidationError("--alarm-area and --alarm-share belong to --frame-fpr")
        }
        guard model.threshold == nil, model.thresholdFile == nil else {
            throw ValidationError("--threshold and --threshold-file are what this verb finds: leave them out")
        }
        var choice = DecisionSample.Choice(try rule())
        if let tieRule {
            guard let tie = choice.rule.tieRule(tieRule) else {
                let signs = TieRule.allCases.map { "'\(choice.rule.sign($0))'" }.joined(separator: " or ")
                throw ValidationError("--tie-rule takes \(signs) here, not '\(tieRule)'")
            }
            choice.tie = tie
        }
        if let confidence {
            guard confidence >= 50, confidence < 100 else {
                throw ValidationError("--confidence takes percent from 50 to below 100, not \(confidence)")
            }
            choice.confidence = confidence / 100
        }
        guard 1...100_000 ~= bootstrap else { throw ValidationError("--bootstrap takes 1 to 100000 draws") }
        choice.bootstrap = Bootstrap(replicates: bootstrap, seed: seed)
        return choice
    }

    private func rule() throws -> ThresholdRule {
        func share(_ percent: Double, _ option: String) throws -> Double {
            guard percent >= 0, percent <= 100 else {
                throw ValidationError("\(option) takes percent from 0 to 100, not \(percent)")
            }
            return percent / 100
        }
        if let tpr { return .truePositives(try share(tpr, "--tpr")) }
        if let fpr { return .falsePositives(try share(fpr, "--fpr")) }
        let rate = try share(frameFPR ?? 0, "--frame-fpr")
        guard let alarmShare else {
            let area = alarmArea ?? 500
            guard area >= 1 else { throw ValidationError("--alarm-area takes 1 or more pixels, not \(area)") }
            return .alarmedFrames(rate, .region(area: area))
        }
        guard alarmArea == nil else { throw ValidationError("give --alarm-area or --alarm-share, one of them") }
        return .alarmedFrames(rate, .share(try share(alarmShare, "--alarm-share")))
    }

    /// The scores to calibrate; prints the list and ends for `help`.
    private func scores() throws -> [String] {
        guard let list = model.score, list.contains(",") else {
            return [try model.score ?? model.file().score ?? "densehybrid"]
        }
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for name in names {
            do { _ = try OutlierScore(argument: name) } catch { throw ValidationError("\(error)") }
        }
        guard Set(names).count == names.count else { throw ValidationError("--score names one score twice: \(list)") }
        return names
    }

    /// The labelled set; nil where inputs are drives.
    private func reader() throws -> DatasetReader? {
        let isSet = tpr != nil || set.layout != nil || set.images != nil || set.labels != nil
        if !isSet {
            guard !inputs.isEmpty else { throw ValidationError("name drives or pictures without anomalies") }
            return nil
        }
        guard inputs.count <= 1 else { throw ValidationError("a labelled set is one folder, not \(inputs.count)") }
        guard every == nil, frames == nil else { throw ValidationError("--every and --frames are for drives") }
        return try DatasetReader(try set.survey(inputs.first))
    }

    /// What was measured on, for the entry.
    private var name: String {
        let names = (inputs.isEmpty ? [set.images ?? ""] : inputs).map { URL(fileURLWithPath: $0).lastPathComponent }
        return names.joined(separator: ", ") + (every.map { ", every \($0)" } ?? "")
    }
}
