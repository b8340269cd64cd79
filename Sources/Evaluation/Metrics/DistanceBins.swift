/// Pixels by distance from the camera, for average precision by distance (Table 3 of the paper).
///
/// The paper gives no rule beyond the bins. Here both kinds of pixels are restricted to the bin and all pictures are
/// pooled; pixels nearer or farther than all bins, or without distance, take no part.
public struct DistanceBins: Sendable {
    /// Edges in metres, ascending: bin i is edges[i] <= distance < edges[i + 1].
    public let edges: [Float]
    /// Scores of each bin.
    public private(set) var pools: [PooledScores]

    /// The paper's nine bins, 5 m to 50 m.
    public static let paper = stride(from: Float(5), through: 50, by: 5).map { $0 }

    /// Empty bins.
    public init(edges: [Float] = paper) {
        precondition(edges.count > 1 && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }, "edges ascend")
        self.edges = edges
        pools = (1..<edges.count).map { _ in PooledScores() }
    }

    /// Adds a picture: score, label and distance in metres (0 or not a number: unknown) of each pixel.
    public mutating func add(
        scores: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<UInt8>, distances: [Float], roles: LabelRoles
    ) throws(EvaluationError) {
        guard distances.count == scores.count, labels.count == scores.count else {
            throw .labels("\(distances.count) distances for \(scores.count) scores: sizes must agree")
        }
        for index in scores.indices {
            let distance = distances[index]
            guard distance >= edges[0], distance < edges[edges.count - 1] else { continue }
            let bin = (edges.firstIndex { distance < $0 } ?? 1) - 1
            pools[bin].add(score: scores[index], role: roles[labels[index]])
        }
    }

    /// Average precision of each bin; nil for a bin that lacks one of the kinds.
    public func averagePrecisions() throws(EvaluationError) -> [Double?] {
        var values: [Double?] = []
        for pool in pools { values.append(pool.hasBothKinds ? try pool.curve().averagePrecision : nil) }
        return values
    }
}
