/// Sorted scores of both kinds: the exact steps.
public struct DetectionCurve: DetectionSteps, Sendable {
    private let anomalies: [UInt32]
    private let inliers: [UInt32]

    /// Keys ascending; both kinds present.
    init(anomalies: [UInt32], inliers: [UInt32]) {
        precondition(!anomalies.isEmpty && !inliers.isEmpty, "a curve needs both kinds")
        self.anomalies = anomalies
        self.inliers = inliers
    }

    /// Pixels of anomalies.
    public var anomalyCount: Int { anomalies.count }
    /// Pixels of inliers.
    public var inlierCount: Int { inliers.count }

    /// From the highest score down.
    public func walk(_ body: (DetectionStep) -> Bool) {
        var anomaly = anomalies.count, inlier = inliers.count
        while anomaly > 0 || inlier > 0 {
            let key = max(anomaly > 0 ? anomalies[anomaly - 1] : 0, inlier > 0 ? inliers[inlier - 1] : 0)
            while anomaly > 0 && anomalies[anomaly - 1] == key { anomaly -= 1 }
            while inlier > 0 && inliers[inlier - 1] == key { inlier -= 1 }
            let step = DetectionStep(
                score: OrderedKey.score(key), truePositives: anomalies.count - anomaly,
                falsePositives: inliers.count - inlier)
            if !body(step) { return }
        }
    }
}
