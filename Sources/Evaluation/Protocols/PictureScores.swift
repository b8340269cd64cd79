/// What an evaluation takes of a picture. Row-major, one element a pixel; valid during the call only.
public struct PictureScores {
    /// Part of the set that the picture belongs to; empty if it has none.
    public let fold: String
    /// Pixels in a row.
    public let width: Int
    /// Higher = more anomalous.
    public let scores: UnsafeBufferPointer<Float>
    /// Label bytes as stored.
    public let labels: UnsafeBufferPointer<UInt8>
    /// The network's classes; nil where only scores are known.
    public let classes: UnsafeBufferPointer<UInt8>?
    /// Metres; nil where the set has none.
    public let distances: [Float]?

    /// A picture.
    public init(
        fold: String, width: Int, scores: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<UInt8>,
        classes: UnsafeBufferPointer<UInt8>? = nil, distances: [Float]? = nil
    ) {
        self.fold = fold
        self.width = width
        self.scores = scores
        self.labels = labels
        self.classes = classes
        self.distances = distances
    }
}
