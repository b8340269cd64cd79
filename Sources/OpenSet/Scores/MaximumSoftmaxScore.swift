internal import CKernels

extension OutlierScore {
    /// One minus the maximum softmax probability.
    public static let maximumSoftmax = OutlierScore(
        name: "msp", formula: "1 - max p",
        summary: "maximum softmax probability (Hendrycks and Gimpel, ICLR 2017)",
        needs: [], kind: DH_SCORE_MSP)
}
