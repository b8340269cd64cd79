/// The header lines of one part of a multipart stream.
struct PartHeader: Equatable {
    var contentLength: Int?
    /// From `X-Timestamp: sec.usec`.
    var captureNanoseconds: Int64?
    var isPicture = true

    /// Most bytes of one part's header.
    static let maximumBytes = 16 * 1024

    enum Parsed: Equatable {
        /// The header with its blank line takes `length` bytes.
        case header(PartHeader, length: Int)
        case incomplete
        case broken
    }

    /// Parses header lines up to the blank line that ends them. Lines may end in CR LF or LF.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Parsed {
        var header = PartHeader()
        var lineStart = 0
        while let lineFeed = Bytes.index(of: 0x0A, in: bytes, from: lineStart) {
            var lineEnd = lineFeed
            if lineEnd > lineStart, bytes[lineEnd - 1] == 0x0D { lineEnd -= 1 }
            if lineEnd == lineStart { return .header(header, length: lineFeed + 1) }
            guard header.take(UnsafeBufferPointer(rebasing: bytes[lineStart..<lineEnd])) else { return .broken }
            lineStart = lineFeed + 1
        }
        return bytes.count > maximumBytes ? .broken : .incomplete
    }

    /// Takes one line; false if a known field has a value that cannot be.
    private mutating func take(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        func value(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
            guard Bytes.hasPrefix(name, in: line) else { return nil }
            return UnsafeBufferPointer(rebasing: line[name.utf8CodeUnitCount...])
        }
        if let text = value("content-length:") {
            guard let length = DecimalText.integer(text), length <= ImageLimits.maximumEncodedBytes else {
                return false
            }
            contentLength = length
        } else if let text = value("x-timestamp:") {
            captureNanoseconds = DecimalText.nanoseconds(text, unit: .seconds)
        } else if let text = value("content-type:") {
            isPicture = Bytes.index(of: "image/jp", in: text, from: 0) != nil
        }
        return true
    }
}
