/// Pictures one after the other: MJPEG, or the PNG stream of ffmpeg's image2pipe. One picture alone is a stream of one.
final class ConcatenatedSource<Scanner: PictureScanner>: FrameSource {
    let properties: StreamProperties
    let names: NameTable? = nil
    private var reader: StreamReader
    private var nextID: UInt64 = 0
    /// Damage that has been passed over and not yet reported.
    private var damage = Damage()

    init(reader: consuming StreamReader, format: InputFormat) {
        self.reader = reader
        properties = StreamProperties(format: format, payload: Scanner.payload)
    }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        while true {
            switch try align() {
            case .passed(let event): return event
            case .aligned: break
            }
            if let corruption = damage.take() { return .corrupt(corruption) }
            var scanner = Scanner()
            switch try scanPicture(&scanner) {
            case .passed(let event): return event
            case .broken(let reason, let resumeAt):
                damage.add(reason, resumeAt, at: reader.position, lost: nextID)
                nextID += 1
                reader.skip(resumeAt)
            case .complete(let length):
                reader.take(length, into: &frame.bytes)
                frame.header = FrameHeader(
                    id: nextID, payload: Scanner.payload, width: scanner.width, height: scanner.height,
                    colorRange: .full, byteCount: length)
                nextID += 1
                return .frame
            }
        }
    }

    func rewind() throws(FrameIOError) -> Bool {
        guard reader.rewind() else { return false }
        nextID = 0
        damage = Damage()
        return true
    }

    private enum Alignment {
        case aligned
        case passed(FrameEvent)
    }

    /// Moves the window to the beginning of a picture; what is passed over goes to `damage`.
    private func align() throws(FrameIOError) -> Alignment {
        while true {
            if Scanner.magic.begins(reader.window) { return .aligned }
            if !Scanner.magic.agrees(reader.window) { passOver() }
            if Scanner.magic.begins(reader.window) { return .aligned }
            switch try reader.fill(Scanner.magic.count) {
            case .ready: continue
            case .stopped: return .passed(.stopped)
            case .end:
                if let corruption = damage.take() { return .passed(.corrupt(corruption)) }
                let rest = reader.available
                reader.skip(rest)
                return .passed(.end(truncated: rest > 0))
            }
        }
    }

    /// Drops bytes up to where a picture begins or may begin. Padding between pictures is no damage.
    private func passOver() {
        var padding = 0
        while padding < reader.available, Self.isPadding(reader.start[padding]) { padding += 1 }
        reader.skip(padding)
        guard reader.available > 0, !Scanner.magic.agrees(reader.window) else { return }
        var length = Scanner.magic.index(in: reader.window, from: 0) ?? reader.available
        if length == reader.available {
            // The last bytes may be the beginning of a picture.
            for tail in stride(from: min(Scanner.magic.count - 1, length - 1), to: 0, by: -1)
            where Scanner.magic.agrees(UnsafeBufferPointer(rebasing: reader.window[(length - tail)...])) {
                length -= tail
                break
            }
        }
        damage.add(.garbage, length, at: reader.position, lost: nil)
        reader.skip(length)
    }

    /// NUL, CR and LF: what some recorders pad or separate pictures with.
    private static func isPadding(_ byte: UInt8) -> Bool { byte == 0 || byte == 0x0A || byte == 0x0D }

    private enum Picture {
        case complete(Int)
        case broken(Corruption.Reason, resumeAt: Int)
        case passed(FrameEvent)
    }

    private func scanPicture(_ scanner: inout Scanner) throws(FrameIOError) -> Picture {
        while true {
            switch scanner.scan(reader.window) {
            case .complete(let length): return .complete(length)
            case .broken(let reason, let resumeAt): return .broken(reason, resumeAt: resumeAt)
            case .needsMore: break
            }
            guard reader.available < ImageLimits.maximumEncodedBytes else {
                return .broken(.tooLong, resumeAt: Scanner.magic.count)
            }
            switch try reader.fill(reader.available + 1) {
            case .ready: continue
            case .stopped: return .passed(.stopped)
            case .end:
                // A damaged length may have led past a picture that is whole.
                if let next = Scanner.magic.index(in: reader.window, from: scanner.resumeAtEnd) {
                    return .broken(.brokenStructure, resumeAt: next)
                }
                reader.skip(reader.available)
                return .passed(.end(truncated: true))
            }
        }
    }
}

/// Sums up neighbouring damage into one report.
struct Damage {
    private var reason: Corruption.Reason?
    private var skipped = 0
    private var lost: UInt64?
    private var position = 0

    mutating func add(_ reason: Corruption.Reason, _ bytes: Int, at position: Int, lost: UInt64?) {
        if self.reason == nil {
            self.reason = reason
            self.position = position
            self.lost = lost
        }
        skipped += bytes
    }

    /// The report, once.
    mutating func take() -> Corruption? {
        guard let reason else { return nil }
        defer { self = Damage() }
        return Corruption(reason: reason, bytesSkipped: skipped, lostFrame: lost, position: position)
    }
}
