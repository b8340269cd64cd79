import Glibc

/// When an input is opened again.
struct ReopenPolicy: Sendable, Equatable {
    /// The waits between attempts that brought no frame.
    var backoff = Backoff()
    /// How long an open FIFO may stay without its first byte before its path is opened anew, in nanoseconds: it may have
    /// been replaced. A stream that has begun is waited for without limit.
    var silence: Int64 = 5_000_000_000
}

/// A FIFO, device or file that is opened again whenever its stream ends, fails or is replaced, until the stop comes.
///
/// Frame numbers go on from stream to stream, and `header.epoch` counts the streams, as capture times may start anew. A
/// stream that ends inside a frame loses that one, which is reported as damage. A regular file is read again, from its
/// first byte, when it is another one or has changed; a FIFO at once. Attempts that bring no frame are spaced by a
/// back-off. Allocates when it opens, not between.
public final class ReopeningSource: FrameSource {
    private let options: InputOptions
    private let policy: ReopenPolicy
    private let tally: ReopenTally
    private let timer: MonotonicTimer
    private let stop: StopSignal?
    private let report: @Sendable (String) -> Void
    private var door: InputDoor
    private var current: any FrameSource = StoppedSource()
    private var backoff: Backoff
    private var epoch: UInt32 = 0
    private var idOffset: UInt64 = 0
    private var idEnd: UInt64 = 0
    /// Whether the present stream has brought a frame.
    private var hasBrought = false
    /// Whether the present stream is over.
    private var mustOpen = false

    /// Waits until `path` can be opened and its first bytes are there; when `stop` comes before, the source says so.
    ///
    /// A path that does not exist yet is waited for. Other errors of the first stream are thrown: they are mistakes in
    /// the command, not a camera that went away. `report` gets one line for each failed attempt.
    public convenience init(
        _ path: String, options: InputOptions, tally: ReopenTally, stop: StopSignal?,
        report: @escaping @Sendable (String) -> Void
    ) throws(FrameIOError) {
        try self.init(path, options: options, policy: ReopenPolicy(), tally: tally, stop: stop, report: report)
    }

    init(
        _ path: String, options: InputOptions, policy: ReopenPolicy, tally: ReopenTally, stop: StopSignal?,
        report: @escaping @Sendable (String) -> Void
    ) throws(FrameIOError) {
        self.options = options
        self.policy = policy
        self.tally = tally
        timer = MonotonicTimer(stop: stop)
        self.stop = stop
        self.report = report
        backoff = policy.backoff
        door = InputDoor(path: try Self.reopenable(path, options), stop: stop)
        try open(isFirst: true)
    }

    /// The current stream's.
    public var properties: StreamProperties { current.properties }

    /// None: streams have no names.
    public var names: NameTable? { nil }

    /// The next frame, of this stream or a later one. Blocks as long as the input is away.
    public func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        while true {
            if mustOpen {
                try open(isFirst: false)
                mustOpen = false
            }
            let event: FrameEvent
            do {
                event = try current.next(into: &frame)
            } catch {
                if case .usage = error { throw error }
                report("\(error); opening \(door.path) again")
                tally.count(.error)
                mustOpen = true
                continue
            }
            switch event {
            case .frame:
                frame.header.id += idOffset
                frame.header.epoch = epoch
                idEnd = frame.header.id + 1
                hasBrought = true
                backoff.reset()
                return .frame
            case .corrupt(let corruption):
                guard let lost = corruption.lostFrame else { return event }
                idEnd = max(idEnd, lost + idOffset + 1)
                return .corrupt(corruption.shifted(by: idOffset))
            case .stopped: return .stopped
            case .end(let isCut):
                tally.count(.eos)
                mustOpen = true
                guard isCut && hasBrought else { continue }
                // Told at once: the next writer may be long in coming.
                idEnd += 1
                return .corrupt(Corruption(cutFrame: idEnd - 1))
            }
        }
    }

    /// Never: what has been read of a stream is gone.
    public func rewind() throws(FrameIOError) -> Bool { false }

    /// Opens the next stream, or a `StoppedSource` when the stop comes first.
    private func open(isFirst: Bool) throws(FrameIOError) {
        var isDue = hasBrought || isFirst
        hasBrought = false
        while true {
            guard isDue || timer.wait(until: timer.now() + backoff.next()) else { return current = StoppedSource() }
            isDue = false
            do {
                switch try door.open(timeout: policy.silence) {
                case .stopped: return current = StoppedSource()
                case .nothingNew: continue
                case .timeout:
                    tally.count(.timeout)
                    isDue = true
                case .opened(let descriptor):
                    let channel = InputChannel(descriptor: descriptor, path: door.path, stop: stop)
                    current = try FrameInput.open(channel, options: options)
                    if !isFirst {
                        epoch += 1
                        idOffset = idEnd
                    }
                    return
                }
            } catch {
                switch error {
                case .usage: throw error
                case .system(_, _, let code) where isFirst && code != ENOENT: throw error
                case .unsupported, .malformed: if isFirst { throw error }
                default: break
                }
                report("\(error); trying again")
                tally.count(.error)
            }
        }
    }

    /// A path that stands for `path` as long as the program runs.
    private static func reopenable(_ path: String, _ options: InputOptions) throws(FrameIOError) -> String {
        if options.format == .images || options.format == .list {
            throw .usage("--reopen reads streams; --input-format \(options.format?.name ?? "") is none")
        }
        guard path == "-" else { return path }
        // Standard input that was redirected from a path can be opened again by it; a pipe between two programs cannot.
        var name = [UInt8](repeating: 0, count: 4096)
        let length = readlink("/proc/self/fd/0", &name, name.count)
        let target = String(decoding: name[..<max(0, length)], as: UTF8.self)
        guard target.hasPrefix("/"), access(target, R_OK) == 0 else {
            throw .usage("--reopen needs an input with a path, such as a FIFO; this standard input has none")
        }
        return target
    }
}

extension Corruption {
    /// The frame that a stream's writer left unfinished.
    fileprivate init(cutFrame id: UInt64) {
        self.init(reason: .cutFrame, bytesSkipped: 0, lostFrame: id, position: 0)
    }
}
