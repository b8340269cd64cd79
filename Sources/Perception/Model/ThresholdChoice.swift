public import Inference
public import OpenSet

/// The threshold that a run decides by.
public struct ThresholdChoice: Sendable {
    /// The threshold.
    public let threshold: Threshold
    /// Where it comes from, for `check`.
    public let origin: String
    /// What the user should know about it; nil where it was given, or calibrated for exactly this.
    public let note: String?

    /// A choice; see the properties.
    public init(threshold: Threshold, origin: String, note: String?) {
        self.threshold = threshold
        self.origin = origin
        self.note = note
    }
}

/// What a run computes, as far as thresholds depend on it.
public struct ThresholdUse: Sendable {
    /// The score.
    public let score: OutlierScore
    /// Where it is computed.
    public let resolution: ScoreResolution
    /// The network's arithmetic.
    public let precision: Precision
    /// The network's input size as it is known before the first frame (`PerceptionSettings.declaredSize`).
    public let size: NetworkSize
    /// SHA-256 of the statistics that the score reads; nil where it needs none.
    public let statisticsSHA256: String?

    /// A use; see the properties.
    public init(
        score: OutlierScore, resolution: ScoreResolution, precision: Precision, size: NetworkSize,
        statisticsSHA256: String? = nil
    ) {
        self.statisticsSHA256 = statisticsSHA256
        self.score = score
        self.resolution = resolution
        self.precision = precision
        self.size = size
    }
}

extension ModelBundle {
    /// The model's own threshold: the calibrated one of the same model, score and resolution.
    ///
    /// A threshold of another model or score, or of other statistics than the score reads, is never used. One that was calibrated at another input size or in the other
    /// precision is, with a note, as this is what a run gets that asked for no threshold at all: better a decision whose
    /// rates are said to be unknown than none. An approximate score (`low`) may use the exact one's, as both have one
    /// scale. Entries that fit in more of these are preferred, precision first.
    public func threshold(for use: ThresholdUse) throws(ModelError) -> ThresholdChoice {
        let fitting = thresholds.filter { entry in
            entry.score == use.score.name && isOfThisModel(entry) && entry.isOfStatistics(use.statisticsSHA256)
                && (entry.scoreAt == use.resolution.rawValue || use.resolution == .low)
        }
        func misfit(_ entry: CalibratedThreshold) -> Int {
            (entry.precision == use.precision.rawValue ? 0 : 4) + (entry.scoreAt == use.resolution.rawValue ? 0 : 2)
                + (entry.fits(use.size) ? 0 : 1)
        }
        guard let entry = fitting.min(by: { misfit($0) < misfit($1) }) else {
            throw ModelError(
                "\(directory) has no threshold for score '\(use.score.name)' of this model file"
                    + "\(use.statisticsSHA256 == nil ? "" : " and its statistics"): give one with "
                    + "--threshold, or make one with 'densehybrid calibrate threshold --score \(use.score.name)'")
        }
        return try choice(
            entry, of: directory + "/" + ThresholdsFile.name, note: misfit(entry) == 0 ? nil : note(entry, use))
    }

    /// The threshold of a file that was asked for by name (`--threshold-file`). What was calibrated for another model,
    /// score, resolution or input size is refused: whoever names a file relies on the rates that it states, and those hold
    /// for nothing else. (A value that is to be used all the same can be given with --threshold.) The other precision is a
    /// note only: int8 is calibrated to agree with fp32, and moves the rates far less than a size does.
    public func threshold(of file: ThresholdsFile, for use: ThresholdUse) throws(ModelError) -> ThresholdChoice {
        let again = "calibrate again ('densehybrid calibrate threshold --output \(file.path)' with this run's options)"
        let scored = file.entries.filter { $0.score == use.score.name }
        guard let first = scored.first else {
            let names = Set(file.entries.map(\.score)).sorted().joined(separator: ", ")
            throw ModelError(
                "\(file.path) has no threshold for score '\(use.score.name)' (it has: \(names.isEmpty ? "none" : names)): "
                    + "name another --score, or \(again)")
        }
        let ours = scored.filter(isOfThisModel)
        guard ours.isEmpty || ours.contains(where: { $0.isOfStatistics(use.statisticsSHA256) }) else {
            throw ModelError(
                "\(file.path) was calibrated with other statistics than \(directory)/\(StatisticsFile.name) has, which score "
                    + "'\(use.score.name)' reads: \(again)")
        }
        guard !ours.isEmpty else {
            throw ModelError(
                "\(file.path) was calibrated for a model with SHA-256 \(first.modelSHA256.prefix(12))…, and \(modelPath) has "
                    + "\(description.modelSHA256.prefix(12))…: name that model, or \(again)")
        }
        func narrowed(
            _ entries: [CalibratedThreshold], _ what: String, _ option: String, _ wanted: String,
            _ has: (CalibratedThreshold) -> String, _ fits: (CalibratedThreshold) -> Bool
        ) throws(ModelError) -> [CalibratedThreshold] {
            let kept = entries.filter(fits)
            guard kept.isEmpty else { return kept }
            let found = has(entries[0])
            throw ModelError(
                "\(file.path) was calibrated \(what) \(found), and this run computes \(what) \(wanted): run with "
                    + "\(option) \(found), or \(again)")
        }
        let known = ours.filter { $0.isOfStatistics(use.statisticsSHA256) }
        var kept = try narrowed(known, "with the score at", "--score-at", use.resolution.rawValue, { $0.scoreAt }) {
            $0.scoreAt == use.resolution.rawValue
        }
        kept = try narrowed(kept, "at", "--size", use.size.description, { $0.sizes?.first ?? $0.size }) {
            $0.fits(use.size)
        }
        let entry = kept.first { $0.precision == use.precision.rawValue } ?? kept[0]
        return try choice(
            entry, of: file.path, note: entry.precision == use.precision.rawValue ? nil : note(entry, use))
    }

    private func note(_ entry: CalibratedThreshold, _ use: ThresholdUse) -> String {
        func words(_ precision: String, _ size: String, _ resolution: String) -> String {
            "\(precision) at \(size), score at \(resolution)"
        }
        return
            "threshold \(entry.value) was calibrated in \(words(entry.precision, entry.size, entry.scoreAt)); this run "
            + "computes in \(words(use.precision.rawValue, use.size.description, use.resolution.rawValue)), so its rates "
            + "differ from the calibrated ones"
    }

    private func isOfThisModel(_ entry: CalibratedThreshold) -> Bool {
        entry.modelSHA256.lowercased() == description.modelSHA256.lowercased()
    }

    private func choice(
        _ entry: CalibratedThreshold, of path: String, note: String?
    ) throws(ModelError) -> ThresholdChoice {
        do {
            return ThresholdChoice(
                threshold: try Threshold(entry.value), origin: "\(path): \(entry.origin)", note: note)
        } catch {
            throw ModelError("\(path): \(error.description)")
        }
    }
}
