/// Which frames of a source to take.
public struct FrameSelection: Sendable, Equatable {
    /// Frames to leave out at the beginning.
    public var skip = 0
    /// Seconds from the first frame to the first one taken.
    public var start = 0.0
    /// Seconds of the stream to take; nil is all.
    public var duration: Double?
    /// Take one of this many.
    public var every = 1
    /// Most frames to take in all; nil is no limit.
    public var frames: Int?
    /// Passes over the input; 0 is for ever.
    public var loop = 1

    /// Takes everything once.
    public init() {}
}

/// A source that passes on what a `FrameSelection` takes of another. Damage is passed on wherever it lies.
///
/// In later passes ids go on from where the last pass ended; capture times and names repeat.
public final class SelectedSource: FrameSource {
    private let source: any FrameSource
    private let selection: FrameSelection
    private let startNanoseconds: Int64
    private let endNanoseconds: Int64
    private var firstTime: Int64?
    private var seen = 0
    private var taken = 0
    private var takenInPass = 0
    private var pass = 1
    private var idOffset: UInt64 = 0
    private var idEnd: UInt64 = 0
    private var truncated = false

    /// Wraps `source`, which must be at its first frame.
    public init(_ source: any FrameSource, _ selection: FrameSelection) throws(FrameIOError) {
        guard selection.skip >= 0, selection.every >= 1, selection.loop >= 0, (selection.frames ?? 1) >= 0 else {
            throw .usage("--skip, --frames and --loop take 0 and more, --every 1 and more")
        }
        let start = selection.start
        let end = selection.duration.map { start + $0 }
        guard 0...1e9 ~= start, 0...2e9 ~= end ?? 0, end ?? start >= start else {
            throw .usage("--start and --duration take seconds from 0 to 1,000,000,000")
        }
        self.source = source
        self.selection = selection
        startNanoseconds = Int64(start * 1e9)
        endNanoseconds = end.map { Int64($0 * 1e9) } ?? .max
    }

    /// The wrapped source's.
    public var properties: StreamProperties { source.properties }

    /// The wrapped source's.
    public var names: NameTable? { source.names }

    /// The next frame that is taken.
    public func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        if let frames = selection.frames, taken >= frames { return .end(truncated: truncated) }
        while true {
            switch try source.next(into: &frame) {
            case .frame:
                switch try judge(frame.header) {
                case .take:
                    frame.header.id += idOffset
                    frame.header.epoch += UInt32(clamping: pass - 1)
                    taken += 1
                    takenInPass += 1
                    return .frame
                case .leave: continue
                case .pastEnd: break
                }
            case .corrupt(let corruption):
                if let lost = corruption.lostFrame { idEnd = max(idEnd, lost + 1) }
                return .corrupt(corruption.shifted(by: idOffset))
            case .stopped: return .stopped
            case .end(let isTruncated): truncated = truncated || isTruncated
            }
            guard try beginNextPass() else { return .end(truncated: truncated) }
        }
    }

    /// Starts over with the first pass.
    public func rewind() throws(FrameIOError) -> Bool {
        guard try source.rewind() else { return false }
        (firstTime, seen, taken, takenInPass, pass, idOffset, idEnd) = (nil, 0, 0, 0, 1, 0, 0)
        truncated = false
        return true
    }

    private enum Verdict {
        case take
        case leave
        case pastEnd
    }

    private func judge(_ header: FrameHeader) throws(FrameIOError) -> Verdict {
        idEnd = max(idEnd, header.id + 1)
        let index = seen
        seen += 1
        if startNanoseconds > 0 || endNanoseconds < .max {
            let time = try time(of: header)
            if time >= endNanoseconds { return .pastEnd }
            // Frames before the start do not count for `every`, so that the first one behind it is taken.
            if time < startNanoseconds {
                seen = index
                return .leave
            }
        }
        guard index >= selection.skip, (index - selection.skip) % selection.every == 0 else { return .leave }
        return .take
    }

    /// Nanoseconds since the first frame: by capture times, else by the declared rate.
    private func time(of header: FrameHeader) throws(FrameIOError) -> Int64 {
        if let capture = header.captureNanoseconds {
            let first = firstTime ?? capture
            firstTime = first
            return capture - first
        }
        guard let rate = source.properties.frameRate else {
            throw .usage(
                "--start and --duration need times: this input has neither capture times nor a frame rate; use --skip and --frames"
            )
        }
        return rate.nanoseconds(ofFrame: header.id)
    }

    private func beginNextPass() throws(FrameIOError) -> Bool {
        guard selection.loop == 0 || pass < selection.loop, takenInPass > 0 else { return false }
        guard try source.rewind() else {
            throw .usage("--loop needs an input that can be read again; pipes cannot")
        }
        pass += 1
        idOffset += idEnd
        (firstTime, seen, takenInPass, idEnd) = (nil, 0, 0, 0)
        return true
    }
}
