internal import Foundation
public import Inference
public import OpenSet

/// `statistics.yaml` beside a model: what `densehybrid calibrate statistics` measured, and with which file and frames.
public struct StatisticsFile: Sendable, Equatable {
    /// The file's name in the model's folder.
    public static let name = "statistics.yaml"

    /// SHA-256 of the network that was measured.
    public let modelSHA256: String
    /// The arithmetic that it was measured in.
    public let precision: Precision
    /// Network input sizes that the frames had.
    public let sizes: [String]
    /// Frames that were measured.
    public let frames: Int
    /// The frames, in words.
    public let set: String
    /// The command that made the file.
    public let command: String
    /// The measured numbers.
    public let statistics: ScoreStatistics

    /// Describes `statistics`.
    public init(
        modelSHA256: String, precision: Precision, sizes: [String], frames: Int, set: String, command: String,
        statistics: ScoreStatistics
    ) {
        self.modelSHA256 = modelSHA256
        self.precision = precision
        self.sizes = sizes
        self.frames = frames
        self.set = set
        self.command = command
        self.statistics = statistics
    }

    /// Reads the statistics of the model in `bundle`; `score` is whom they are for, in errors. Errors name the file and
    /// the command that makes it.
    public init(of bundle: ModelBundle, for score: OutlierScore) throws(ModelError) {
        let path = bundle.directory + "/" + Self.name
        let remedy = "make it with 'densehybrid calibrate statistics --model \(bundle.directory) FRAMES'"
        guard FileManager.default.fileExists(atPath: path) else {
            throw ModelError("score '\(score.name)' needs statistics, and \(path) is not there: \(remedy)")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ModelError("cannot read \(path) as text: \(remedy)")
        }
        do throws(ModelError) {
            try self.init(text: text)
        } catch {
            throw ModelError("\(path): \(error.description); \(remedy)")
        }
        let description = bundle.description
        guard modelSHA256.lowercased() == description.modelSHA256.lowercased() else {
            throw ModelError(
                "\(path) was made for a model with SHA-256 \(modelSHA256.prefix(12))…, and \(bundle.modelPath) has "
                    + "\(description.modelSHA256.prefix(12))…: \(remedy)")
        }
        guard statistics.classes == description.classes.count else {
            throw ModelError(
                "\(path) has statistics of \(statistics.classes) classes, and the model has "
                    + "\(description.classes.count): \(remedy)")
        }
    }

    /// What is in it, in a line.
    public var summary: String {
        let seen = statistics.maximumLogit.filter { $0.pixels >= ScoreStatistics.fewestPixels }.count
        return
            "\(frames) frames, \(seen) of \(statistics.classes) classes predicted in \(ScoreStatistics.fewestPixels) "
            + "pixels or more, features: \(statistics.features.map { "\($0.channels) channels" } ?? "none"), activation "
            + "limit: \(statistics.activationLimit.map { "\(Float($0.limit))" } ?? "none")"
    }

    /// Writes the file aside and renames it.
    public func write(to path: String) throws(ModelError) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ModelError("cannot write \(path): \(error.localizedDescription)")
        }
    }
}

/// The statistics that a run's score uses.
public struct StatisticsChoice: Sendable {
    /// The statistics.
    public let statistics: ScoreStatistics
    /// SHA-256 of their file: scores of other statistics have another scale.
    public let sha256: String
    /// What the user should know about where they come from; nil where they were made for exactly this.
    public let note: String?
}

extension ModelBundle {
    /// What `score` must know beforehand: from `statistics.yaml` in the model's folder; nil where it needs nothing, and the
    /// file is not read then. Those of another model are refused; those of the other precision are used, with a note.
    public func statistics(
        for score: OutlierScore, precision: Precision
    ) throws(ModelError) -> StatisticsChoice? {
        guard score.needs.contains(.statistics) else { return nil }
        let file = try StatisticsFile(of: self, for: score)
        let note =
            file.precision == precision
            ? nil
            : "statistics were measured in \(file.precision.rawValue); this run computes in \(precision.rawValue), so "
                + "scores may differ a little"
        return StatisticsChoice(
            statistics: file.statistics, sha256: try Self.digest(of: directory + "/" + StatisticsFile.name), note: note)
    }
}
