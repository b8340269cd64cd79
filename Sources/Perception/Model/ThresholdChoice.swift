public import Inference
public import OpenSet

/// The threshold that a run decides by.
public struct ThresholdChoice: Sendable {
    /// The threshold.
    public let threshold: Threshold
    /// What the user should know about where it comes from; nil where it was calibrated for exactly this.
    public let note: String?
}

extension ModelBundle {
    /// The threshold to decide by: the given one, else the calibrated one of the same model, score and resolution.
    ///
    /// A threshold of another model or score is never used. One that was calibrated in the other precision is, with a
    /// note: int8 shifts scores a little, and by how much is the model's affair.
    public func threshold(
        given: Float?, score: OutlierScore, resolution: ScoreResolution, precision: Precision = .fp32
    ) throws(ModelError) -> ThresholdChoice {
        let digest = description.modelSHA256.lowercased()
        do throws(OpenSetError) {
            if let given { return ThresholdChoice(threshold: try Threshold(given), note: nil) }
            let fitting = thresholds.filter { $0.score == score.name && $0.modelSHA256.lowercased() == digest }
            for entries in [fitting.filter { $0.precision == precision.rawValue }, fitting] {
                // The two resolutions give the same scale of scores; an approximate score may use the exact one's.
                let exact = entries.first { $0.scoreAt == resolution.rawValue }
                guard let entry = exact ?? (resolution == .low ? entries.first : nil) else { continue }
                let note =
                    entry.precision == precision.rawValue
                    ? nil
                    : "threshold \(entry.value) was calibrated in \(entry.precision); this run computes in "
                        + "\(precision.rawValue), so its rates may differ a little"
                return ThresholdChoice(threshold: try Threshold(entry.value), note: note)
            }
        } catch {
            throw ModelError(error.description)
        }
        throw ModelError(
            "\(directory) has no threshold for score '\(score.name)' of this model file: give one with "
                + "--threshold, or calibrate one")
    }
}
