/// What a source knows of a frame before it is decoded.
public struct FrameStamp: Hashable, Sendable {
    /// The frame's number in its stream (also counts frames that were skipped or lost before it).
    public var id: UInt64
    /// When it was captured, in nanoseconds of the camera's clock; nil where the stream does not tell. Never invented.
    public var captureNanoseconds: Int64?
    /// When it had been read whole, on the clock that captures are stamped with (Unix time); nil where the source does
    /// not tell. Only reported, never reckoned with.
    public var arrivalNanoseconds: Int64?
    /// When it had been read whole, on `MonotonicTime`: what latency and deadline count from. nil = when the source
    /// handed it over.
    public var arrivalMonotonicNanoseconds: Int64?
    /// What the source remarks on the frame, in bits of its own; passed on as it is.
    public var remarks: UInt16 = 0

    /// A stamp; see the properties.
    public init(
        id: UInt64, captureNanoseconds: Int64? = nil, arrivalNanoseconds: Int64? = nil,
        arrivalMonotonicNanoseconds: Int64? = nil
    ) {
        self.id = id
        self.captureNanoseconds = captureNanoseconds
        self.arrivalNanoseconds = arrivalNanoseconds
        self.arrivalMonotonicNanoseconds = arrivalMonotonicNanoseconds
    }
}

/// The one final record of a frame: what it was, how it ended, and where its time went. Trivial to copy.
public struct PipelineRecord: Sendable {
    /// The position among all frames that were read, from 0: the order of records.
    public let sequence: UInt64
    /// What the source knew of it: number, capture time, arrival time.
    public let stamp: FrameStamp
    /// The moment by which the frame had to be delivered, on `MonotonicTime`, or nil without a budget.
    public let deadline: Int64?
    /// Waits and works by stage.
    public internal(set) var clock: StageClock
    /// How the frame ended. Settled exactly once.
    public internal(set) var fate = FrameFate.delivered
    /// When it ended, on `MonotonicTime`.
    public internal(set) var finished: Int64
    /// Whether it is excluded from statistics as warm-up.
    public internal(set) var isWarmup = false
    /// How it is answered. Of a frame that was delivered, what it got.
    public internal(set) var answer = FrameAnswer.full
    /// The frame whose map was given out in its place; nil for all others.
    public internal(set) var heldFrom: MapOrigin?
    /// Whether it went past a deadline check only to measure whether the pipeline is still too slow.
    public internal(set) var isProbe = false

    init(sequence: UInt64, stamp: FrameStamp, arrival: Int64, budget: Int64?) {
        self.sequence = sequence
        self.stamp = stamp
        deadline = budget.map { arrival + $0 }
        clock = StageClock(arrival: arrival)
        finished = arrival
    }

    /// From arrival to the end, in nanoseconds.
    public var totalNanoseconds: Int64 { max(0, finished - clock.arrival) }

    /// Time that the frame spent waiting between stages, in nanoseconds.
    public var queueWaitNanoseconds: Int64 { clock.queueWait }

    /// Whether the frame was delivered by its deadline; nil without a budget.
    public var deadlineMet: Bool? { deadline.map { fate == .delivered && finished <= $0 } }
}
