/// Scores of a set's frames, kept frame by frame, for the choice of a threshold and the rates that it reaches.
///
/// Frames are the independent units (pixels are not): rates come with counts for each frame, so that intervals can be drawn
/// over frames. Memory: 4 bytes for each pixel that is not void, or 8 for each bin in use of each frame (`isBinned`).
public struct DecisionSample: Sendable {
    struct Frame: Sendable {
        let anomalies: KeyCounts
        let inliers: KeyCounts
        /// See `FrameAlarm.criticalKey`; 0 for a frame that never raises the alarm.
        let criticalKey: UInt32
    }

    /// Whether scores are counted in bins. Thresholds then lie on ends of bins, where counts are exact.
    public let isBinned: Bool
    /// What is counted in frames; nil where nothing is.
    public let alarm: FrameAlarm?
    private(set) var frames: [Frame] = []
    /// Pixels that took no part.
    public private(set) var voidCount = 0

    /// No frames.
    public init(isBinned: Bool, alarm: FrameAlarm? = nil) {
        self.isBinned = isBinned
        self.alarm = alarm
    }

    /// Frames.
    public var frameCount: Int { frames.count }
    /// Pixels of anomalies.
    public var anomalyCount: Int { frames.reduce(0) { $0 + $1.anomalies.count } }
    /// Pixels of inliers.
    public var inlierCount: Int { frames.reduce(0) { $0 + $1.inliers.count } }

    /// Adds a frame, row-major. Without labels all pixels are inliers. Only inliers can raise an alarm. Sorts; blocks.
    public mutating func add(
        scores: UnsafeBufferPointer<Float>, width: Int, labels: (bytes: UnsafeBufferPointer<UInt8>, roles: LabelRoles)?
    ) throws(EvaluationError) {
        if let labels, labels.bytes.count != scores.count {
            throw .labels("\(labels.bytes.count) label pixels for \(scores.count) scores: sizes must agree")
        }
        var anomalies: [UInt32] = [], inliers: [UInt32] = []
        inliers.reserveCapacity(scores.count)
        var picture = alarm == nil ? [] : [UInt32](repeating: 0, count: scores.count)
        for index in scores.indices {
            let role = labels.map { $0.roles[$0.bytes[index]] } ?? .inlier
            if role == .void {
                voidCount += 1
                continue
            }
            guard !scores[index].isNaN else {
                throw .scores("the score of pixel \(index) is not a number: the network or its input is broken")
            }
            let key = OrderedKey.key(scores[index])
            if role == .anomaly {
                anomalies.append(key)
            } else {
                inliers.append(key)
                if alarm != nil { picture[index] = key }
            }
        }
        let critical = alarm?.criticalKey(picture, width: width) ?? 0
        frames.append(
            Frame(
                anomalies: isBinned ? KeyCounts(binning: anomalies) : KeyCounts(sorting: anomalies),
                inliers: isBinned ? KeyCounts(binning: inliers) : KeyCounts(sorting: inliers), criticalKey: critical))
    }
}
