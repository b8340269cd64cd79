internal import Dispatch
internal import FrameIO
public import Streaming
internal import Synchronization

/// Records clips around frames for which an expression holds (`--record-if`): an observer with a history and a thread.
///
/// On the frame path a frame's input, packed map and record are copied into the history and the window is
/// asked; no file is touched there. The thread writes clips frame by frame from the history. What it has still to
/// write stays in memory; when a slow disk leaves no room, new frames are left out of the clip and counted. After `init`
/// the frame path allocates nothing; opening and closing a clip does, on the thread (`Aside`).
public final class ClipRecorder: FrameObserver, @unchecked Sendable {
    // Invariants: `window`, `lastCapture` and `epoch` are touched by the sink's queue only; `history`'s bytes are written by
    // that queue, outside of pinned frames, and read by the thread, which pins what it reads; `clipFile` and `map` are the
    // thread's; all else is in `state`, behind its lock.
    private let request: ClipRequest
    private let fields: [(key: String, value: String)]
    private let history: FrameHistory
    private var window: ClipWindow
    private var lastCapture: Int64?
    private var epoch: UInt32 = 0
    private let state: Guarded<ClipBooks>
    private let wake = DispatchSemaphore(value: 0)
    private var thread: DedicatedThread?
    private let messages: @Sendable (String) -> Void
    /// Called before each frame that is written; tests make the disk slow with it.
    private let beforeWrite: (@Sendable () -> Void)?

    /// Regions, for expressions about them and for the clips.
    public var needs: PerceptionSettings.Maps {
        var maps = PerceptionSettings.Maps()
        maps.regions = true
        return maps
    }

    /// Makes the folder, reserves the memory and starts the thread. `fields` go into the clips' Metadata; `messages` gets
    /// whole lines, from the thread.
    public convenience init(
        _ request: ClipRequest, settings: PerceptionSettings, stream: StreamConfiguration,
        messages: @escaping @Sendable (String) -> Void
    ) throws(ModelError) {
        try self.init(request, fields: RecordingFields.list(settings, stream), messages: messages)
    }

    init(
        _ request: ClipRequest, fields: [(key: String, value: String)], messages: @escaping @Sendable (String) -> Void,
        beforeWrite: (@Sendable () -> Void)? = nil
    ) throws(ModelError) {
        try RecordingFolder.prepare(request.folder, option: "--record-dir")
        self.request = request
        self.fields = fields
        self.messages = messages
        self.beforeWrite = beforeWrite
        window = ClipWindow(pre: request.pre, post: request.post)
        history = FrameHistory(byteCount: request.memory)
        state = Guarded(ClipBooks(byteCount: request.memory))
        do {
            thread = try DedicatedThread(name: "clips") { [self] in Aside.run { writeClips() } }
        } catch {
            throw ModelError("no thread for clips: \(error)")
        }
    }

    /// Takes a frame; see the type for what it costs.
    public func frameEnded(_ frame: borrowing EndedFrame) {
        var taken = HistoryFrame(record: frame.record, header: frame.header, regions: frame.regions)
        if let encoded = frame.encoded { taken.encoded = encoded }
        if let map = frame.openSet { taken.openSet = UnsafeRawBufferPointer(map) }
        take(taken)
    }

    /// The frame path's part.
    func take(_ frame: HistoryFrame) {
        var frame = frame
        frame.time = time(of: frame)
        let step = window.frame(
            at: frame.time, triggers: request.trigger.holds(for: frame.record, regions: frame.regions))
        let bound = FrameHistory.bound(frame)
        let place = state.withLock { books in books.reserve(bound) }
        // The place is nobody else's: behind all frames, and none of those that stay is pushed out for it.
        let entry = place.map { history.store(frame, at: $0) }
        let hasNews = state.withLock { books in books.add(entry, record: frame, step: step) }
        if hasNews { wake.signal() }
    }

    /// The frame's capture time, else that of the frame before it: a damaged frame has none, and its arrival may lie years
    /// behind a drive that is replayed. Its arrival where no frame of the stream has a capture time. Halved limits leave
    /// room for what is added and taken away.
    private func time(of frame: HistoryFrame) -> Int64 {
        if let header = frame.header, header.epoch != epoch {
            // Another stream: it may have no capture times.
            epoch = header.epoch
            lastCapture = nil
        }
        lastCapture = frame.record.captureNanoseconds ?? lastCapture
        return min(max(lastCapture ?? frame.record.arrivalNanoseconds, .min / 2), .max / 2)
    }

    /// Ends the clip at hand, waits until all is on disk, and ends the thread. Call once, after the run.
    public func finish() -> ClipSummary {
        state.withLock { books in books.end() }
        wake.signal()
        let running = thread.take()
        running?.join()
        return state.withLock { books in books.summary }
    }

    private func writeClips() {
        var file: ClipFile?
        var hasFailed = false
        var map = ByteBuffer()
        func attempt(_ body: () throws(FrameIOError) -> Void) {
            do throws(FrameIOError) {
                try body()
            } catch {
                hasFailed = true
                state.withLock { books in books.failed("\(error)") }
                messages("record-if: \(error); this clip is left as it is")
            }
        }
        while true {
            switch state.withLock({ books in books.job() }) {
            case .wait: wake.wait()
            case .exit: return
            case .open(let trigger, let first):
                hasFailed = false
                attempt { () throws(FrameIOError) in
                    file = try ClipFile(request: request, trigger: trigger, first: first, fields: fields)
                }
            case .write(let entry):
                beforeWrite?()
                if !hasFailed {
                    attempt { () throws(FrameIOError) in try file?.add(entry, history, map: &map) }
                }
                state.withLock { books in books.wrote(isLost: hasFailed) }
            case .close(let lost):
                if !hasFailed {
                    attempt { () throws(FrameIOError) in
                        try file?.finish(lost: lost)
                        if let path = file?.path { messages("record-if: \(path), \(file?.frames ?? 0) frames") }
                    }
                }
                file = nil
                state.withLock { books in books.closed(isWhole: !hasFailed) }
            }
        }
    }
}
