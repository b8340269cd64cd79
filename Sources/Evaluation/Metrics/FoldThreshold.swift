/// Which threshold one fold of a set lends to the other in open-IoU (Sections 4 and 5.3 of the paper).
public enum FoldThreshold: String, Sendable, CaseIterable {
    /// True positive rate 95 %: the paper.
    case truePositives95 = "tpr95"
    /// False positive rate 5 %: ISSU.
    case falsePositives5 = "fpr5"
    /// Best pixel F1: ISSU.
    case bestF1 = "f1"

    /// The threshold that a curve gives, for the strict rule score > threshold.
    public func threshold(of curve: some DetectionSteps, rule: TieRule) -> Float {
        point(of: curve, rule: rule)?.threshold ?? .infinity
    }

    /// The point of a curve that it stands for; nil where nothing may count.
    func point(of curve: some DetectionSteps, rule: TieRule) -> OperatingPoint? {
        switch self {
        case .truePositives95: curve.point(atTruePositiveRate: 0.95, rule)
        case .falsePositives5: curve.point(atFalsePositiveRate: 0.05)
        case .bestF1: curve.bestF1.point
        }
    }
}

/// Open-IoU of a set: each fold's confusion matrix at the threshold of the other folds, and the mean of the folds'
/// open-IoUs weighted by their numbers of pictures (Section 5.3).
public struct OpenSetQuality: Sendable, Equatable {
    /// One fold.
    public struct Fold: Sendable, Equatable {
        /// Town, or part of the set.
        public let name: String
        /// Pictures.
        public let images: Int
        /// The threshold that the other folds lent.
        public let threshold: Float
        /// K + 1 classes and void at that threshold.
        public let matrix: ConfusionMatrix

        /// A fold.
        public init(name: String, images: Int, threshold: Float, matrix: ConfusionMatrix) {
            self.name = name
            self.images = images
            self.threshold = threshold
            self.matrix = matrix
        }

        /// Equation 16.
        public var openIoU: Double? { matrix.meanIoU(open: true) }
    }

    /// All folds.
    public let folds: [Fold]

    /// Quality over folds.
    public init(folds: [Fold]) { self.folds = folds }

    /// Weighted mean of the folds' open-IoUs; nil where a fold has none.
    public var openIoU: Double? {
        var sum = 0.0, images = 0
        for fold in folds {
            guard let value = fold.openIoU else { return nil }
            sum += value * Double(fold.images)
            images += fold.images
        }
        return images == 0 ? nil : sum / Double(images)
    }
}
