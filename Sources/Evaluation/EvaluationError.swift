/// Why an evaluation cannot go on, in one line for people.
public enum EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A folder or file that is not as the layout wants it.
    case dataset(String)
    /// Labels or their meaning are unusable.
    case labels(String)
    /// Scores that no curve can be drawn from.
    case scores(String)

    static func needsBothKinds(anomalies: Int, inliers: Int) -> EvaluationError {
        .scores(
            "the set has \(anomalies) anomaly and \(inliers) inlier pixels: metrics need both; "
                + "check which label values mean anomaly")
    }

    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .dataset(let text), .labels(let text), .scores(let text): text
        }
    }
}
