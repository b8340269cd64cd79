extension ImageMessage {
    /// `foxglove.CompressedImage` or `foxglove.RawImage` in the Protocol Buffers wire format. Fields that are not known
    /// are passed over; of fields that come twice the last counts.
    ///
    ///     CompressedImage: timestamp 1, data 2, format 3, frame_id 4
    ///     RawImage: timestamp 1, width 2, height 3, encoding 4, step 5, data 6, frame_id 7 (numbers are fixed32)
    init?(protobuf bytes: UnsafeBufferPointer<UInt8>, isRaw: Bool) {
        var cursor = ByteCursor(bytes)
        while cursor.left > 0 {
            guard let field = ProtobufField(&cursor) else { return nil }
            switch (field.number, field.value, isRaw) {
            case (1, .bytes(let time), _): stampNanoseconds = Self.timestamp(time)
            case (2, .bytes(let bytes), false), (6, .bytes(let bytes), true): data = bytes
            case (3, .bytes(let text), false), (4, .bytes(let text), true): format = text
            case (2, .number(let value), true): width = Int(clamping: value)
            case (3, .number(let value), true): height = Int(clamping: value)
            case (5, .number(let value), true): step = Int(clamping: value)
            default: break
            }
        }
    }

    /// `google.protobuf.Timestamp`: seconds 1, nanos 2.
    private static func timestamp(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var cursor = ByteCursor(bytes)
        var (seconds, nanos): (Int64, Int64) = (0, 0)
        while cursor.left > 0, let field = ProtobufField(&cursor) {
            guard case .number(let value) = field.value else { continue }
            if field.number == 1 { seconds = Int64(bitPattern: value) }
            if field.number == 2 { nanos = Int64(bitPattern: value) }
        }
        return nanoseconds(seconds: seconds, nanoseconds: nanos)
    }
}

/// One field of a message in the Protocol Buffers wire format.
struct ProtobufField {
    enum Value {
        case number(UInt64)
        case bytes(UnsafeBufferPointer<UInt8>)
    }

    let number: UInt64
    let value: Value

    /// Takes the field at the cursor; nil where it is broken, or a group, which proto3 does not have.
    init?(_ cursor: inout ByteCursor) {
        guard let tag = Self.varint(&cursor) else { return nil }
        number = tag >> 3
        switch tag & 7 {
        case 0:
            guard let value = Self.varint(&cursor) else { return nil }
            self.value = .number(value)
        case 1: value = .number(cursor.u64())
        case 2:
            guard let length = Self.varint(&cursor) else { return nil }
            value = .bytes(cursor.take(Int(clamping: length)))
        case 5: value = .number(UInt64(cursor.u32()))
        default: return nil
        }
        guard cursor.isValid, number > 0 else { return nil }
    }

    private static func varint(_ cursor: inout ByteCursor) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = cursor.u8()
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return cursor.isValid ? value : nil }
        }
        return nil
    }
}
