internal import Foundation
internal import Yams

/// A pipeline file (Pipelines/*.yaml): defaults for one deployment. Every key is optional; the command line wins.
public struct PipelineFile: Decodable, Sendable {
    /// Folder of the model; relative to the pipeline file.
    public var model: String?
    /// `fp32` or `int8`.
    public var precision: String?
    /// Network input, `1024x512`.
    public var size: String?
    /// Name of the outlier score.
    public var score: String?
    /// `full` or `low`.
    public var scoreAt: String?
    /// Decision threshold.
    public var threshold: Float?
    /// File of calibrated thresholds; relative to the pipeline file.
    public var thresholdFile: String?
    /// Threads of a stage.
    public var threads: Int?
    /// Processors of these threads, `0,2-3`.
    public var affinity: String?
    /// Real-time priority of these threads.
    public var realtime: Int?
    /// Instruction set.
    public var isa: String?
    /// Milliseconds from arrival to delivery.
    public var budgetMilliseconds: Double?
    /// `drop`, `degrade` or `finish`.
    public var onLate: String?
    /// `block`, `drop-oldest`, `drop-newest`, `latest` or `fail`.
    public var queue: String?
    /// `skip`, `hold` or `fail`.
    public var onCorrupt: String?
    /// Least area of regions, in pixels.
    public var regionMinimumArea: Int?
    /// Most regions that are listed.
    public var maximumRegions: Int?
    /// The camera, for rough distances.
    public var camera: CameraEntry?
    /// From when on input and output are not well.
    var health: HealthEntry?

    /// The rungs of the degradation ladder.
    var ladder: [LadderEntry]?
    /// When to move between them.
    var hysteresis: HysteresisEntry?
    /// How old a held map may become.
    var maximumAgeMilliseconds: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case model, precision, size, score, threshold, threads, realtime, isa, queue, camera, ladder, hysteresis,
            health
        case maximumAgeMilliseconds = "max_age_ms"
        case affinity = "cpu_affinity"
        case scoreAt = "score_at"
        case thresholdFile = "threshold_file"
        case budgetMilliseconds = "budget_ms"
        case onLate = "on_late"
        case onCorrupt = "on_corrupt"
        case regionMinimumArea = "region_min_area"
        case maximumRegions = "max_regions"
    }

    /// No defaults.
    public init() {}

    /// Reads a file. Unknown keys are errors: a misspelt key must not be ignored silently.
    public init(path: String) throws(ModelError) {
        self.init()
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ModelError("cannot read the pipeline file \(path)")
        }
        do {
            // A file of comments alone sets nothing.
            guard let content = try Yams.load(yaml: text) else { return }
            if let entries = content as? [String: Any] {
                try Self.refuseStrays(entries, of: CodingKeys.allCases.map(\.rawValue), in: path)
                let sections = [
                    ("camera", CameraEntry.CodingKeys.allCases.map(\.rawValue)),
                    ("hysteresis", HysteresisEntry.CodingKeys.allCases.map(\.rawValue)),
                    ("health", HealthEntry.CodingKeys.allCases.map(\.rawValue)),
                ]
                for (name, known) in sections {
                    guard let section = entries[name] as? [String: Any] else { continue }
                    try Self.refuseStrays(section, of: known, in: "\(path): \(name)")
                }
            }
            self = try YAMLDecoder().decode(PipelineFile.self, from: text)
        } catch let error as ModelError {
            throw error.description.hasPrefix(path) ? error : ModelError("\(path): \(error)")
        } catch {
            throw ModelError("\(path): \(error)".replacing("\n", with: " "))
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        func placed(_ name: String?) -> String? {
            guard let name, !name.hasPrefix("/") else { return name }
            return folder.appendingPathComponent(name).standardizedFileURL.path
        }
        model = placed(model)
        thresholdFile = placed(thresholdFile)
        if threshold != nil && thresholdFile != nil {
            throw ModelError("\(path): threshold and threshold_file exclude each other; keep one")
        }
    }

    private static func refuseStrays(
        _ entries: [String: Any], of known: [String], in place: String
    ) throws(ModelError) {
        guard let stray = entries.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw ModelError("\(place): unknown key '\(stray)' (known: \(known.sorted().joined(separator: ", ")))")
    }
}
