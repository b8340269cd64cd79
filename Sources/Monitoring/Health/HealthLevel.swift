/// Degrees of health: OK, WARN, ERROR, STALE.
public typealias HealthLevel = RunSnapshot.Health.Level

extension RunSnapshot.Health.Level: Comparable {
    /// From well to worst.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What the input is doing.
public enum InputState: String, Sendable {
    /// No image has come yet.
    case waitingImage = "waiting_image"
    /// Images come.
    case active
    /// The last image is older than allowed.
    case stale
    /// The last image could not be taken.
    case rejected
}

/// From when on a run is not well. Names and defaults are Autoware's; all times in nanoseconds.
public struct HealthLimits: Hashable, Sendable {
    /// `max_allowed_processing_time_ms`: from arrival to delivery.
    public var maxProcessing: Int64 = 200_000_000
    /// `max_acceptable_consecutive_delay_ms`: how long processing may be late, or nothing be delivered, before that is an
    /// error; also for how long a single fault of the input is told.
    public var maxConsecutiveDelay: Int64 = 1_000_000_000
    /// `max_image_age_ms`: how long the input may be silent.
    public var maxImageAge: Int64 = 300_000_000
    /// `validation_callback_interval_ms`: how often the timer looks.
    public var interval: Int64 = 100_000_000
    /// `--stall-timeout`: how long no map may be delivered; nil does not look.
    public var stallTimeout: Int64?

    /// 200, 1000, 300 and 100 ms, no stall timeout.
    public init() {}
}
