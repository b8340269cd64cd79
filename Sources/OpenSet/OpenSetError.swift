/// What can be wrong with a request to this module, in one line for people.
public enum OpenSetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No score has this name.
    case unknownScore(String)
    /// The score reads the outlier head's logits, and the model has none.
    case headMissing(score: String)
    /// The score reads calibrated statistics, and none were given.
    case statisticsMissing(score: String)
    /// The score reads the logit of an outlier class, and the model has none.
    case outlierClassMissing(score: String)
    /// A temperature that no score takes.
    case temperature(String)
    /// The number of classes, or a kept channel, does not fit the logits.
    case classes(String)
    /// A threshold that is not a number.
    case threshold(String)
    /// Sizes or formats that do not fit together.
    case geometry(String)
    /// The palette does not fit the classes.
    case palette(String)
    /// Normalisation that cannot be applied.
    case normalization(String)
    /// A camera that cannot be.
    case camera(String)

    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .unknownScore(let name):
            "unknown score '\(name)': choose one of \(OutlierScore.all.map(\.name).joined(separator: ", "))"
        case .headMissing(let score):
            "score '\(score)' needs an outlier head, which this model does not have: choose one of "
                + OutlierScore.all.filter { $0.needs.isEmpty }.map(\.name).joined(separator: ", ")
        case .statisticsMissing(let score):
            "score '\(score)' needs statistics of this model: make them with 'densehybrid calibrate statistics FRAMES'"
        case .outlierClassMissing(let score):
            "score '\(score)' needs an outlier class among the logits, which this model does not have: name its channel "
                + "by outlier_output in model.yaml, or choose one of "
                + OutlierScore.all.filter { $0.needs.isEmpty }.map(\.name).joined(separator: ", ")
        case .temperature(let text), .classes(let text), .threshold(let text), .geometry(let text), .palette(let text),
            .normalization(let text), .camera(let text):
            text
        }
    }
}
