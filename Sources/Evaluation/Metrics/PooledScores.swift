/// Scores of all pixels of a set, anomalies and inliers apart, for exact curves.
///
/// Memory: 4 bytes per pixel that is not void (while a picture is added, up to twice that for a moment, as arrays grow;
/// `init(pixels:)` reserves and avoids it). Sorting is in place. 30 frames of 2 MPx take 250 MB.
public struct PooledScores: Sendable {
    private(set) var anomalies: [UInt32] = []
    private(set) var inliers: [UInt32] = []
    /// Pixels that took no part.
    public private(set) var voidCount = 0
    /// Scores that are not a number.
    public private(set) var notANumberCount = 0

    /// No pixels; room for `pixels` of them (of which few are anomalies).
    public init(pixels: Int = 0) { inliers.reserveCapacity(pixels) }

    /// Pixels of anomalies.
    public var anomalyCount: Int { anomalies.count }
    /// Pixels of inliers.
    public var inlierCount: Int { inliers.count }

    /// Adds a picture: one score and one label byte per pixel.
    public mutating func add(
        scores: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<UInt8>, roles: LabelRoles
    ) throws(EvaluationError) {
        guard scores.count == labels.count else {
            throw .labels("\(labels.count) label pixels for \(scores.count) scores: sizes must agree")
        }
        for index in scores.indices { add(score: scores[index], role: roles[labels[index]]) }
    }

    /// Adds a pixel.
    mutating func add(score: Float, role: LabelRoles.Role) {
        if role == .void {
            voidCount += 1
        } else if score.isNaN {
            notANumberCount += 1
        } else if role == .anomaly {
            anomalies.append(OrderedKey.key(score))
        } else {
            inliers.append(OrderedKey.key(score))
        }
    }

    /// Adds a picture from arrays.
    public mutating func add(scores: [Float], labels: [UInt8], roles: LabelRoles) throws(EvaluationError) {
        var failure: EvaluationError?
        scores.withUnsafeBufferPointer { scores in
            labels.withUnsafeBufferPointer { labels in
                do throws(EvaluationError) { try add(scores: scores, labels: labels, roles: roles) } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }

    /// Adds all pixels of another pool.
    public mutating func add(_ other: PooledScores) {
        anomalies.append(contentsOf: other.anomalies)
        inliers.append(contentsOf: other.inliers)
        voidCount += other.voidCount
        notANumberCount += other.notANumberCount
    }

    /// Whether there are pixels of both kinds.
    public var hasBothKinds: Bool { !anomalies.isEmpty && !inliers.isEmpty }

    /// The same pixels in bins. Sorts a copy.
    public var histogram: ScoreHistogram { ScoreHistogram(anomalies: anomalies, inliers: inliers) }

    /// Sorts and draws the curve. Fails where one of the two kinds has no pixels, or a score is not a number.
    public consuming func curve() throws(EvaluationError) -> DetectionCurve {
        if notANumberCount > 0 {
            throw .scores("\(notANumberCount) scores are not numbers: the network or its input is broken")
        }
        guard !anomalies.isEmpty, !inliers.isEmpty else {
            throw .needsBothKinds(anomalies: anomalies.count, inliers: inliers.count)
        }
        OrderedKey.sort(&anomalies)
        OrderedKey.sort(&inliers)
        return DetectionCurve(anomalies: anomalies, inliers: inliers)
    }
}
