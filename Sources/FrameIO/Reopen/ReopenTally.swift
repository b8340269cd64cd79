import Synchronization

/// Why an input was opened again.
public enum RetryReason: Int, Sendable, CaseIterable {
    /// It was not.
    case none
    /// It could not be opened, read or understood.
    case error
    /// Its writer ended the stream.
    case eos
    /// Not a byte of a new stream came for so long that another file may stand at its path by now. A stream that has begun
    /// is waited for without limit.
    case timeout

    /// The name in reports.
    public var name: StaticString {
        switch self {
        case .none: "none"
        case .error: "error"
        case .eos: "eos"
        case .timeout: "timeout"
        }
    }
}

/// How often an input was opened again, and why. Any thread may read; neither blocks nor allocates.
public final class ReopenTally: Sendable {
    private let errors = Atomic<Int>(0)
    private let ends = Atomic<Int>(0)
    private let timeouts = Atomic<Int>(0)
    private let latest = Atomic<Int>(RetryReason.none.rawValue)

    /// Nothing yet.
    public init() {}

    func count(_ reason: RetryReason) {
        switch reason {
        case .none: return
        case .error: errors.add(1, ordering: .relaxed)
        case .eos: ends.add(1, ordering: .relaxed)
        case .timeout: timeouts.add(1, ordering: .relaxed)
        }
        latest.store(reason.rawValue, ordering: .relaxed)
    }

    /// How often for this reason.
    public subscript(reason: RetryReason) -> Int {
        switch reason {
        case .none: 0
        case .error: errors.load(ordering: .relaxed)
        case .eos: ends.load(ordering: .relaxed)
        case .timeout: timeouts.load(ordering: .relaxed)
        }
    }

    /// The last reason.
    public var last: RetryReason { RetryReason(rawValue: latest.load(ordering: .relaxed)) ?? .none }
}
