/// Counts of (true class, predicted class) over K inlier classes, the anomaly class K and void K + 1.
public struct ConfusionMatrix: Sendable, Equatable {
    /// Inlier classes, K.
    public let classes: Int
    private var counts: [Int]
    private var side: Int { classes + 2 }

    /// All 0.
    public init(classes: Int) {
        precondition(classes > 0, "a confusion matrix needs a class")
        self.classes = classes
        counts = [Int](repeating: 0, count: (classes + 2) * (classes + 2))
    }

    /// Pixels of class `truth` that were taken for `predicted`.
    public subscript(truth truth: Int, predicted predicted: Int) -> Int { counts[truth * side + predicted] }

    /// Counts pixels.
    public mutating func add(truth: Int, predicted: Int, pixels: Int = 1) {
        counts[truth * side + predicted] += pixels
    }

    /// Adds the counts of another matrix of as many classes, several times over.
    public mutating func add(_ other: ConfusionMatrix, times: Int = 1) {
        precondition(other.classes == classes, "matrices of one set have the same classes")
        for index in counts.indices { counts[index] += times * other.counts[index] }
    }

    /// TP / (TP + FP + FN) of each inlier class, void pixels (of either kind) left out. Confusions with the anomaly class
    /// count as FP and FN where `open` is true (equation 16 of the paper) and are left out where it is false (closed set).
    /// Nil for a class that neither occurs nor is predicted.
    public func intersectionsOverUnion(open: Bool) -> [Double?] {
        let others = 0..<(open ? classes + 1 : classes)
        return (0..<classes).map { k in
            let right = self[truth: k, predicted: k]
            let wrong = others.reduce(0) { sum, other in
                other == k ? sum : sum + self[truth: k, predicted: other] + self[truth: other, predicted: k]
            }
            return right + wrong == 0 ? nil : Double(right) / Double(right + wrong)
        }
    }

    /// Mean over the inlier classes that have a value (`nanmean`); nil if none has.
    public func meanIoU(open: Bool) -> Double? {
        let values = intersectionsOverUnion(open: open).compactMap { $0 }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
