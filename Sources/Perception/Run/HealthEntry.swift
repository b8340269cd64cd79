public import FrameIO
public import Monitoring

/// The mapping `health` of a pipeline file: from when on input and output are not well. Every key is optional; names that
/// Autoware has are Autoware's.
struct HealthEntry: Decodable, Sendable {
    var maxAllowedProcessingTime: Double?
    var maxAcceptableConsecutiveDelay: Double?
    var maxImageAge: Double?
    var validationCallbackInterval: Double?
    var stallTimeout: Double?
    var onStall: String?
    var frozenFrames: Int?
    var blackLevel: Int?
    var blankDeviation: Double?
    var gapFactor: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case maxAllowedProcessingTime = "max_allowed_processing_time_ms"
        case maxAcceptableConsecutiveDelay = "max_acceptable_consecutive_delay_ms"
        case maxImageAge = "max_image_age_ms"
        case validationCallbackInterval = "validation_callback_interval_ms"
        case stallTimeout = "stall_timeout"
        case onStall = "on_stall"
        case frozenFrames = "frozen_frames"
        case blackLevel = "black_level"
        case blankDeviation = "blank_deviation"
        case gapFactor = "gap_factor"
    }
}

extension PipelineFile {
    /// `hold`, `unknown` or `exit`.
    public var onStall: String? { health?.onStall }

    /// Seconds.
    public var stallTimeout: Double? { health?.stallTimeout }

    /// From when on a run is not well. Without a word in the file processing may take as long as the budget, where there
    /// is one.
    public func healthLimits(budgetNanoseconds: Int64?) throws(ModelError) -> HealthLimits {
        var limits = HealthLimits()
        if let budgetNanoseconds { limits.maxProcessing = budgetNanoseconds }
        func set(_ limit: inout Int64, _ milliseconds: Double?, _ key: HealthEntry.CodingKeys) throws(ModelError) {
            guard let milliseconds else { return }
            guard 1...3_600_000 ~= milliseconds else {
                throw ModelError("health: \(key.rawValue) takes 1 to 3600000, not \(milliseconds)", isUsage: true)
            }
            limit = Int64(milliseconds * 1e6)
        }
        try set(&limits.maxProcessing, health?.maxAllowedProcessingTime, .maxAllowedProcessingTime)
        try set(&limits.maxConsecutiveDelay, health?.maxAcceptableConsecutiveDelay, .maxAcceptableConsecutiveDelay)
        try set(&limits.maxImageAge, health?.maxImageAge, .maxImageAge)
        try set(&limits.interval, health?.validationCallbackInterval, .validationCallbackInterval)
        return limits
    }

    /// From when on a frame is not well.
    public func inspectionLimits() throws(ModelError) -> InspectionLimits {
        var limits = InspectionLimits()
        limits.frozenFrames = health?.frozenFrames ?? limits.frozenFrames
        limits.blackLevel = health?.blackLevel ?? limits.blackLevel
        limits.blankDeviation = health?.blankDeviation ?? limits.blankDeviation
        limits.gapFactor = health?.gapFactor ?? limits.gapFactor
        guard limits.frozenFrames == 0 || 2...1_000_000 ~= limits.frozenFrames else {
            throw ModelError("health: frozen_frames takes 2 to 1000000, or 0 to not look", isUsage: true)
        }
        guard -1...255 ~= limits.blackLevel, 0...255 ~= limits.blankDeviation, limits.gapFactor > 1 else {
            throw ModelError(
                "health: black_level takes -1 to 255, blank_deviation 0 to 255, gap_factor more than 1", isUsage: true)
        }
        return limits
    }
}
