internal import CKernels

/// A per-pixel measure of how little a pixel looks like the known classes; higher is more anomalous.
///
/// Notation: s = class logits, p = softmax(s), o = logits of the outlier head (o1 = outlier), K = number of classes.
/// Every score is computed from one forward pass. Each has a file of its own in this folder.
public struct OutlierScore: Sendable, Equatable {
    /// The name that `--score` takes.
    public let name: String
    /// The formula, as the help prints it.
    public let formula: String
    /// What it measures and where it comes from.
    public let summary: String
    /// What it reads besides the class logits.
    public let needs: ScoreNeeds
    /// The kernel's code.
    let kind: dh_score

    /// Two scores are equal when they have the same name.
    public static func == (left: OutlierScore, right: OutlierScore) -> Bool { left.name == right.name }
}
