internal import Dispatch
internal import FrameIO
internal import Streaming

/// What `--worst` asks for.
public struct WorstRequest: Sendable {
    /// How many frames are kept.
    public let count: Int
    /// The folder they go into; made where it is missing.
    public let folder: String
    /// Whether the picture for people is kept, too.
    public let overlay: Bool

    /// A request; see the properties.
    public init(count: Int, folder: String, overlay: Bool) {
        self.count = count
        self.folder = folder
        self.overlay = overlay
    }
}

/// The flight recorder: keeps the slowest frames of a run, by their time from arrival to delivery, each with its input as it
/// came, its times by stage, and a trace of the frames around it (`--worst`).
///
/// On the frame path a frame that is slower than the fastest of those kept is copied into a spare buffer; others cost a
/// comparison. Warm-up frames are left out; during them the buffers get their size, so that nothing is allocated later
/// (save for a picture more than twice as long as those). A thread writes what is new every few seconds and at the end, so
/// that a program that is killed loses little. Each frame is a folder that is whole or absent.
public final class WorstFrames: FrameObserver, @unchecked Sendable {
    /// Behind the lock: which buffers are what.
    private struct Books {
        /// The slowest first.
        var kept: [WorstFrame] = []
        var free: [WorstFrame]
        /// Frames that were written and are no longer among the slowest.
        var gone: [UInt64] = []
        var isFinishing = false
        var isFresh = false
        var failure: String?

        /// A frame is no longer among the slowest, and nobody has it in hand.
        mutating func letGo(_ frame: WorstFrame) {
            // No more than are on disk at a time, for which there is room.
            if frame.isOnDisk { gone.append(frame.record.frameID) }
            free.append(frame)
        }
    }

    // Invariants: a free buffer that was taken out of `free` is touched by the sink's queue only, until it is in `kept`; a
    // buffer in `kept` changes behind the lock only (its trace); `recent` is the sink's queue's.
    private let request: WorstRequest
    private let books: Guarded<Books>
    private var recent: [(record: PipelineRecord, level: Int)] = []
    private let wake = DispatchSemaphore(value: 0)
    private var thread: DedicatedThread?
    private let folder: WorstFolder
    private let interval: Double

    /// The overlay, where it is asked for.
    public var needs: PerceptionSettings.Maps {
        var maps = PerceptionSettings.Maps()
        maps.overlay = request.overlay
        return maps
    }

    /// Makes the folder and the buffers and starts the thread, which writes every `interval` seconds what is new.
    public init(
        _ request: WorstRequest, interval: Double = 5, messages: @escaping @Sendable (String) -> Void
    ) throws(ModelError) {
        try RecordingFolder.prepare(request.folder, option: "--worst-dir")
        self.request = request
        self.interval = interval
        folder = WorstFolder(path: request.folder, messages: messages)
        // One more for the frame that comes in, and one for a frame that went out while it was being written.
        var first = Books(free: (0..<request.count + 2).map { _ in WorstFrame() })
        first.kept.reserveCapacity(request.count + 1)
        first.gone.reserveCapacity(2 * request.count + 2)
        books = Guarded(first)
        recent.reserveCapacity(TraceSlice.reach + 1)
        do {
            thread = try DedicatedThread(name: "worst") { [self] in Aside.run { writeFrames() } }
        } catch {
            throw ModelError("no thread for the worst frames: \(error)")
        }
    }

    /// Looks at a frame; see the type for what it costs.
    public func frameEnded(_ frame: borrowing EndedFrame) {
        let record = frame.pipelineRecord
        let level = frame.record.qualityLevel
        defer { remember(record, level) }
        let total = record.totalNanoseconds
        let isCandidate = record.fate == .delivered && !record.isWarmup
        let buffer = books.withLock { books -> WorstFrame? in
            for kept in books.kept where kept.trace?.addLater(record, level: level) == true {
                kept.isWritten = false
                books.isFresh = true
            }
            if record.fate == .delivered && record.isWarmup {
                // Nobody else looks at free buffers.
                for free in books.free { free.reserve(frame, overlay: request.overlay) }
            }
            guard isCandidate, request.count > 0 else { return nil }
            if books.kept.count == request.count, let fastest = books.kept.last,
                fastest.record.totalNanoseconds >= total
            {
                return nil
            }
            return books.free.popLast()
        }
        guard let buffer else { return }
        buffer.take(frame, overlay: request.overlay)
        var slice = TraceSlice(filler: record)
        for earlier in recent { slice.add(earlier.record, level: earlier.level) }
        slice.add(record, level: level)
        buffer.trace = slice
        books.withLock { books in
            let place = books.kept.firstIndex { $0.record.totalNanoseconds < total } ?? books.kept.count
            books.kept.insert(buffer, at: place)
            books.isFresh = true
            guard books.kept.count > request.count, let out = books.kept.popLast() else { return }
            // What is being written goes when that is done.
            if !out.isInHand { books.letGo(out) }
        }
    }

    private func remember(_ record: PipelineRecord, _ level: Int) {
        if recent.count == TraceSlice.reach { recent.removeFirst() }
        recent.append((record, level))
    }

    /// Waits until all is on disk and ends the thread; what went wrong, if anything. Call once, after the run.
    public func finish() -> String? {
        books.withLock { $0.isFinishing = true }
        wake.signal()
        let running = thread.take()
        running?.join()
        return books.withLock { $0.failure }
    }

    private func writeFrames() {
        while true {
            _ = wake.wait(timeout: .now() + interval)
            let isLast = books.withLock { $0.isFinishing }
            writeNews()
            if isLast { return }
        }
    }

    /// Writes what is new, and removes what is no longer among the slowest.
    private func writeNews() {
        guard
            books.withLock({ books in
                defer { books.isFresh = false }
                return books.isFresh
            })
        else { return }
        while let next = nextUnwritten() {
            let failure = folder.write(next.frame, trace: next.trace)
            // Of a frame that was on disk before, the older folder may be there still.
            let isThere = failure == nil || folder.holds(next.frame.record.frameID)
            books.withLock { books in
                next.frame.isInHand = false
                next.frame.isOnDisk = failure == nil || next.frame.isOnDisk && isThere
                if let failure, books.failure == nil { books.failure = failure }
                if !books.kept.contains(where: { $0 === next.frame }) { books.letGo(next.frame) }
            }
        }
        let (ranking, gone) = books.withLock { books -> ([UInt64], [UInt64]) in
            let ids = books.kept.filter(\.isOnDisk).map(\.record.frameID)
            let gone = books.gone
            books.gone.removeAll(keepingCapacity: true)
            return (ids, gone)
        }
        // The list first: it never names a folder that is not there.
        let failure = folder.rank(ranking)
        for id in gone where !ranking.contains(id) { folder.remove(id) }
        if let failure { books.withLock { $0.failure = $0.failure ?? failure } }
    }

    /// A frame that is not on disk as it is now, taken in hand, with its trace as of now.
    private func nextUnwritten() -> (frame: WorstFrame, trace: TraceSlice?)? {
        books.withLock { books in
            guard let frame = books.kept.first(where: { !$0.isWritten }) else { return nil }
            frame.isInHand = true
            // Set now: a frame behind it that comes meanwhile makes it news again.
            frame.isWritten = true
            return (frame, frame.trace)
        }
    }
}
