/// JPEG pictures as network cameras serve them: `--boundary`, header lines, blank line, picture, again.
///
/// A frame is given out as soon as its bytes are complete, not when the next boundary comes, which would delay a live
/// stream by a frame. `Content-Length` is used where present; without it the picture's own structure tells its end.
/// `X-Timestamp: sec.usec` becomes the capture time.
final class MultipartSource: FrameSource {
    private(set) var properties = StreamProperties(format: .multipart, payload: .jpeg)
    let names: NameTable? = nil
    private var reader: StreamReader
    private var nextID: UInt64 = 0
    private var damage = Damage()
    /// The boundary with its two leading dashes, learnt from the stream's first one.
    private var boundary = ByteBuffer(capacity: 256)

    /// Inside a part that holds no picture (some cameras send metadata parts): passing it over is no damage.
    private var inForeignPart = false

    /// Longest boundary line taken (RFC 2046 allows 70 characters).
    private static let maximumBoundary = 200

    /// A source over `reader`, which stands at the first byte.
    init(reader: consuming StreamReader) { self.reader = reader }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        while true {
            if boundary.count == 0, let event = try learnBoundary() { return event }
            if let event = try passBoundary() { return event }
            let header: PartHeader
            switch try readHeader() {
            case .passed(let event): return event
            case .broken: continue
            case .header(let parsed): header = parsed
            }
            if !header.isPicture {
                inForeignPart = true
                continue
            }
            if let event = try readBody(header, into: &frame) { return event }
        }
    }

    func rewind() throws(FrameIOError) -> Bool {
        guard reader.rewind() else { return false }
        nextID = 0
        damage = Damage()
        inForeignPart = false
        boundary.removeAll()
        return true
    }

    /// Takes the first line that begins with two dashes as boundary; HTTP response lines before it are passed over.
    private func learnBoundary() throws(FrameIOError) -> FrameEvent? {
        while true {
            if let lineFeed = Bytes.index(of: 0x0A, in: reader.window, from: 0) {
                var end = lineFeed
                while end > 0, reader.start[end - 1] == 0x0D || reader.start[end - 1] == 0x20 { end -= 1 }
                let isBoundary = end > 2 && end <= Self.maximumBoundary && Bytes.hasPrefix("--", in: reader.window)
                if isBoundary {
                    boundary.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(reader.window)[..<end]))
                    return nil
                }
                reader.skip(lineFeed + 1)
                guard reader.position < PartHeader.maximumBytes else { break }
                continue
            }
            guard reader.available < PartHeader.maximumBytes else { break }
            switch try reader.fill(reader.available + 1) {
            case .ready: continue
            case .stopped: return .stopped
            case .end: return .end(truncated: reader.available > 0)
            }
        }
        throw .malformed("\(reader.path): no multipart boundary (a line beginning with --) in the first bytes")
    }

    /// Moves behind the next boundary line; what lies before it goes to `damage`.
    private func passBoundary() throws(FrameIOError) -> FrameEvent? {
        while true {
            var front = 0
            while front < reader.available, reader.start[front] == 0x0D || reader.start[front] == 0x0A { front += 1 }
            reader.skip(front)
            if reader.available > boundary.count + 1 {
                guard let found = Bytes.index(of: boundary.bytes, in: reader.window, from: 0) else {
                    passOver(reader.available - boundary.count)
                    continue
                }
                if found > 0 {
                    passOver(found)
                    continue
                }
                // Reported while the boundary still stands in front, so that the next call begins with it.
                if let corruption = damage.take() { return .corrupt(corruption) }
                inForeignPart = false
                let closing = Bytes.hasPrefix("--", in: reader.window, at: boundary.count)
                if closing { return .end(truncated: false) }
                if let lineFeed = Bytes.index(of: 0x0A, in: reader.window, from: boundary.count) {
                    reader.skip(lineFeed + 1)
                    return nil
                }
                guard reader.available < PartHeader.maximumBytes else {
                    damage.add(.brokenPartHeader, boundary.count, at: reader.position, lost: nil)
                    reader.skip(boundary.count)
                    continue
                }
            }
            switch try reader.fill(reader.available + 1) {
            case .ready: continue
            case .stopped: return .stopped
            case .end:
                // Streams of cameras end without a closing boundary when the connection ends.
                let isWhole = inForeignPart || isBoundaryPrefix
                return finish(truncated: reader.available > 0 && !isWhole)
            }
        }
    }

    private func passOver(_ bytes: Int) {
        if !inForeignPart { damage.add(.garbage, bytes, at: reader.position, lost: nil) }
        reader.skip(bytes)
    }

    private var isBoundaryPrefix: Bool {
        let shared = min(reader.available, boundary.count)
        return (0..<shared).allSatisfy { reader.start[$0] == boundary.start[$0] }
    }

    /// Reports pending damage first; the call after that finds the end again.
    private func finish(truncated: Bool) -> FrameEvent {
        if let corruption = damage.take() { return .corrupt(corruption) }
        return .end(truncated: truncated)
    }

    private enum Header {
        case header(PartHeader)
        case broken
        case passed(FrameEvent)
    }

    private func readHeader() throws(FrameIOError) -> Header {
        while true {
            switch PartHeader.parse(reader.window) {
            case .header(let header, let length):
                reader.skip(length)
                return .header(header)
            case .broken:
                damage.add(.brokenPartHeader, 0, at: reader.position, lost: nextID)
                nextID += 1
                return .broken
            case .incomplete: break
            }
            switch try reader.fill(reader.available + 1) {
            case .ready: continue
            case .stopped: return .passed(.stopped)
            case .end:
                // ffmpeg writes a boundary behind every picture, the last one too.
                let rest = reader.available
                reader.skip(rest)
                return .passed(.end(truncated: rest > 0))
            }
        }
    }

    /// Reads the picture; nil when it was damaged, which is then noted.
    private func readBody(_ header: PartHeader, into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent? {
        var scanner = JPEGScanner()
        while true {
            let limit = header.contentLength ?? .max
            let whole = reader.available >= limit
            let window = UnsafeBufferPointer(rebasing: reader.window.prefix(limit))
            switch scanner.scan(window) {
            case .complete(let length):
                // Bytes that pad the picture to Content-Length belong to the part; without padding nothing follows.
                if whole || header.contentLength == nil || length == limit {
                    deliver(length, header, scanner, into: &frame)
                    if whole, Self.isPadding(reader.window.prefix(limit - length)) { reader.skip(limit - length) }
                    return .frame
                }
            case .broken(let reason, let resumeAt):
                lose(reason, resumeAt)
                return nil
            case .needsMore:
                if whole {
                    lose(.missingEnd, 2)
                    return nil
                }
            }
            guard reader.available < ImageLimits.maximumEncodedBytes else {
                lose(.tooLong, 2)
                return nil
            }
            switch try reader.fill(reader.available + 1) {
            case .ready: continue
            case .stopped: return .stopped
            case .end:
                // The next part may have been swallowed by a wrong length.
                if Bytes.index(of: boundary.bytes, in: reader.window, from: 0) != nil {
                    lose(.missingEnd, 2)
                    return nil
                }
                reader.skip(reader.available)
                return .end(truncated: true)
            }
        }
    }

    private func deliver(
        _ length: Int, _ header: PartHeader, _ scanner: JPEGScanner, into frame: inout FrameBuffer
    ) {
        reader.take(length, into: &frame.bytes)
        if header.captureNanoseconds != nil { properties.hasCaptureTimes = true }
        frame.header = FrameHeader(
            id: nextID, captureNanoseconds: header.captureNanoseconds, payload: .jpeg, width: scanner.width,
            height: scanner.height, byteCount: length)
        nextID += 1
    }

    private func lose(_ reason: Corruption.Reason, _ bytes: Int) {
        let passed = min(bytes, reader.available)
        damage.add(reason, passed, at: reader.position, lost: nextID)
        nextID += 1
        reader.skip(passed)
    }

    private static func isPadding(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        bytes.allSatisfy { $0 == 0 || $0 == 0x0A || $0 == 0x0D || $0 == 0x20 || $0 == 0xFF }
    }
}
