internal import ArgumentParser
internal import Foundation
internal import Kernels
internal import OpenSet
internal import Perception

/// Options that choose model, kernels and score; shared by all verbs that compute.
struct ModelOptions: ParsableArguments {
    @Option(
        name: .customLong("model"), help: "Folder with model.onnx and model.yaml (default: the bundled one).",
        completion: .directory)
    var model: String?

    @Option(
        help: "Pipeline file (YAML) with defaults for these options; the command line wins.",
        completion: .file(extensions: ["yaml"]))
    var pipeline: String?

    @Option(
        help: "Arithmetic of the network: fp32, or int8 (wants calibrated ranges beside the model).",
        completion: .list(["fp32", "int8"]))
    var precision: String?

    @Option(help: "Network input as WxH (default: the model's width, height by the frame's aspect).")
    var size: String?

    @Option(help: "Outlier score; 'help' lists them.")
    var score: String?

    @Option(
        name: .customLong("score-at"), help: "full, or low: score at the head's resolution (fast approximation).",
        completion: .list(["full", "low"]))
    var scoreAt: String?

    @Option(
        parsing: .unconditional,
        help: "Decision threshold (default: the calibrated one of model and score).")
    var threshold: Float?

    @Option(
        name: .customLong("threshold-file"),
        help: """
            Decide by this file of 'calibrate threshold'; refused if made for another model, score, resolution, size or \
            precision.
            """, completion: .file(extensions: ["yaml"]))
    var thresholdFile: String?

    @Option(help: "Threads that share the work of a stage (default: all processors).")
    var threads: Int?

    @Option(
        name: .customLong("cpu-affinity"),
        help: "Processors for these threads, such as 0,2-3: one each (default: the system chooses).")
    var affinity: String?

    @Option(help: "Real-time priority (SCHED_FIFO) of these threads, 1 to 99 (default: none).")
    var realtime: Int?

    @Option(help: "Instruction set: \(InstructionSet.names) (default: the best that runs here).")
    var isa: String?

    /// What the options and the pipeline file say together.
    func file() throws -> PipelineFile {
        guard let pipeline else { return PipelineFile() }
        return try PipelineFile(path: pipeline)
    }

    /// What options and pipeline file choose beside precision, size and threads, as lines of a pipeline file: the model by
    /// an absolute path.
    func choices() throws -> [(key: String, value: String)] {
        let file = try file()
        // In single quotes YAML takes everything as it is; a quote is written twice.
        func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        let folder = (model ?? file.model).map(absolute)
        // As in a run: the command line wins, and a value over a file.
        let value = threshold ?? (thresholdFile == nil ? file.threshold : nil)
        let decisions = value == nil ? (thresholdFile ?? file.thresholdFile).map(absolute) : nil
        let lines: [(String, String?)] = [
            ("model", folder.map(quoted)), ("score", (score ?? file.score).map(quoted)),
            ("score_at", (scoreAt ?? file.scoreAt).map(quoted)), ("isa", (isa ?? file.isa).map(quoted)),
            ("cpu_affinity", (affinity ?? file.affinity).map(quoted)),
            ("threshold", value.map { "\($0)" }), ("threshold_file", decisions.map(quoted)),
            ("realtime", (realtime ?? file.realtime).map { "\($0)" }),
        ]
        return lines.compactMap { key, value in value.map { (key, $0) } }
    }

    /// Loads model and kernels and fixes score and threshold.
    ///
    /// `needsThreshold` is false where nothing is decided, and `needsStatistics` where no score is computed. What is fixed
    /// wins over options and file.
    func settings(
        needsThreshold: Bool = true, needsStatistics: Bool = true, fixedScore: String? = nil,
        fixedPrecision: String? = nil, fixedThreads: Int? = nil
    ) throws -> PerceptionSettings {
        let file = try file()
        let scoreName = fixedScore ?? score ?? file.score ?? "densehybrid"
        if scoreName == "help" {
            print(OutlierScore.helpText)
            throw ExitStatus(code: 0)
        }
        let outlierScore = try usage { try OutlierScore(argument: scoreName) }
        let resolution = try usage { try ScoreResolution(argument: scoreAt ?? file.scoreAt ?? "full") }
        let set = try (isa ?? file.isa).map { name in try usage { try InstructionSet(argument: name) } } ?? .detected
        let pool = try pool(file, fixedThreads)
        let size = try (size ?? file.size).map { text in
            guard let size = NetworkSize(argument: text) else {
                throw ValidationError("--size takes WIDTHxHEIGHT, each from 1 to 16384, not '\(text)'")
            }
            return size
        }
        let bundle = try ModelBundle(directory: try ModelLocation.resolve(model ?? file.model))
        let network = try ImportedNetwork(bundle, precision: fixedPrecision ?? precision ?? file.precision ?? "fp32")
        let statistics =
            needsStatistics
            ? try bundle.statistics(
                for: outlierScore, precision: network.precision, size: size ?? network.fixedSize) : nil
        if let note = statistics?.note { Console.error("note: \(note)") }
        var settings = PerceptionSettings(
            network: network, kernels: try KernelTable(set), pool: pool, score: outlierScore,
            statistics: statistics?.statistics, scoreResolution: resolution, threshold: try Threshold(0), size: size)
        settings.statisticsSHA256 = statistics?.sha256
        if needsThreshold {
            let choice = try thresholdChoice(file, settings)
            if let note = choice.note { Console.error("note: \(note)") }
            settings.threshold = choice.threshold
            settings.thresholdOrigin = choice.origin
        }
        return settings
    }

    /// A given number, else a file that was named, else the model's own; the command line before the pipeline file.
    private func thresholdChoice(_ file: PipelineFile, _ settings: PerceptionSettings) throws -> ThresholdChoice {
        guard threshold == nil || thresholdFile == nil else {
            throw ValidationError("--threshold and --threshold-file exclude each other; give one")
        }
        if let given = threshold ?? (thresholdFile == nil ? file.threshold : nil) {
            if given.isNaN { throw ValidationError("--threshold takes a number, not nan") }
            return ThresholdChoice(threshold: try Threshold(given), origin: "as given", note: nil)
        }
        let use = ThresholdUse(
            score: settings.score, resolution: settings.scoreResolution, precision: settings.network.precision,
            size: settings.declaredSize, statisticsSHA256: settings.statisticsSHA256)
        let bundle = settings.network.bundle
        guard let path = thresholdFile ?? file.thresholdFile else { return try bundle.threshold(for: use) }
        return try bundle.threshold(of: try ThresholdsFile(path: path), for: use)
    }

    /// Starts the threads of all stages where the options say; as many as processors are named unless --threads says.
    private func pool(_ file: PipelineFile, _ fixedThreads: Int?) throws -> WorkerPool {
        let named = try (affinity ?? file.affinity).map { text in
            try usage { try ThreadPlacement.processors(argument: text) }
        }
        let threads =
            fixedThreads ?? threads ?? file.threads ?? named?.count
            ?? ProcessInfo.processInfo.activeProcessorCount
        guard 1...256 ~= threads else { throw ValidationError("--threads takes 1 to 256, not \(threads)") }
        let placement = ThreadPlacement(processors: named ?? [], realtimePriority: realtime ?? file.realtime)
        do {
            return try WorkerPool(threads: threads, placement: placement)
        } catch .refused(let priority, let errno) {
            throw ThreadPlacementError.refused(priority: priority, errno: errno)  // the machine's word, no wrong usage
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// Turns the error of an option's value into one of usage.
    private func usage<Value>(_ parse: () throws -> Value) throws -> Value {
        do {
            return try parse()
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
