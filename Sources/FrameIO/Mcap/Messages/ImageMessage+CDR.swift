extension ImageMessage {
    /// `sensor_msgs/msg/CompressedImage` or `Image` in OMG CDR: four bytes that tell the byte order, then fields aligned
    /// to their own size, counted from behind those four.
    init?(cdr bytes: UnsafeBufferPointer<UInt8>, isRaw: Bool) {
        // Plain CDR of both versions (0, 1 and 6, 7); parameter lists and delimited forms are not what ROS 2 writes.
        guard bytes.count >= 4, bytes[0] == 0, bytes[1] & 0b110 == 0 || bytes[1] & 0b110 == 0b110, bytes[1] < 8 else {
            return nil
        }
        var cursor = ByteCursor(
            UnsafeBufferPointer(rebasing: bytes[4...]), isBigEndian: bytes[1] & 1 == 0)
        let seconds = Int64(Int32(bitPattern: cursor.aligned32()))
        let nanoseconds = Int64(cursor.aligned32())
        stampNanoseconds = Self.nanoseconds(seconds: seconds, nanoseconds: nanoseconds)
        _ = cursor.cdrText()
        if isRaw {
            height = Int(cursor.aligned32())
            width = Int(cursor.aligned32())
            format = cursor.cdrText()
            _ = cursor.u8()
            step = Int(cursor.aligned32())
        } else {
            format = cursor.cdrText()
        }
        cursor.align(4)
        data = cursor.prefixed()
        guard cursor.isValid else { return nil }
    }
}

extension ByteCursor {
    fileprivate mutating func aligned32() -> UInt32 {
        align(4)
        return u32()
    }

    /// A string without the NUL that CDR counts and stores.
    fileprivate mutating func cdrText() -> UnsafeBufferPointer<UInt8> {
        align(4)
        let text = prefixed()
        guard text.count > 0, text[text.count - 1] == 0 else { return text }
        return UnsafeBufferPointer(rebasing: text[..<(text.count - 1)])
    }
}
