internal import CKernels

extension OutlierScore {
    /// w * (mean_r - r) / dev_r + (1 - w) * (E - mean_E) / dev_E with r = |P(f - m)| / |f - m|, P the projection on the
    /// principal subspace of inlier features, E = -ln sum exp s; means and deviations on inlier pixels. Computed at the
    /// head's resolution. By default w = 0.6 and 16 directions (fewer where features have fewer than 32 channels), as in
    /// the authors' code.
    public static let energyNeco = OutlierScore(
        name: "energy-neco", formula: "w z(-|P(f-m)|/|f-m|) + (1-w) z(-ln sum exp s)",
        summary: "features outside the principal subspace, and energy; Energy-Aware NECO (arXiv 2605.29773)",
        needs: [.features, .statistics], kind: DH_SCORE_GENERATIVE, reading: .principalShare)
}
