internal import CKernels

extension OutlierScore {
    /// Energy of logits that are recomputed from activations cut at a percentile of inlier activations.
    ///
    /// The activations are those that enter the last convolution, after its normalisation and ReLU where it has such. This
    /// cuts them (min(f, c)) as the paper says (Sun et al., NeurIPS 2021, section 3). The code of DenseHybrid's authors
    /// sets activations of c and above to zero instead, which is another score. Computed at the head's resolution.
    public static let react = OutlierScore(
        name: "react", formula: "-ln sum exp s(min(f, c))",
        summary: "energy of logits from cut activations; ReAct (Sun et al., NeurIPS 2021)",
        needs: [.features, .statistics], kind: DH_SCORE_GENERATIVE, reading: .clampedLogits)
}
