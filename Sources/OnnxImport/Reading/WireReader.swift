/// Reads protobuf wire format at positions of a source, through a window so that small fields cost no system call.
struct WireReader {
    /// The wire types of proto2 and proto3 without groups, which ONNX does not use.
    enum FieldBody {
        case varint
        case fixed
        case lengthDelimited
    }

    struct Field {
        let number: Int
        let body: FieldBody
        /// Tag and length included.
        let whole: Range<Int>
        /// The payload alone.
        let payload: Range<Int>
    }

    private let source: any ByteSource
    private var window: [UInt8] = []
    private var windowStart = 0
    private static let windowSize = 1 << 14

    init(_ source: any ByteSource) {
        self.source = source
    }

    /// The field that starts at `position`, which lies before `end`.
    mutating func field(at position: Int, end: Int) throws(OnnxImportError) -> Field {
        var cursor = position
        let tag = try varint(at: &cursor, end: end)
        let number = tag >> 3
        guard number >= 1, number < 1 << 29 else { throw malformed("a field number is out of range") }
        let start: Int
        let length: UInt64
        let body: FieldBody
        switch tag & 7 {
        case 0:
            start = cursor
            _ = try varint(at: &cursor, end: end)
            (length, body) = (UInt64(cursor - start), .varint)
        case 1: (start, length, body) = (cursor, 8, .fixed)
        case 2:
            length = try varint(at: &cursor, end: end)
            (start, body) = (cursor, .lengthDelimited)
        case 5: (start, length, body) = (cursor, 4, .fixed)
        default: throw malformed("a field has a type that ONNX does not use")
        }
        guard length <= UInt64(end - start) else {
            throw malformed("a field of \(length) bytes runs past the end (truncated at \(source.byteCount) bytes?)")
        }
        let payload = start..<start + Int(length)
        return Field(number: Int(number), body: body, whole: position..<payload.upperBound, payload: payload)
    }

    /// Appends the bytes of `range`, which lies inside the source.
    mutating func append(_ range: Range<Int>, to bytes: inout [UInt8]) throws(OnnxImportError) {
        guard !range.isEmpty else { return }
        if range.count <= Self.windowSize {
            try show(range)
            bytes += window[range.lowerBound - windowStart..<range.upperBound - windowStart]
        } else {
            bytes += try Self.bytes(range, of: source)
        }
    }

    private mutating func varint(at cursor: inout Int, end: Int) throws(OnnxImportError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard cursor < end else { throw malformed("it ends inside a field (truncated?)") }
            try show(cursor..<cursor + 1)
            let byte = window[cursor - windowStart]
            cursor += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw malformed("a number is longer than ten bytes")
    }

    /// Makes the window hold `range`, of at most `windowSize` bytes.
    private mutating func show(_ range: Range<Int>) throws(OnnxImportError) {
        guard range.lowerBound < windowStart || range.upperBound > windowStart + window.count else { return }
        let end = min(range.lowerBound + Self.windowSize, source.byteCount)
        window = try Self.bytes(range.lowerBound..<end, of: source)
        windowStart = range.lowerBound
    }

    private static func bytes(_ range: Range<Int>, of source: any ByteSource) throws(OnnxImportError) -> [UInt8] {
        var failure: OnnxImportError?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            // Typed errors do not pass through this initialiser, hence the detour.
            do throws(OnnxImportError) {
                try source.read(
                    into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count),
                    at: range.lowerBound)
                count = range.count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private func malformed(_ problem: String) -> OnnxImportError {
        .file(path: source.name, problem: "not a whole ONNX file: \(problem)", remedy: Remedy.damaged)
    }
}
