/// Little-endian fields, as MCAP and CDR have them.
extension ByteBuffer {
    mutating func append(u16 value: UInt16) { append(value, bytes: 2) }
    mutating func append(u32 value: UInt32) { append(UInt64(value), bytes: 4) }
    mutating func append(u64 value: UInt64) { append(value, bytes: 8) }

    /// Writes over eight bytes at `offset`.
    mutating func set(u64 value: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset + 8 <= count, "outside the buffer")
        base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    /// Writes over four bytes at `offset`.
    mutating func set(u32 value: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= count, "outside the buffer")
        base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    /// A 32-bit length and the bytes.
    mutating func append(prefixed bytes: UnsafeRawBufferPointer) {
        append(u32: UInt32(bytes.count))
        append(bytes)
    }

    /// A 32-bit length and the text. Not for the frame path.
    mutating func append(prefixed text: String) {
        var text = text
        text.withUTF8 { append(prefixed: UnsafeRawBufferPointer($0)) }
    }

    private mutating func append(_ value: some FixedWidthInteger, bytes: Int) {
        reserve(count + bytes)
        for index in 0..<bytes { start[count + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
        setCount(count + bytes)
    }
}
