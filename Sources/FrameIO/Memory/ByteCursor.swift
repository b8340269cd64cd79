/// Reads fields from the front of bytes that lie elsewhere. Reading past the end gives zeros and makes the cursor invalid
/// for good, so that a record is read line by line and judged once.
///
/// Trivial to copy; valid as long as the bytes are. Allocates nothing.
struct ByteCursor {
    /// All bytes, those that have been read too.
    let bytes: UnsafeBufferPointer<UInt8>

    /// Bytes read so far.
    private(set) var offset = 0

    /// Whether nothing was read past the end.
    private(set) var isValid = true

    /// The order in which numbers are stored.
    let isBigEndian: Bool

    init(_ bytes: UnsafeBufferPointer<UInt8>, isBigEndian: Bool = false) {
        self.bytes = bytes
        self.isBigEndian = isBigEndian
    }

    /// A cursor over nothing.
    static var empty: ByteCursor { ByteCursor(UnsafeBufferPointer(start: nil, count: 0)) }

    /// Bytes that can still be read: none once something was read past the end, so that a loop over what is left ends.
    var left: Int { isValid ? bytes.count - offset : 0 }

    mutating func u8() -> UInt8 { UInt8(truncatingIfNeeded: number(1)) }
    mutating func u16() -> UInt16 { UInt16(truncatingIfNeeded: number(2)) }
    mutating func u32() -> UInt32 { UInt32(truncatingIfNeeded: number(4)) }
    mutating func u64() -> UInt64 { number(8) }

    /// The next `count` bytes; none, and an invalid cursor, where there are not as many.
    mutating func take(_ count: Int) -> UnsafeBufferPointer<UInt8> {
        guard advance(count) else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(rebasing: bytes[offset - count..<offset])
    }

    /// As many bytes as the 32-bit number in front of them says.
    mutating func prefixed() -> UnsafeBufferPointer<UInt8> { take(Int(u32())) }

    /// All that is left.
    mutating func rest() -> UnsafeBufferPointer<UInt8> { take(left) }

    /// Moves to the next multiple of `alignment`, counted from the first byte.
    mutating func align(_ alignment: Int) { _ = advance((alignment - offset % alignment) % alignment) }

    private mutating func number(_ width: Int) -> UInt64 {
        guard advance(width) else { return 0 }
        var value: UInt64 = 0
        for index in 0..<width {
            let place = isBigEndian ? width - 1 - index : index
            value |= UInt64(bytes[offset - width + index]) << UInt64(8 * place)
        }
        return value
    }

    private mutating func advance(_ count: Int) -> Bool {
        guard isValid, count >= 0, count <= left else {
            isValid = false
            return false
        }
        offset += count
        return true
    }
}
