internal import CKernels

/// OH*MSP of the paper's Table 4: outlier head and maximum softmax probability multiplied (Bevandic, Kreso, Orsic and
/// Segvic, "Dense open-set recognition based on training with noisy negative images", arXiv 2101.09193).
///
/// Two products deserve that name and rank pixels differently, so both are here. The abstract of 2101.09193 and its
/// two-head model (one softmax over K classes, one over inlier and outlier) could be checked, and so could its authors'
/// public code, which thresholds P(d_in|x) alone and never multiplies. The passage that defines the product could not:
/// which reading Table 4 means is not known here.
extension OutlierScore {
    /// An outlier is what the head takes for one and the classifier is unsure of: high only where both say so.
    public static let headTimesSoftmax = OutlierScore(
        name: "oh-msp", formula: "P(d_out|x) (1 - max p)",
        summary: "OH*MSP, read as outlier where head and maximum softmax agree (Bevandic et al., arXiv 2101.09193)",
        needs: .outlierHead, kind: DH_SCORE_OH_MSP)

    /// One minus the probability of being an inlier of the predicted class: high where either says so.
    public static let headTimesSoftmaxJoint = OutlierScore(
        name: "oh-msp-joint", formula: "1 - P(d_in|x) max p",
        summary: "OH*MSP, read as outlier where head or maximum softmax say so (Bevandic et al., arXiv 2101.09193)",
        needs: .outlierHead, kind: DH_SCORE_OH_MSP_JOINT)
}
