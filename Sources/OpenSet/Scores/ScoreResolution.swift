/// Where the score is computed. Scores that need features are always computed at the head's resolution.
public enum ScoreResolution: String, Sendable, CaseIterable {
    /// At the frame's resolution, from upsampled logits: exact.
    case full
    /// At the head's resolution; the finished score is then upsampled. A fast approximation: labels stay exact (argmax of
    /// upsampled logits), scores near edges do not.
    case low

    /// Parses a `--score-at` argument.
    public init(argument: String) throws(OpenSetError) {
        guard let resolution = ScoreResolution(rawValue: argument) else {
            throw .geometry("--score-at takes full or low, not '\(argument)'")
        }
        self = resolution
    }
}
