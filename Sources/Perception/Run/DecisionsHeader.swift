internal import Foundation
internal import Inference
internal import Kernels
internal import OpenSet
internal import Streaming

/// The first line of a decisions file: what ran, so that a run that follows it can be the same.
struct DecisionsHeader: Codable {
    /// The format's version.
    var densehybridDecisions = 1
    /// What the input was called; for people.
    let source: String
    let model: String
    let modelDigest: String
    let precision: String
    /// As asked for; nil fits the frame's aspect.
    let size: String?
    let score: String
    /// Of the file that the score's statistics are from; nil where it needs none.
    let statisticsDigest: String?
    let scoreAt: String
    let threshold: Float
    let isa: String
    let onCorrupt: String
    /// The rungs by name; `quality_level` counts them.
    let ladder: [String]
    let budgetMilliseconds: Double?
    let onLate: String
    let queue: String

    enum CodingKeys: String, CodingKey {
        case densehybridDecisions = "densehybrid_decisions"
        case source, model, precision, size, score, threshold, isa, ladder, queue
        case modelDigest = "model_digest"
        case statisticsDigest = "statistics_digest"
        case scoreAt = "score_at"
        case onCorrupt = "on_corrupt"
        case budgetMilliseconds = "budget_ms"
        case onLate = "on_late"
    }

    init(
        _ settings: PerceptionSettings, _ stream: StreamConfiguration, onCorrupt: CorruptPolicy, source: String
    ) {
        self.source = source
        model = settings.network.bundle.description.name
        modelDigest = settings.network.bundle.description.modelSHA256
        precision = settings.network.precision.rawValue
        size = settings.size?.description
        score = settings.score.name
        statisticsDigest = settings.statisticsSHA256
        scoreAt = settings.scoreResolution.rawValue
        threshold = settings.threshold.value
        isa = settings.kernels.instructionSet.description
        self.onCorrupt = onCorrupt.rawValue
        ladder = settings.rungNames
        budgetMilliseconds = stream.budgetNanoseconds.map { Double($0) / 1e6 }
        onLate = stream.onLate.rawValue
        queue = stream.queue.rawValue
    }

    /// One line of JSON.
    var json: String {
        let encoder = JSONEncoder()
        // A threshold may be infinite, which JSON has no number for.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// What differs in a run that computes `settings`, and the option that mends it; nil where the maps will be the same.
    func complaint(_ settings: PerceptionSettings, onCorrupt policy: CorruptPolicy) -> String? {
        let mine = settings.network.bundle.description
        let pairs: [(what: String, theirs: String, ours: String, option: String)] = [
            ("model digest", modelDigest, mine.modelSHA256, "--model"),
            ("precision", precision, settings.network.precision.rawValue, "--precision \(precision)"),
            (
                "size", size ?? "by the frame's aspect", settings.size?.description ?? "by the frame's aspect",
                size.map { "--size \($0)" } ?? "no --size"
            ),
            ("score", score, settings.score.name, "--score \(score)"),
            (
                "statistics digest", statisticsDigest ?? "none", settings.statisticsSHA256 ?? "none",
                "the statistics.yaml of then"
            ),
            ("score resolution", scoreAt, settings.scoreResolution.rawValue, "--score-at \(scoreAt)"),
            ("threshold", "\(threshold)", "\(settings.threshold.value)", "--threshold \(threshold)"),
            ("instruction set", isa, settings.kernels.instructionSet.description, "--isa \(isa)"),
            ("treatment of damaged frames", onCorrupt, policy.rawValue, "--on-corrupt \(onCorrupt)"),
        ]
        guard let other = pairs.first(where: { $0.theirs != $0.ours }) else { return nil }
        return "made with the \(other.what) \(other.theirs), this run has \(other.ours): use \(other.option)"
    }
}

extension PerceptionSettings {
    /// The names of quality levels: those of the ladder, or full quality alone.
    var rungNames: [String] { ladder?.names ?? ["full"] }
}
