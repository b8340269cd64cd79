public import OpenSet

extension ModelBundle {
    /// The threshold to decide by: the given one, else the calibrated one of the same model, score and resolution.
    ///
    /// A threshold of another model or score is never used.
    public func threshold(
        given: Float?, score: OutlierScore, resolution: ScoreResolution
    ) throws(ModelError) -> Threshold {
        do throws(OpenSetError) {
            if let given { return try Threshold(given) }
            let fitting = thresholds.filter {
                $0.score == score.name && $0.modelSHA256.lowercased() == description.modelSHA256.lowercased()
            }
            if let exact = fitting.first(where: { $0.scoreAt == resolution.rawValue }) {
                return try Threshold(exact.value)
            }
            // The two resolutions give the same scale of scores; an approximate score may use the exact one's threshold.
            if resolution == .low, let full = fitting.first { return try Threshold(full.value) }
        } catch {
            throw ModelError(error.description)
        }
        throw ModelError(
            "\(directory) has no threshold for score '\(score.name)' of this model file: give one with --threshold, or "
                + "calibrate one")
    }
}
