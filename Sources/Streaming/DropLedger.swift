/// The books on what became of frames: `frames in = delivered + dropped(at, reason) + failed(at, reason)`.
///
/// The two sides are counted apart, arrivals where frames are read and fates where their records leave, so that the
/// equation at the end proves something. A value of fixed size: counting allocates nothing; reading the lists does.
public struct DropLedger: Sendable {
    /// How often one thing happened.
    public struct Entry<Reason: Hashable & Sendable>: Hashable, Sendable {
        /// Where.
        public let place: FramePlace
        /// Why.
        public let reason: Reason
        /// How often.
        public let count: UInt64
    }

    /// Frames that were read.
    public private(set) var framesIn: UInt64 = 0
    /// Frames whose map was written.
    public private(set) var delivered: UInt64 = 0
    /// Delivered frames that came after their deadline.
    public private(set) var deadlineMisses: UInt64 = 0
    /// Frames that were dropped, at all places.
    public private(set) var droppedTotal: UInt64 = 0
    /// Frames that failed, at all places.
    public private(set) var failedTotal: UInt64 = 0
    /// How many frames a rung of the ladder answered, and how many of these it computed.
    public struct Quality: Hashable, Sendable {
        /// Delivered frames.
        public var delivered: UInt64 = 0
        /// Those with a map of their own.
        public var computed: UInt64 = 0
    }

    private var quality = InlineArray<16, Quality>(repeating: Quality())
    private var dropped = InlineArray<60, UInt64>(repeating: 0)
    private var failed = InlineArray<70, UInt64>(repeating: 0)

    /// Empty books.
    public init() {
        precondition(FramePlace.count * DropReason.count == 60 && FramePlace.count * FailureReason.count == 70)
    }

    /// Counts a frame that was read.
    public mutating func arrived() { framesIn += 1 }

    /// Counts how a frame ended.
    public mutating func settle(_ record: PipelineRecord) {
        settle(record.fate)
        guard record.fate == .delivered else { return }
        if record.deadlineMet == false { deadlineMisses += 1 }
        quality[record.answer.level].delivered += 1
        if record.answer.kind == .computed { quality[record.answer.level].computed += 1 }
    }

    /// What a rung of the ladder answered; rung 0 is full quality. Adds up to `delivered`.
    public func quality(level: Int) -> Quality { quality[level] }

    /// Counts a fate.
    public mutating func settle(_ fate: FrameFate) {
        switch fate {
        case .delivered: delivered += 1
        case .dropped(let at, let reason):
            droppedTotal += 1
            dropped[at.index * DropReason.count + reason.rawValue] += 1
        case .failed(let at, let reason):
            failedTotal += 1
            failed[at.index * FailureReason.count + reason.rawValue] += 1
        }
    }

    /// How many frames were dropped at a place for a reason.
    public func dropped(at place: FramePlace, _ reason: DropReason) -> UInt64 {
        dropped[place.index * DropReason.count + reason.rawValue]
    }

    /// How many frames failed at a place for a reason.
    public func failed(at place: FramePlace, _ reason: FailureReason) -> UInt64 {
        failed[place.index * FailureReason.count + reason.rawValue]
    }

    /// Frames that were read and have no fate yet.
    public var open: Int64 {
        Int64(bitPattern: framesIn &- delivered &- droppedTotal &- failedTotal)
    }

    /// Whether every frame that was read has ended as exactly one thing.
    public var isBalanced: Bool { open == 0 }

    /// All drops that happened, by place and reason in their order. Allocates.
    public var drops: [Entry<DropReason>] {
        FramePlace.all.flatMap { place in
            DropReason.allCases.compactMap { reason in
                let count = dropped(at: place, reason)
                return count > 0 ? Entry(place: place, reason: reason, count: count) : nil
            }
        }
    }

    /// All failures that happened, by place and reason in their order. Allocates.
    public var failures: [Entry<FailureReason>] {
        FramePlace.all.flatMap { place in
            FailureReason.allCases.compactMap { reason in
                let count = failed(at: place, reason)
                return count > 0 ? Entry(place: place, reason: reason, count: count) : nil
            }
        }
    }
}
