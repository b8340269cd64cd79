internal import ArgumentParser
internal import Evaluation
internal import Foundation
internal import Perception
internal import Streaming

/// `densehybrid eval DATASET`.
struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Metrics of a score on a labelled set, as the benchmarks compute them.",
        discussion: """
            DATASET is a folder in a known layout (--layout help), or name the folders with --images and --labels. \
            Scores come from the pipeline, at the pictures' own resolution, or from files (--scores).

            Protocols: paper (TPR > 95 %, StreetHazards per picture), fishyscapes (pooled, TPR >= 95 %), smiyc (and \
            components), streethazards (Hendrycks: per picture, "other" is an inlier). Without one: pooled, --tie-rule.

            EXAMPLES
              densehybrid eval RoadAnomaly21 --protocol smiyc --bootstrap 1000
              densehybrid eval --images frames --labels masks --anomaly-values 1 --void-values 255 --json
              densehybrid eval RoadAnomaly21 --scores maps/     (X.npy, X_anomaly.npy or X.hdf5 for each picture)
              densehybrid eval camvid11/test --layout camvid11  (mIoU of known classes)
              densehybrid eval RoadAnomaly21 --doctor           (what is missing, what label values mean)
            """)

    @OptionGroup var set: DatasetArguments

    @Option(name: .customLong("protocol"), help: "paper, fishyscapes, smiyc or streethazards.")
    var protocolName: String?

    @Option(help: "Folder of maps in place of the pipeline's scores: X.npy or X.hdf5; X_segmentation.npy has classes.")
    var scores: String?

    @Option(name: .customLong("tie-rule"), help: "Without --protocol: TPR '>=' 95 % (benchmarks) or '>' (authors).")
    var tieRule: String?

    @Option(help: "Least sizes of components in --protocol smiyc: anomaly (500, 100) or obstacle (50, 10 pixels).")
    var track: String?

    @Option(help: "Draws of pictures for confidence intervals of 95 %; 0 for none.")
    var bootstrap = 0

    @Option(help: "Seed of the draws.")
    var seed: UInt64 = 1

    @Flag(help: "Count scores in bins instead of keeping 4 bytes a pixel; the report bounds what that changes.")
    var histogram = false

    @Flag(help: "Only look at the set: missing files, label values and their meaning.")
    var doctor = false

    @Flag(help: "JSON instead of text.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress.")
    var quiet = false

    @OptionGroup(title: "Model") var model: ModelOptions

    func run() throws {
        guard 0...100_000 ~= bootstrap else { throw ValidationError("--bootstrap takes 0 to 100000 draws") }
        let survey = try set.survey(readsPictures: scores == nil)
        let (rules, layout) = try rules(survey.layout)
        if doctor {
            let doctor = DatasetDoctor(survey)
            print(doctor.findings.joined(separator: "\n"))
            if !doctor.isHealthy { throw ExitStatus(code: 1) }
            return
        }
        let reader = try DatasetReader(survey)
        let origin: EvaluationReport.Origin =
            if let scores { .files(scores) } else { .pipeline(try model.settings(needsThreshold: false)) }
        var settings = SetEvaluation.Settings(rules: rules, layout: layout, networkClasses: 0)
        settings.isBinned = histogram
        if bootstrap > 0 { settings.bootstrap = Bootstrap(replicates: bootstrap, seed: seed) }
        let result: EvaluationResult
        switch origin {
        case .files(let folder):
            result = try DatasetEvaluation(reader: reader, evaluation: settings).run(scores: ScoreFolder(folder))
        case .pipeline(let perception):
            settings.networkClasses = perception.network.bundle.description.classes.count
            result = try PictureRun.run { control, messages in
                try DatasetEvaluation(reader: reader, evaluation: settings)
                    .run(perception, control: control, messages: messages, progress: RunProgress())
            }
        }
        let report = EvaluationReport(set: set.name, origin: origin, result: result)
        print(json ? report.json : report.text)
    }

    private func rules(_ layout: DatasetLayout) throws -> (EvaluationProtocol, DatasetLayout) {
        guard let protocolName else {
            guard let rule = TieRule(rawValue: tieRule ?? ">=") else {
                throw ValidationError("--tie-rule takes '>=' or '>', not '\(tieRule ?? "")'")
            }
            guard track == nil else { throw ValidationError("--track belongs to --protocol smiyc") }
            return (.plain(rule), layout)
        }
        guard EvaluationProtocol.names.contains(protocolName) else {
            let names = EvaluationProtocol.names.joined(separator: ", ")
            throw ValidationError("--protocol takes one of \(names), not '\(protocolName)'")
        }
        guard tieRule == nil else { throw ValidationError("--protocol \(protocolName) has its own tie rule") }
        let (rules, read) = try EvaluationProtocol.named(protocolName, layout: layout)
        switch track {
        case nil: return (rules, read)
        case "anomaly" where protocolName == "smiyc": return (.segmentMe(.anomalyTrack), read)
        case "obstacle" where protocolName == "smiyc": return (.segmentMe(.obstacleTrack), read)
        default: throw ValidationError("--track takes anomaly or obstacle, with --protocol smiyc")
        }
    }
}

/// What verbs that score pictures share: signals end them, messages go to standard error.
enum PictureRun {
    static func run<Result>(_ body: (PipelineControl, MessageSink) throws -> Result) throws -> Result {
        let control = PipelineControl()
        let signals = StopRequests { control.escalate() }
        defer { withExtendedLifetime(signals) {} }
        let messages = MessageSink(clock: { MonotonicTime.now() }) { line in Console.error("densehybrid: \(line)") }
        return try body(control, messages)
    }
}
