internal import ArgumentParser
internal import Evaluation
internal import Foundation
internal import Perception
internal import Streaming

/// `densehybrid eval DATASET`.
struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Average precision, AUROC and FPR95 of a score on a labelled set.",
        discussion: """
            DATASET is a folder in a known layout (X.jpg with X_label.png; images/ with labels_masks/), or name the \
            folders with --images and --labels. All pixels of the set are pooled, at the pictures' own resolution.

            EXAMPLES
              densehybrid eval RoadAnomaly21
              densehybrid eval --images frames --labels masks --anomaly-values 1 --void-values 255 --json
            """)

    @Argument(help: "Folder in a known layout.")
    var dataset: String?

    @Option(help: "Folder of pictures.")
    var images: String?

    @Option(help: "Folder of label pictures.")
    var labels: String?

    @Option(name: .customLong("label-suffix"), help: "What a label picture's name has in place of the ending.")
    var labelSuffix = ".png"

    @Option(name: .customLong("anomaly-values"), help: "Label values of anomalies, comma-separated.")
    var anomalyValues = "1"

    @Option(name: .customLong("void-values"), help: "Label values that take no part, comma-separated.")
    var voidValues = "255"

    @Option(name: .customLong("tie-rule"), help: "How TPR 95 % is read: >= (benchmarks) or > (authors' code).")
    var tieRule = ">="

    @Flag(help: "JSON instead of text.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress.")
    var quiet = false

    @OptionGroup(title: "Model") var model: ModelOptions

    func run() throws {
        let reader = try reader()
        guard let rule = TieRule(rawValue: tieRule) else {
            throw ValidationError("--tie-rule takes '>=' or '>', not '\(tieRule)'")
        }
        let settings = try model.settings(needsThreshold: false)
        let control = PipelineControl()
        let signals = StopRequests { control.escalate() }
        defer { withExtendedLifetime(signals) {} }
        let messages = MessageSink(clock: { MonotonicTime.now() }) { line in Console.error("densehybrid: \(line)") }
        let evaluation = DatasetEvaluation(settings: settings, reader: reader)
        let metrics = try evaluation.run(rule: rule, control: control, messages: messages, progress: RunProgress())
        let report = EvaluationReport(
            set: dataset ?? images ?? "", images: reader.pairs.count, settings: settings, layout: reader.layout.name,
            metrics: metrics)
        print(json ? report.json : report.text)
    }

    private func reader() throws -> DatasetReader {
        if let dataset {
            guard images == nil, labels == nil else {
                throw ValidationError("name either DATASET or --images and --labels")
            }
            return try DatasetReader(folder: dataset)
        }
        guard let images, let labels else { throw ValidationError("name a DATASET, or --images and --labels") }
        return try DatasetReader(
            images: images, labels: labels, labelSuffix: labelSuffix,
            roles: try LabelRoles(
                anomaly: try LabelRoles.values(anomalyValues), void: try LabelRoles.values(voidValues)))
    }
}
