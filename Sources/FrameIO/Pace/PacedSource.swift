/// The clock that a paced replay waits on.
protocol PaceTimer: AnyObject {
    /// Now, in nanoseconds.
    func now() -> Int64

    /// Waits until that moment; false when stopped before.
    func wait(until moment: Int64) -> Bool
}

/// Gives out the frames of another source when they were recorded: `--pace realtime` and `--rate R`.
///
/// Frames arrive, by their headers, when they are given out. What cannot keep up is the business of whoever takes them
/// (`--queue`): a source that is asked late does not wait, until it has caught up.
public final class PacedSource: FrameSource {
    private let source: any FrameSource
    private let timer: any PaceTimer
    private let fallback: FrameRate?
    private var clock: PaceClock

    /// Paces `source` at `rate` recorded seconds a second. Frames without capture times go by `frameRate`, else by the
    /// rate that the stream declares; an input that has neither is an error, here or, where times might have come, at its
    /// first frame.
    public convenience init(
        _ source: any FrameSource, rate: Double = 1, frameRate: FrameRate? = nil, stop: StopSignal? = nil
    ) throws(FrameIOError) {
        try self.init(source, rate: rate, frameRate: frameRate, timer: MonotonicTimer(stop: stop))
    }

    init(
        _ source: any FrameSource, rate: Double, frameRate: FrameRate?, timer: any PaceTimer
    ) throws(FrameIOError) {
        guard rate > 0, 0.0001...10_000 ~= rate else { throw .usage("--rate takes 0.0001 to 10000, not \(rate)") }
        self.source = source
        self.timer = timer
        fallback = frameRate
        clock = PaceClock(rate: rate)
        let properties = source.properties
        guard properties.hasCaptureTimes || properties.frameRate ?? frameRate != nil || Self.mayBringTimes(properties)
        else { throw Self.timesAreMissing }
    }

    /// Whether frames may yet turn out to have times of their own.
    private static func mayBringTimes(_ properties: StreamProperties) -> Bool {
        properties.format == .multipart || properties.format == .y4m
    }

    private static var timesAreMissing: FrameIOError {
        .usage("this input has neither capture times nor a frame rate: name it with --framerate, or use --pace none")
    }

    /// The wrapped source's.
    public var properties: StreamProperties { source.properties }

    /// The wrapped source's.
    public var names: NameTable? { source.names }

    /// The next frame, at its time. Damage is told at once.
    public func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        let event = try source.next(into: &frame)
        guard event == .frame else { return event }
        let due = clock.due(recorded: try recordedTime(of: frame.header), now: timer.now())
        guard timer.wait(until: due) else { return .stopped }
        frame.header.arrivalNanoseconds = FrameClock.realtime()
        frame.header.arrivalMonotonicNanoseconds = timer.now()
        return .frame
    }

    /// Starts over; the next frame is due at once.
    public func rewind() throws(FrameIOError) -> Bool {
        clock = PaceClock(rate: clock.rate)
        return try source.rewind()
    }

    private func recordedTime(of header: FrameHeader) throws(FrameIOError) -> Int64? {
        if let capture = header.captureNanoseconds { return capture }
        // Frames without a time among others that have one.
        if source.properties.hasCaptureTimes { return nil }
        guard let rate = fallback ?? source.properties.frameRate else { throw Self.timesAreMissing }
        return rate.nanoseconds(ofFrame: header.id)
    }
}
