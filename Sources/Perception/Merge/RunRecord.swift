internal import Foundation
internal import Streaming

/// One run as a manifest or a summary tells of it.
public struct RunRecord: Sendable, Decodable {
    struct Frames: Decodable {
        let arrived: Int
        let delivered: Int
        let failed: Int
        let dropped: [String: Int]
        let failures: [String: Int]?

        enum CodingKeys: String, CodingKey {
            case arrived = "in"
            case delivered, failed, dropped, failures
        }
    }

    /// How many frames a rung of the ladder answered.
    struct Quality: Decodable {
        let rung: String
        let delivered: Int
        let computed: Int
    }

    struct Batch: Decodable {
        let position: Int
        let of: Int
    }

    /// The segment's name; nil in summaries.
    public let segment: String?
    /// The code that the run ended with; nil in summaries.
    public let exitCode: Int?
    /// SHA-256 of all open-set maps.
    public let digest: String
    let frames: Frames
    let quality: [Quality]?
    let batch: Batch?
    let source: StoredSource?
    let settings: [String: String]?
    let version: String?
    let wallSeconds: Double?
    let deadlineMisses: Int
    let damagedStretches: Int?
    let allocationsPerFrame: Double?
    let model: String
    let modelDigest: String
    let precision: String
    /// The network's input size for the last frame.
    let size: String
    let isa: String
    let threads: Int
    let score: String
    let scoreAt: String?
    let threshold: Double
    let statisticsDigest: String?
    let histogramLayout: String?
    let histograms: [String: StoredHistogram]?

    enum CodingKeys: String, CodingKey {
        case segment, digest, frames, quality, batch, source, settings, version, model, precision, size, isa, threads,
            score
        case threshold, histograms
        case exitCode = "exit_code"
        case wallSeconds = "wall_seconds"
        case deadlineMisses = "deadline_misses"
        case damagedStretches = "damaged_stretches"
        case allocationsPerFrame = "allocations_per_frame"
        case modelDigest = "model_digest"
        case scoreAt = "score_at"
        case statisticsDigest = "statistics_digest"
        case histogramLayout = "histogram_layout"
    }

    /// Reads a manifest or a summary.
    public init(path: String) throws(ModelError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ModelError("cannot read \(path): no such file")
        }
        do {
            self = try JSONDecoder().decode(RunRecord.self, from: data)
        } catch let error as DecodingError {
            throw ModelError("\(path) is no manifest and no summary: \(ModelBundle.summary(of: error))")
        } catch {
            throw ModelError("\(path) is no manifest and no summary: \(error.localizedDescription)")
        }
        guard hasCounts else { throw ModelError("\(path): its counts are no counts; make it again") }
        guard frames.arrived == frames.delivered + frames.failed + frames.dropped.values.reduce(0, +) else {
            throw ModelError("\(path): its books do not balance; make it again")
        }
    }

    /// Whether all counts are such that those of a million runs can be added up.
    private var hasCounts: Bool {
        var counts = [frames.arrived, frames.delivered, frames.failed, deadlineMisses, damagedStretches ?? 0]
        counts += frames.dropped.values
        counts += (frames.failures ?? [:]).values
        counts += (quality ?? []).flatMap { [$0.delivered, $0.computed] }
        guard counts.allSatisfy((0...1_000_000_000_000).contains) else { return false }
        return batch.map { 1...1_000_000 ~= $0.of && 0..<$0.of ~= $0.position } ?? true
    }

    /// Frames for a line of progress.
    public var counts: (delivered: Int, dropped: Int, failed: Int) {
        (frames.delivered, frames.dropped.values.reduce(0, +), frames.failed)
    }

    /// The seconds that it took; nil in summaries.
    public var seconds: Double? { wallSeconds }

    /// What must be equal where runs are merged, with names for messages.
    var comparedSettings: [String: String] {
        var list = settings ?? [:]
        list["model"] = model
        list["model_digest"] = modelDigest
        list["precision"] = precision
        list["score"] = score
        list["score_at"] = scoreAt
        list["threshold"] = "\(Float(threshold))"
        list["version"] = version
        // Manifests have it among their settings.
        if let statisticsDigest { list["statistics_digest"] = statisticsDigest }
        return list
    }

    /// Whether input was lost: damage, or frames that failed.
    public var hasDataLoss: Bool {
        exitCode == 3 || damagedStretches ?? 0 > 0 || frames.failed > 0
    }
}
