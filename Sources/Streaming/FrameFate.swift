/// Why a frame was let go on purpose. A fixed list, so that counting needs no dictionary on the frame path.
public enum DropReason: Int, CaseIterable, Sendable, CustomStringConvertible {
    /// The waiting queue was full (`drop-newest`, `drop-oldest`).
    case queueFull
    /// A newer frame took its place (`latest`).
    case superseded
    /// No slot was free.
    case poolEmpty
    /// The deadline could not be met any more.
    case deadline
    /// A stop was requested while the frame was in the pipeline.
    case stopped
    /// A stage left the frame out by its own rule (for instance one in N).
    case skipped

    static let count = 6

    /// The name in reports, as in `admission:queue-full`.
    public var description: String {
        switch self {
        case .queueFull: "queue-full"
        case .superseded: "superseded"
        case .poolEmpty: "pool-empty"
        case .deadline: "deadline"
        case .stopped: "stopped"
        case .skipped: "skipped"
        }
    }
}

/// Why a frame could not be processed.
public enum FailureReason: Int, CaseIterable, Sendable, CustomStringConvertible {
    /// The encoded frame is damaged.
    case corrupt
    /// The stream ended inside the frame.
    case truncated
    /// The frame's size is not one that this pipeline was built for.
    case size
    /// The frame is whole, but in a form that is not supported.
    case unsupported
    /// A computing stage failed.
    case compute
    /// The result could not be written.
    case output
    /// The waiting queue overflowed under the policy `fail`.
    case overflow

    static let count = 7

    /// The name in reports.
    public var description: String {
        switch self {
        case .corrupt: "corrupt"
        case .truncated: "truncated"
        case .size: "size"
        case .unsupported: "unsupported"
        case .compute: "compute"
        case .output: "output"
        case .overflow: "overflow"
        }
    }
}

/// How a frame's way ended. Every frame that was read ends as exactly one of these.
public enum FrameFate: Hashable, Sendable, CustomStringConvertible {
    /// Its map was written.
    case delivered
    /// It was let go before `at`.
    case dropped(at: FramePlace, reason: DropReason)
    /// `at` could not process it.
    case failed(at: FramePlace, reason: FailureReason)

    /// `delivered`, `dropped` or `failed`: the `status` of a frame's JSON line.
    public var status: String {
        switch self {
        case .delivered: "delivered"
        case .dropped: "dropped"
        case .failed: "failed"
        }
    }

    /// Status, place and reason for people: `dropped admission:queue-full`.
    public var description: String {
        switch self {
        case .delivered: status
        case .dropped(let at, let reason): "\(status) \(at):\(reason)"
        case .failed(let at, let reason): "\(status) \(at):\(reason)"
        }
    }
}
