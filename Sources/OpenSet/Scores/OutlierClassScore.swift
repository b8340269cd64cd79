internal import CKernels

/// The rules of a classifier with an outlier class beside the K known ones, which `outlier_output` of model.yaml names.
extension OutlierScore {
    /// Posterior of the outlier class, in logarithms: a void classifier. Its ranking is that of q_v, without its ties near
    /// 0 and 1.
    public static let outlierClass = OutlierScore(
        name: "void", formula: "ln q_v",
        summary:
            "posterior of an outlier class, q = softmax over K + 1 logits (void classifier; Blum et al., IJCV 2021)",
        needs: .outlierClass, kind: DH_SCORE_VOID)

    /// Negative objectness and uncertainty together, per pixel. The authors' code for masks computes the same difference,
    /// with its "no object" class in the softmax as well.
    public static let uno = OutlierScore(
        name: "uno", formula: "q_v - max q",
        summary: "UNO's rule: posterior of the outlier class less the surest known one (Delic et al., BMVC 2024)",
        needs: .outlierClass, kind: DH_SCORE_UNO)
}
