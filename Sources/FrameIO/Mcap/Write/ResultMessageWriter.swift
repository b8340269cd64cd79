/// Composes messages with images and JSON objects in place, in either profile. Allocates only while the buffer grows.
struct ResultMessageWriter {
    let profile: RecordingProfile

    /// The frame of reference that messages name.
    private static let frameID: StaticString = "camera"

    /// A picture of `width * height` pixels, tightly packed rows of `step` bytes.
    ///
    /// `stamp` is the capture time; nil writes a stamp of 0, as it is not known.
    func append(
        pixels: UnsafeRawBufferPointer, width: Int, height: Int, step: Int, encoding: StaticString, stamp: Int64?,
        to buffer: inout ByteBuffer
    ) {
        buffer.reserve(buffer.count + pixels.count + 256)
        switch profile {
        case .ros2:
            let origin = Self.beginCDR(stamp, &buffer)
            buffer.append(cdr: UInt32(height), origin)
            buffer.append(cdr: UInt32(width), origin)
            buffer.append(cdr: encoding, origin)
            buffer.append(0)
            buffer.append(cdr: UInt32(step), origin)
            buffer.append(cdr: UInt32(pixels.count), origin)
            buffer.append(pixels)
        case .foxglove:
            Self.appendTimestamp(stamp, &buffer)
            buffer.append(field: 2, fixed32: UInt32(width))
            buffer.append(field: 3, fixed32: UInt32(height))
            buffer.append(field: 4, text: encoding)
            buffer.append(field: 5, fixed32: UInt32(step))
            buffer.append(field: 6, bytes: pixels)
            buffer.append(field: 7, text: Self.frameID)
        }
    }

    /// A compressed picture, `jpeg` or `png`.
    func append(
        picture: UnsafeRawBufferPointer, format: StaticString, stamp: Int64?, to buffer: inout ByteBuffer
    ) {
        buffer.reserve(buffer.count + picture.count + 256)
        switch profile {
        case .ros2:
            let origin = Self.beginCDR(stamp, &buffer)
            buffer.append(cdr: format, origin)
            buffer.append(cdr: UInt32(picture.count), origin)
            buffer.append(picture)
        case .foxglove:
            Self.appendTimestamp(stamp, &buffer)
            buffer.append(field: 2, bytes: picture)
            buffer.append(field: 3, text: format)
            buffer.append(field: 4, text: Self.frameID)
        }
    }

    /// A JSON object.
    func append(object: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        switch profile {
        case .ros2:
            buffer.append(u32: Self.littleEndianCDR)
            buffer.append(u32: UInt32(object.count + 1))
            buffer.append(object)
            buffer.append(0)
        case .foxglove: buffer.append(object)
        }
    }

    /// The four bytes that tell the byte order.
    private static let littleEndianCDR: UInt32 = 0x0000_0100

    /// The four bytes that tell the byte order, and the header; where the fields' alignment is counted from.
    private static func beginCDR(_ stamp: Int64?, _ buffer: inout ByteBuffer) -> Int {
        buffer.append(u32: littleEndianCDR)
        let origin = buffer.count
        let time = stamp ?? 0
        buffer.append(u32: UInt32(truncatingIfNeeded: time / 1_000_000_000))
        buffer.append(u32: UInt32(truncatingIfNeeded: time % 1_000_000_000))
        buffer.append(cdr: frameID, origin)
        return origin
    }

    /// `google.protobuf.Timestamp` in field 1; nothing where the time is not known.
    private static func appendTimestamp(_ stamp: Int64?, _ buffer: inout ByteBuffer) {
        guard let stamp else { return }
        buffer.append(1 << 3 | 2)
        let length = buffer.count
        buffer.append(0)
        buffer.append(field: 1, number: UInt64(bitPattern: stamp / 1_000_000_000))
        buffer.append(field: 2, number: UInt64(bitPattern: stamp % 1_000_000_000))
        // Two tags and two varints of at most ten bytes: one byte holds the length.
        buffer.start[length] = UInt8(buffer.count - length - 1)
    }
}

extension ByteBuffer {
    /// A number at the next multiple of four behind `origin`.
    fileprivate mutating func append(cdr value: UInt32, _ origin: Int) {
        while (count - origin) % 4 != 0 { append(0) }
        append(u32: value)
    }

    /// A string with its NUL.
    fileprivate mutating func append(cdr text: StaticString, _ origin: Int) {
        append(cdr: UInt32(text.utf8CodeUnitCount + 1), origin)
        append(text)
        append(0)
    }
}
