internal import CKernels

extension OutlierScore {
    /// Negated log-sum-exp of the class logits (energy score at temperature 1).
    public static let generative = OutlierScore(
        name: "generative", formula: "-ln sum exp s",
        summary: "the hybrid's generative part: free energy of the class logits (Liu et al., NeurIPS 2020)",
        needs: [], kind: DH_SCORE_GENERATIVE)
}
