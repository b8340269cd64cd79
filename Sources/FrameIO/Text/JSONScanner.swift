/// Walks over a JSON text in place (RFC 8259): objects by members, texts as the bytes between their quotes, escapes and
/// all. Allocates nothing.
struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var offset = 0

    /// Deeper nesting than this is refused, as each level costs stack.
    private static let deepest = 64

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Whether nothing but blanks is left.
    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return offset == bytes.count
        }
    }

    /// Whether the next value is an object.
    var isAtObject: Bool {
        mutating get {
            skipBlanks()
            return offset < bytes.count && bytes[offset] == UInt8(ascii: "{")
        }
    }

    /// Walks the object at hand: `member` gets each name and must take the value. False where the text is no object, or
    /// `member` says so.
    mutating func object(_ member: (UnsafeBufferPointer<UInt8>, inout JSONScanner) -> Bool) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        repeat {
            var name = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            guard text(into: &name), take(UInt8(ascii: ":")), member(name, &self) else { return false }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    /// Takes a text: the bytes between the quotes.
    mutating func text(into value: inout UnsafeBufferPointer<UInt8>) -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        let first = offset
        while let quote = Bytes.index(of: UInt8(ascii: "\""), in: bytes, from: offset) {
            offset = quote + 1
            var backslashes = 0
            while quote - backslashes > first, bytes[quote - backslashes - 1] == UInt8(ascii: "\\") { backslashes += 1 }
            guard backslashes % 2 == 0 else { continue }
            value = UnsafeBufferPointer(rebasing: bytes[first..<quote])
            return true
        }
        return false
    }

    /// Takes an integer that fits.
    mutating func integer(into value: inout Int) -> Bool {
        skipBlanks()
        let isNegative = take(UInt8(ascii: "-"))
        let first = offset
        var sum = 0
        while offset < bytes.count, 0x30...0x39 ~= bytes[offset] {
            let (tens, over) = sum.multipliedReportingOverflow(by: 10)
            let (next, overAgain) = tens.addingReportingOverflow(Int(bytes[offset] - 0x30))
            guard !over, !overAgain else { return false }
            sum = next
            offset += 1
        }
        value = isNegative ? -sum : sum
        return offset > first
    }

    /// Passes over one value of any kind.
    mutating func skipValue() -> Bool { skipValue(depth: 0) }

    private mutating func skipValue(depth: Int) -> Bool {
        guard depth < Self.deepest else { return false }
        skipBlanks()
        guard offset < bytes.count else { return false }
        switch bytes[offset] {
        case UInt8(ascii: "\""):
            var ignored = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            return text(into: &ignored)
        case UInt8(ascii: "{"): return object { _, scanner in scanner.skipValue(depth: depth + 1) }
        case UInt8(ascii: "["):
            offset += 1
            if take(UInt8(ascii: "]")) { return true }
            repeat { guard skipValue(depth: depth + 1) else { return false } } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "]"))
        default:
            // Numbers and words: up to what may follow a value.
            let first = offset
            while offset < bytes.count, !Self.endsValue(bytes[offset]) { offset += 1 }
            return offset > first
        }
    }

    private static func endsValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x09, 0x0A, 0x0D: true
        default: false
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipBlanks() {
        while offset < bytes.count, bytes[offset] == 0x20 || 0x09...0x0D ~= bytes[offset] { offset += 1 }
    }
}
