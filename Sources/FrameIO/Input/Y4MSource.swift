/// Frames of a YUV4MPEG2 stream.
///
/// Capture times come from `FRAME XTS=<ns>` where present; the declared rate stands in `properties` and makes no times.
final class Y4MSource: FrameSource {
    private(set) var properties: StreamProperties
    let names: NameTable? = nil
    private let options: InputOptions
    /// The header that the stream begins with, and the one that holds now.
    private let first: Y4MHeader
    private let headerBytes: Int
    private var header: Y4MHeader
    private var colorRange: ColorRange
    private let colorMatrix: ColorMatrix
    private var frameBytes: Int
    private var reader: StreamReader
    private var nextID: UInt64 = 0

    /// Longest FRAME line taken; ffmpeg's own limit is 80 bytes.
    private static let maximumFrameLine = 512

    /// Reads the stream header. Blocks until it is there; nil when stopped before.
    init?(reader: consuming StreamReader, options: InputOptions) throws(FrameIOError) {
        let path = reader.path
        var length: Int?
        search: while length == nil {
            length = reader.window.firstIndex(of: 0x0A)
            if length != nil || reader.available > Y4MHeader.maximumLine { break }
            switch try reader.fill(reader.available + 1) {
            case .ready: continue
            case .end: break search
            case .stopped: return nil
            }
        }
        guard let length, length <= Y4MHeader.maximumLine else {
            throw .malformed("\(path): the Y4M header has no end of line")
        }
        let line = String(decoding: reader.window[..<length], as: UTF8.self)
        let header = try Y4MHeader(line: line, path: path)
        reader.skip(length + 1)
        self.header = header
        first = header
        headerBytes = length + 1
        self.options = options
        colorRange = Self.range(header, options)
        colorMatrix = options.colorMatrix ?? .bt601
        frameBytes = header.pixelFormat.byteCount(width: header.width, height: header.height)
        properties = StreamProperties(
            format: .y4m, payload: .raw(header.pixelFormat), width: header.width, height: header.height,
            frameRate: header.frameRate)
        self.reader = reader
    }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        switch try findFrame() {
        case .passed(let event): return event
        case .at(let length, let capture):
            reader.skip(length)
            switch try reader.read(frameBytes, into: &frame.bytes) {
            case .end: return .end(truncated: true)
            case .stopped: return .stopped
            case .ready: break
            }
            if capture != nil { properties.hasCaptureTimes = true }
            frame.header = FrameHeader(
                id: nextID, captureNanoseconds: capture, payload: .raw(header.pixelFormat), width: header.width,
                height: header.height, colorRange: colorRange, colorMatrix: colorMatrix, byteCount: frameBytes)
            nextID += 1
            return .frame
        }
    }

    func rewind() throws(FrameIOError) -> Bool {
        guard reader.rewind() else { return false }
        guard try reader.fill(headerBytes) == .ready else { return false }
        reader.skip(headerBytes)
        adopt(first)
        nextID = 0
        return true
    }

    /// Grey streams are full range in practice (ffmpeg treats gray so); colour is limited unless the header says so.
    private static func range(_ header: Y4MHeader, _ options: InputOptions) -> ColorRange {
        options.colorRange ?? header.colorRange ?? (header.pixelFormat == .gray8 ? .full : .limited)
    }

    /// Takes over a header in mid-stream: streams that were joined, or a FIFO's next writer that came before the last
    /// one's end was seen. Returns its length, 0 where there is none, nil where more bytes must come to tell.
    private func takeHeader() -> Int? {
        let magic: StaticString = "YUV4MPEG2 "
        for index in 0..<min(reader.available, magic.utf8CodeUnitCount)
        where reader.start[index] != magic.utf8Start[index] { return 0 }
        guard let length = reader.window.prefix(Y4MHeader.maximumLine + 1).firstIndex(of: 0x0A) else {
            return reader.available > Y4MHeader.maximumLine ? 0 : nil
        }
        let line = String(decoding: reader.window[..<length], as: UTF8.self)
        guard let next = try? Y4MHeader(line: line, path: reader.path) else { return 0 }
        adopt(next)
        return length + 1
    }

    private func adopt(_ next: Y4MHeader) {
        header = next
        colorRange = Self.range(next, options)
        frameBytes = next.pixelFormat.byteCount(width: next.width, height: next.height)
        properties.payload = .raw(next.pixelFormat)
        (properties.width, properties.height, properties.frameRate) = (next.width, next.height, next.frameRate)
    }

    private enum Marker {
        /// The window begins with a FRAME line of this length, line feed included.
        case at(Int, captureNanoseconds: Int64?)
        case passed(FrameEvent)
    }

    private func findFrame() throws(FrameIOError) -> Marker {
        var scanned = 0
        while true {
            switch Self.parseFrameLine(reader.window, from: scanned) {
            case .line(let length, let capture): return .at(length, captureNanoseconds: capture)
            case .broken:
                let length = takeHeader()
                if length == 0 { return try .passed(resynchronise()) }
                if let length {
                    reader.skip(length)
                    scanned = 0
                    continue
                }
                fallthrough
            case .incomplete:
                scanned = reader.available
                switch try reader.fill(reader.available + 1) {
                case .ready: continue
                case .stopped: return .passed(.stopped)
                case .end: return .passed(.end(truncated: reader.available > 0))
                }
            }
        }
    }

    /// Skips to the next byte sequence that reads as a FRAME line.
    private func resynchronise() throws(FrameIOError) -> FrameEvent {
        let position = reader.position
        var skipped = 0
        func event() -> FrameEvent {
            .corrupt(
                Corruption(reason: .missingFrameMarker, bytesSkipped: skipped, lostFrame: nil, position: position))
        }
        while true {
            var offset = 1
            while let next = Bytes.index(of: 0x46, in: reader.window, from: offset) {
                offset = next
                let rest = UnsafeBufferPointer(rebasing: reader.window[next...])
                if Self.parseFrameLine(rest, from: 0) != .broken { break }
                offset += 1
            }
            if Bytes.index(of: 0x46, in: reader.window, from: offset) != offset { offset = reader.available }
            reader.skip(offset)
            skipped += offset
            // An incomplete line at the window's end is left for the next call, which judges it with more bytes.
            if reader.available > 0 { return event() }
            switch try reader.fill(1) {
            case .ready: continue
            case .stopped: return .stopped
            case .end: return event()
            }
        }
    }

    enum FrameLine: Equatable {
        case line(Int, captureNanoseconds: Int64?)
        case incomplete
        case broken
    }

    /// Reads `FRAME[ params]\n` at the front of `bytes`; `from` bytes are known to hold no line feed.
    static func parseFrameLine(_ bytes: UnsafeBufferPointer<UInt8>, from: Int) -> FrameLine {
        let magic: StaticString = "FRAME"
        let compared = min(bytes.count, 5)
        for i in 0..<compared where bytes[i] != magic.utf8Start[i] { return .broken }
        guard bytes.count > 5 else { return .incomplete }
        guard bytes[5] == 0x0A || bytes[5] == 0x20 else { return .broken }
        var end = max(5, from)
        while end < bytes.count, bytes[end] != 0x0A {
            guard end < maximumFrameLine else { return .broken }
            end += 1
        }
        guard end < bytes.count else { return .incomplete }
        return .line(end + 1, captureNanoseconds: captureTime(UnsafeBufferPointer(rebasing: bytes[5..<end])))
    }

    /// The value of ` XTS=<ns>` in a FRAME line's parameters.
    private static func captureTime(_ parameters: UnsafeBufferPointer<UInt8>) -> Int64? {
        let tag: StaticString = " XTS="
        guard let found = Bytes.index(of: tag, in: parameters, from: 0) else { return nil }
        let value = UnsafeBufferPointer(rebasing: parameters[(found + tag.utf8CodeUnitCount)...])
        return DecimalText.nanoseconds(value, unit: .nanoseconds)
    }
}
