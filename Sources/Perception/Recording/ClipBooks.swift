internal import FrameIO

/// What the frame path and the clips' thread share: where frames lie, and which of them clips still want. Guarded by the
/// recorder's lock; only numbers are moved here.
struct ClipBooks: ~Copyable {
    /// What the thread does next.
    enum Job {
        case wait
        case exit
        case open(trigger: FrameHistory.Entry, first: FrameHeader?)
        case write(FrameHistory.Entry)
        case close(lost: Int)
    }

    /// A clip that is not closed yet: frames `cursor` ..< `end` are to be written.
    private struct Clip {
        var cursor: UInt64
        var end: UInt64
        var trigger: FrameHistory.Entry
        var isOpen = false
        var isEnded = false
        var written = 0
        var lost = 0
    }

    /// More frames than a minute has at 60 a second: memory is what bounds the history. The help of `--pre` names it.
    private static let frames = 4096
    /// Clips that may wait for the disk at once; a trigger beyond them goes to the last one.
    private static let most = 8

    private var places: FrameHistory.Places
    private var clips = InlineArray<8, Clip>(repeating: Clip(cursor: 0, end: 0, trigger: FrameHistory.Entry()))
    private var count = 0
    private var isFinishing = false
    private(set) var summary = ClipSummary()

    init(byteCount: Int) { places = FrameHistory.Places(byteCount: byteCount, frames: Self.frames) }

    /// Room for a frame of at most `bytes` bytes.
    mutating func reserve(_ bytes: Int) -> Int? { places.reserve(bytes, pinned: pinned) }

    /// The first frame that must stay: what the oldest clip has still to write. What only waits for a later trigger may go.
    private var pinned: UInt64 {
        for index in 0..<count where clips[index].cursor < clips[index].end { return clips[index].cursor }
        return .max
    }

    /// Adds a frame (nil where there was no room for it) and does what the window says; whether the thread has news.
    mutating func add(_ entry: FrameHistory.Entry?, record: HistoryFrame, step: ClipWindow.Step) -> Bool {
        if let entry { _ = places.add(entry) }
        switch step {
        case .pass, .wait: return false
        case .take: extend(isLost: entry == nil)
        case .end: endLast()
        case .begin(let from): begin(from, entry, record)
        case .endAndBegin(let from):
            endLast()
            begin(from, entry, record)
        }
        return true
    }

    private mutating func extend(isLost: Bool) {
        guard count > 0 else { return }
        clips[count - 1].end = places.next
        if isLost { lose(1, from: count - 1) }
    }

    private mutating func begin(_ from: Int64, _ entry: FrameHistory.Entry?, _ frame: HistoryFrame) {
        var trigger = FrameHistory.Entry()
        trigger.record = frame.record
        trigger.time = frame.time
        if count == Self.most {
            // Eight clips wait for the disk: this one joins the last of them.
            clips[count - 1].isEnded = false
        } else {
            let first = places.first(from: from, jitter: ClipWindow.jitter)
            // A clip never holds a frame of the one before it.
            let held = count > 0 ? max(first, clips[count - 1].end) : first
            clips[count] = Clip(cursor: held, end: held, trigger: trigger)
            count += 1
        }
        extend(isLost: entry == nil)
    }

    private mutating func endLast() { if count > 0 { clips[count - 1].isEnded = true } }

    /// No more frames will come.
    mutating func end() {
        endLast()
        isFinishing = true
    }

    private mutating func lose(_ frames: Int, from clip: Int) {
        clips[clip].lost += frames
        summary.lost += frames
    }

    /// The next thing to do.
    mutating func job() -> Job {
        guard count > 0 else { return isFinishing ? .exit : .wait }
        if !clips[0].isOpen {
            clips[0].isOpen = true
            return .open(trigger: clips[0].trigger, first: firstHeader())
        }
        if clips[0].cursor < places.first {
            // Frames that waited for a trigger and were pushed out, before it came or since.
            let gone = min(places.first, clips[0].end)
            if gone > clips[0].cursor {
                lose(Int(gone - clips[0].cursor), from: 0)
                clips[0].cursor = gone
            }
        }
        if clips[0].cursor < clips[0].end { return .write(places[clips[0].cursor]) }
        return clips[0].isEnded ? .close(lost: clips[0].lost) : .wait
    }

    /// The header of the clip's first frame that has one.
    private func firstHeader() -> FrameHeader? {
        var number = max(clips[0].cursor, places.first)
        while number < clips[0].end {
            if let header = places[number].header { return header }
            number += 1
        }
        return nil
    }

    /// The frame of the last `write` is in the file, or lost.
    mutating func wrote(isLost: Bool) {
        if isLost { lose(1, from: 0) } else { clips[0].written += 1 }
        clips[0].cursor += 1
    }

    /// The clip of the last `close` is done with.
    mutating func closed(isWhole: Bool) {
        if isWhole {
            summary.clips += 1
            summary.frames += clips[0].written
        } else {
            summary.failed += 1
            summary.lost += clips[0].written
        }
        for index in 1..<max(1, count) { clips[index - 1] = clips[index] }
        count -= 1
    }

    mutating func failed(_ message: String) { if summary.failure == nil { summary.failure = message } }
}
