/// Pixels by distance from the camera, for metrics by distance (Table 3 of the paper).
///
/// The paper gives no rule beyond the bins. Here both kinds of pixels are restricted to the bin and all pictures are
/// pooled; pixels nearer or farther than all bins, or without distance, take no part. Memory: that of another pool for the
/// pixels inside the bins.
struct DistanceBins: Sendable {
    /// Edges in metres, ascending: bin i is edges[i] <= distance < edges[i + 1].
    let edges: [Float]
    private let isBinned: Bool
    private var pools: [ScorePool]
    private var counts: [(inlier: Int, anomaly: Int)]

    /// The paper's nine bins, 5 m to 50 m.
    static let paper = stride(from: Float(5), through: 50, by: 5).map { $0 }

    /// Empty bins; `isBinned` counts scores in bins of their own, too.
    init(edges: [Float] = paper, isBinned: Bool) {
        precondition(edges.count > 1 && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }, "edges ascend")
        self.edges = edges
        self.isBinned = isBinned
        pools = (1..<edges.count).map { _ in ScorePool(isBinned: isBinned) }
        counts = pools.map { _ in (0, 0) }
    }

    /// Adds a picture: score, label and distance in metres (0 or not a number: unknown) of each pixel. Returns the picture's
    /// own counts in each range if asked to.
    mutating func add(
        scores: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<UInt8>, distances: [Float], roles: LabelRoles,
        wantsHistograms: Bool = false
    ) throws(EvaluationError) -> [ScoreHistogram] {
        guard distances.count == scores.count, labels.count == scores.count else {
            throw .labels("\(distances.count) distances for \(scores.count) scores: sizes must agree")
        }
        var pictures = pools.map { _ in PooledScores() }
        for index in scores.indices {
            let distance = distances[index]
            guard distance >= edges[0], distance < edges[edges.count - 1] else { continue }
            let bin = (edges.firstIndex { distance < $0 } ?? 1) - 1
            pictures[bin].add(score: scores[index], role: roles[labels[index]])
        }
        let histograms = isBinned || wantsHistograms ? pictures.map(\.histogram) : []
        for bin in pools.indices {
            counts[bin].inlier += pictures[bin].inlierCount
            counts[bin].anomaly += pictures[bin].anomalyCount
            pools[bin].add(pictures[bin], histogram: histograms.isEmpty ? nil : histograms[bin])
        }
        return wantsHistograms ? histograms : []
    }

    /// Metrics of each bin, nearest first.
    consuming func metrics(_ target: AnomalyMetrics.Target) throws(EvaluationError) -> [DistanceMetrics] {
        var values: [DistanceMetrics] = []
        for bin in pools.indices {
            let hasBothKinds = counts[bin].inlier > 0 && counts[bin].anomaly > 0
            // Taken out: the curve is drawn in place, on the only copy.
            let pool = pools[bin]
            pools[bin] = ScorePool(isBinned: isBinned)
            values.append(
                DistanceMetrics(
                    from: edges[bin], to: edges[bin + 1], inlierPixels: counts[bin].inlier,
                    anomalyPixels: counts[bin].anomaly,
                    metrics: hasBothKinds ? AnomalyMetrics(try pool.curve(), target: target) : nil))
        }
        return values
    }
}

/// The metrics of pixels in one range of distances, all pictures pooled.
public struct DistanceMetrics: Sendable, Equatable {
    /// Metres, inclusive.
    public let from: Float
    /// Metres, exclusive.
    public let to: Float
    /// Inlier pixels there.
    public let inlierPixels: Int
    /// Anomaly pixels there.
    public let anomalyPixels: Int
    /// Nil where a kind is missing.
    public let metrics: AnomalyMetrics?
}
