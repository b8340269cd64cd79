/// The Protocol Buffers wire format. Field numbers are below 16, which take one byte.
extension ByteBuffer {
    /// A varint field.
    package mutating func append(field number: UInt8, number value: UInt64) {
        append(number << 3)
        append(varint: value)
    }

    /// A fixed32 field.
    mutating func append(field number: UInt8, fixed32 value: UInt32) {
        append(number << 3 | 5)
        append(u32: value)
    }

    /// A double field.
    package mutating func append(field number: UInt8, double value: Double) {
        append(number << 3 | 1)
        append(u64: value.bitPattern)
    }

    /// A sint32 or sint64 field.
    package mutating func append(field number: UInt8, signed value: Int64) {
        append(field: number, number: UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
    }

    /// A text field.
    mutating func append(field number: UInt8, text: StaticString) {
        append(field: number, bytes: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A text field. May allocate; not for the frame path.
    package mutating func append(field number: UInt8, text: String) {
        var text = text
        text.withUTF8 { append(field: number, bytes: UnsafeRawBufferPointer($0)) }
    }

    /// A field of bytes.
    mutating func append(field number: UInt8, bytes: UnsafeRawBufferPointer) {
        append(number << 3 | 2)
        append(varint: UInt64(bytes.count))
        append(bytes)
    }

    /// A message field, which `content` writes. Allocates; not for the frame path.
    package mutating func append(field number: UInt8, _ content: (inout ByteBuffer) -> Void) {
        var message = ByteBuffer()
        content(&message)
        append(field: number, bytes: message.contents)
    }

    package mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}
