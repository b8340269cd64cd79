internal import CKernels

/// A per-pixel measure of how little a pixel looks like the known classes; higher is more anomalous.
///
/// Notation: s = class logits, p = softmax(s), o = logits of the outlier head (o1 = outlier), K = number of classes,
/// v = logit of an outlier class beside the K known ones, q = softmax(s, v), f = features before the logits.
/// Every score is computed from one forward pass. Each has a file of its own in this folder.
public struct OutlierScore: Sendable, Equatable {
    /// The name that `--score` takes. It tells all that the score's scale depends on: a threshold belongs to one name.
    public let name: String
    /// The formula, as the help prints it.
    public let formula: String
    /// What it measures and where it comes from.
    public let summary: String
    /// What it reads besides the class logits.
    public let needs: ScoreNeeds
    /// The kernel's code.
    let kind: dh_score
    /// T of the generative score; 1 of all others.
    let temperature: Float
    /// Whether the frame's map is smoothed before anything is decided; see `TailPlan`.
    public let isSmoothed: Bool
    /// What it makes of features; nil for scores of logits alone.
    public let reading: FeatureReading?

    init(
        name: String, formula: String, summary: String, needs: ScoreNeeds, kind: dh_score, temperature: Float = 1,
        isSmoothed: Bool = false, reading: FeatureReading? = nil
    ) {
        self.name = name
        self.formula = formula
        self.summary = summary
        self.needs = needs
        self.kind = kind
        self.temperature = temperature
        self.isSmoothed = isSmoothed
        self.reading = reading
    }

    /// Two scores are equal when they have the same name.
    public static func == (left: OutlierScore, right: OutlierScore) -> Bool { left.name == right.name }
}
