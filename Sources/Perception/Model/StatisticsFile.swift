public import Inference
public import OpenSet

/// `statistics.yaml` beside a model: what `densehybrid calibrate statistics` measured, and with which file and frames.
public struct StatisticsFile: CalibrationFile, Sendable, Equatable {
    /// The file's name in the model's folder.
    public static let name = "statistics.yaml"
    static let maker = "statistics"

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
        try self.init(of: bundle, need: "score '\(score.name)' needs statistics")
        let classes = bundle.description.classes.count
        guard statistics.classes == classes else {
            throw ModelError(
                "\(bundle.directory)/\(Self.name) has statistics of \(statistics.classes) classes, and the model has "
                    + "\(classes): \(Self.remedy(bundle))")
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
    public func write(to path: String) throws(ModelError) { try writeAside(to: path) }

    /// Whether frames were measured at the input size of a run: at `size`, or, where the frames' aspect will decide on the
    /// height, at `width`.
    func fits(_ size: NetworkSize?, width: Int) -> Bool {
        if let size { return sizes.contains(size.description) }
        return sizes.contains { $0.hasPrefix("\(width)x") }
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
    /// file is not read then. Those of another model are refused; those of the other precision or another input size are
    /// used, with a note. `size` is the run's, nil where the frames' aspect decides on the height.
    public func statistics(
        for score: OutlierScore, precision: Precision, size: NetworkSize?
    ) throws(ModelError) -> StatisticsChoice? {
        guard score.needs.contains(.statistics) else { return nil }
        let file = try StatisticsFile(of: self, for: score)
        let width = description.input.size[0]
        var note: String?
        if file.precision != precision || !file.fits(size, width: width) {
            note =
                "statistics were measured in \(file.precision.rawValue) at \(file.sizes.joined(separator: ", ")); this run "
                + "computes in \(precision.rawValue) at \(size?.description ?? "width \(width)"), so its scores differ "
                + "from the measured ones"
        }
        return StatisticsChoice(
            statistics: file.statistics, sha256: try Self.digest(of: directory + "/" + StatisticsFile.name), note: note)
    }
}
