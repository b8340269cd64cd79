/// What a number of a trigger expression measures; numbers of different kinds are not compared.
enum TriggerKind: Equatable {
    case share, score, count, time, flag

    /// With its article, for messages.
    var words: String {
        switch self {
        case .share: "a share"
        case .score: "a score"
        case .count: "a count"
        case .time: "a time"
        case .flag: "true or false"
        }
    }
}

/// The fields of a frame that a trigger expression may name. Raw values are their places in `TriggerValues`.
enum TriggerField: Int, CaseIterable {
    case anomalyFraction, anomalyMaxScore, regions, largestRegionArea
    case total, queueWait, age
    case decode, normalize, backbone, heads, score, threshold, fuse, write
    case qualityLevel, delivered, dropped, failed, deadlineMissed

    var name: String {
        switch self {
        case .anomalyFraction: "anomaly_fraction"
        case .anomalyMaxScore: "anomaly_max_score"
        case .regions: "regions"
        case .largestRegionArea: "largest_region_area"
        case .total: "total_ms"
        case .queueWait: "queue_wait_ms"
        case .age: "age_ms"
        case .decode: "decode_ms"
        case .normalize: "normalize_ms"
        case .backbone: "backbone_ms"
        case .heads: "heads_ms"
        case .score: "score_ms"
        case .threshold: "threshold_ms"
        case .fuse: "fuse_ms"
        case .write: "write_ms"
        case .qualityLevel: "quality_level"
        case .delivered: "delivered"
        case .dropped: "dropped"
        case .failed: "failed"
        case .deadlineMissed: "deadline_missed"
        }
    }

    var kind: TriggerKind {
        switch self {
        case .anomalyFraction: .share
        case .anomalyMaxScore: .score
        case .regions, .largestRegionArea, .qualityLevel: .count
        case .total, .queueWait, .age, .decode, .normalize, .backbone, .heads, .score, .threshold, .fuse, .write: .time
        case .delivered, .dropped, .failed, .deadlineMissed: .flag
        }
    }

    init?(name: some StringProtocol) {
        guard let field = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = field
    }

    /// For messages and help.
    static let names = allCases.map(\.name).joined(separator: ", ")
}

/// A frame's values by field: times in milliseconds, shares as fractions of 1, flags 0 or 1; NaN where the frame has none.
struct TriggerValues {
    private var values = InlineArray<20, Double>(repeating: .nan)

    subscript(field: TriggerField) -> Double {
        get { values[field.rawValue] }
        set { values[field.rawValue] = newValue }
    }

    /// The values of a frame. Allocates nothing.
    init(_ record: FrameRecord, regions: UnsafeBufferPointer<RegionRecord>?) {
        if let fraction = record.anomalyFraction { self[.anomalyFraction] = Double(fraction) }
        if let score = record.anomalyMaxScore { self[.anomalyMaxScore] = Double(score) }
        if let count = record.regionCount { self[.regions] = Double(count) }
        // The largest comes first; without regions the largest has no area.
        if let regions { self[.largestRegionArea] = Double(regions.first?.area ?? 0) }
        self[.total] = Double(record.totalNanoseconds) / 1e6
        self[.queueWait] = Double(record.queueWaitNanoseconds) / 1e6
        time(.age, record.ageNanoseconds)
        time(.decode, record.stages.decode)
        time(.normalize, record.stages.normalize)
        time(.backbone, record.stages.backbone)
        time(.heads, record.stages.heads)
        time(.score, record.stages.score)
        time(.threshold, record.stages.threshold)
        time(.fuse, record.stages.fuse)
        time(.write, record.stages.write)
        self[.qualityLevel] = Double(record.qualityLevel)
        switch record.status {
        case .delivered: flags(delivered: 1, dropped: 0, failed: 0)
        case .dropped: flags(delivered: 0, dropped: 1, failed: 0)
        case .failed: flags(delivered: 0, dropped: 0, failed: 1)
        case .stalled: flags(delivered: 0, dropped: 0, failed: 0)
        }
        self[.deadlineMissed] = record.deadlineMet == false ? 1 : 0
    }

    private mutating func time(_ field: TriggerField, _ nanoseconds: Int64?) {
        if let nanoseconds { self[field] = Double(nanoseconds) / 1e6 }
    }

    private mutating func flags(delivered: Double, dropped: Double, failed: Double) {
        self[.delivered] = delivered
        self[.dropped] = dropped
        self[.failed] = failed
    }
}
