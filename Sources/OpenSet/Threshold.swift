/// The decision threshold: a pixel is an outlier where its score is strictly above it, or is not a number.
public struct Threshold: Sendable, Equatable {
    /// The threshold, in units of the score. May be infinite: plus infinity finds no outlier but scores that are NaN.
    public let value: Float

    /// Fails where `value` is not a number.
    public init(_ value: Float) throws(OpenSetError) {
        if value.isNaN { throw .threshold("a threshold must be a number, not nan") }
        self.value = value
    }

    /// The decision for one pixel, as the kernels make it.
    public func isOutlier(_ score: Float) -> Bool { !(score <= value) }

    /// Scores at most this large change neither the mask nor the greatest score of a frame, of which `counts` are some
    /// bands.
    public func ignorable(after counts: OutlierCounts) -> Float { min(value, counts.maximumScore) }
}

/// What thresholding a band of rows found. Add up the bands of a frame.
public struct OutlierCounts: Sendable, Equatable {
    /// Outlier pixels.
    public var outliers: Int
    /// Greatest score that is not NaN; minus infinity if there is none.
    public var maximumScore: Float

    /// No pixels.
    public init() {
        outliers = 0
        maximumScore = -.infinity
    }

    /// Joins two disjoint bands.
    public static func + (left: OutlierCounts, right: OutlierCounts) -> OutlierCounts {
        var sum = left
        sum.outliers += right.outliers
        sum.maximumScore = max(left.maximumScore, right.maximumScore)
        return sum
    }
}
