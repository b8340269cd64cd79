internal import ArgumentParser
internal import Evaluation
internal import Foundation
internal import OpenSet
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

            Several scores (--score A,B,C, or --scores for each folder) are compared: after the report of each comes its \
            difference from the first, with an interval over the same draws of pictures.

            EXAMPLES
              densehybrid eval RoadAnomaly21 --protocol smiyc --bootstrap 1000
              densehybrid eval RoadAnomaly21 --score densehybrid,generative,discriminative
              densehybrid eval --images frames --labels masks --anomaly-values 1 --void-values 255 --json
              densehybrid eval RoadAnomaly21 --scores maps/     (X.npy, X_anomaly.npy or X.hdf5 for each picture)
              densehybrid eval camvid11/test --layout camvid11  (mIoU of known classes)
              densehybrid eval RoadAnomaly21 --doctor           (what is missing, what label values mean)
            """)

    @OptionGroup var set: DatasetArguments

    @Option(name: .customLong("protocol"), help: "paper, fishyscapes, smiyc or streethazards.")
    var protocolName: String?

    @Option(
        help: """
            Folder of maps in place of the pipeline's scores: X.npy or X.hdf5; X_segmentation.npy has classes. Several are \
            compared.
            """)
    var scores: [String] = []

    @Option(name: .customLong("tie-rule"), help: "Without --protocol: TPR '>=' 95 % (benchmarks) or '>' (authors).")
    var tieRule: String?

    @Option(help: "Least sizes of components in --protocol smiyc: anomaly (500, 100) or obstacle (50, 10 pixels).")
    var track: String?

    @Option(
        help: "Draws of pictures for confidence intervals of 95 %; 0 for none (default: 0, to compare scores 1000).")
    var bootstrap: Int?

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
        let names = try scoreNames()
        let several = max(names.count, scores.count) > 1
        let draws = bootstrap ?? (several ? 1000 : 0)
        guard 0...100_000 ~= draws else { throw ValidationError("--bootstrap takes 0 to 100000 draws") }
        let survey = try set.survey(readsPictures: scores.isEmpty)
        let (rules, layout) = try rules(survey.layout)
        if doctor {
            let doctor = DatasetDoctor(survey)
            print(doctor.findings.joined(separator: "\n"))
            if !doctor.isHealthy { throw ExitStatus(code: 1) }
            return
        }
        guard layout.hasAnomalies || !several else {
            throw ValidationError("\(set.name) has no anomalies to compare scores on: name one score")
        }
        let reader = try DatasetReader(survey)
        var settings = SetEvaluation.Settings(rules: rules, layout: layout, networkClasses: 0)
        settings.isBinned = histogram
        if draws > 0 { settings.bootstrap = Bootstrap(replicates: draws, seed: seed) }
        var reports: [EvaluationReport] = []
        for folder in scores {
            let result = try DatasetEvaluation(reader: reader, evaluation: settings).run(scores: ScoreFolder(folder))
            reports.append(EvaluationReport(set: set.name, origin: .files(folder), result: result))
        }
        if scores.isEmpty {
            for name in names { reports.append(try report(score: name, reader, settings)) }
        }
        if reports.count > 1 {
            let comparison = EvaluationComparison(reports)
            print(json ? comparison.json : comparison.text)
        } else if let report = reports.first {
            print(json ? report.json : report.text)
        }
    }

    /// The scores that are asked for; nil for the default, which the pipeline file may name.
    private func scoreNames() throws -> [String?] {
        guard let list = model.score, list.contains(",") else { return [model.score] }
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        // A wrong name is told before the first score has taken its minutes.
        for name in names {
            do { _ = try OutlierScore(argument: name) } catch { throw ValidationError("\(error)") }
        }
        guard Set(names).count == names.count else { throw ValidationError("--score names a score twice: \(list)") }
        return names
    }

    /// Runs all pictures through the pipeline.
    private func report(
        score: String?, _ reader: DatasetReader, _ evaluation: SetEvaluation.Settings
    ) throws -> EvaluationReport {
        let perception = try model.settings(needsThreshold: false, fixedScore: score)
        var evaluation = evaluation
        evaluation.networkClasses = perception.network.bundle.description.classes.count
        let result = try PictureRun.run { control, messages in
            try DatasetEvaluation(reader: reader, evaluation: evaluation)
                .run(perception, control: control, messages: messages, progress: RunProgress())
        }
        return EvaluationReport(set: set.name, origin: .pipeline(perception), result: result)
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
