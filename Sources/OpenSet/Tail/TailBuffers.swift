/// Where one frame's tail reads and writes. A trivial value; the pipeline's slot owns the memory.
public struct TailBuffers: @unchecked Sendable {
    // Pointers into one slot, which one stage holds at a time.
    /// Class logits, planes as `TailGeometry` says.
    public var logits: UnsafePointer<Float>
    /// Outlier logits [2][h][w] (channel 1 = outlier); nil for a model without the head.
    public var outlierLogits: UnsafePointer<Float>?
    /// For scores that need features, what the network's projection made of them: planar class logits for
    /// `FeatureReading.clampedLogits`, else blocked as `FeatureProjection` says, at the head's resolution.
    public var features: UnsafePointer<Float>?
    /// The open-set map [height][width].
    public var openSet: UnsafeMutablePointer<UInt8>
    /// The closed-set label map [height][width], if somebody wants it.
    public var labels: UnsafeMutablePointer<UInt8>?
    /// The score map [height][width], if somebody wants it.
    public var score: UnsafeMutablePointer<Float>?
    /// The outlier mask [height][width] (0 or 1), if somebody wants it.
    public var mask: UnsafeMutablePointer<UInt8>?

    /// The maps that are nil live only band by band in the plan's scratch.
    public init(
        logits: UnsafePointer<Float>, outlierLogits: UnsafePointer<Float>?,
        features: UnsafePointer<Float>? = nil, openSet: UnsafeMutablePointer<UInt8>,
        labels: UnsafeMutablePointer<UInt8>? = nil, score: UnsafeMutablePointer<Float>? = nil,
        mask: UnsafeMutablePointer<UInt8>? = nil
    ) {
        self.logits = logits
        self.outlierLogits = outlierLogits
        self.features = features
        self.openSet = openSet
        self.labels = labels
        self.score = score
        self.mask = mask
    }
}
