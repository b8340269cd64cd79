/// Turns image messages into encoded frames: JPEG and PNG as they are, pixels packed.
///
/// Allocates only for a frame larger than any before.
struct ImageExtractor: ~Copyable {
    /// What a message gave.
    enum Outcome {
        /// `frame` holds a picture; its header has no number yet.
        case frame
        /// The message, or the picture in it, is damaged.
        case broken(Corruption.Reason)
        /// A picture of a kind that is not read; its format as the message names it.
        case unsupported(String)
    }

    private let colorRange: ColorRange?
    private let colorMatrix: ColorMatrix
    /// Pixels that came as Base64.
    private var decoded = ByteBuffer()

    init(_ options: InputOptions) {
        colorRange = options.colorRange
        colorMatrix = options.colorMatrix ?? .bt601
    }

    /// Reads the image of `message` into `frame`.
    mutating func extract(_ message: McapMessage, _ schema: ImageSchema, into frame: inout FrameBuffer) -> Outcome {
        guard let image = ImageMessage(message.data, as: schema) else { return .broken(.brokenMessage) }
        let capture = image.stampNanoseconds ?? Int64(exactly: message.publishTime)
        return schema.isRaw ? pixels(image, capture, &frame) : picture(image, capture, &frame)
    }

    private func picture(_ image: ImageMessage, _ capture: Int64?, _ frame: inout FrameBuffer) -> Outcome {
        frame.bytes.removeAll()
        if image.isBase64 {
            guard Base64.decode(image.data, into: &frame.bytes) else { return .broken(.brokenMessage) }
        } else {
            frame.bytes.append(UnsafeRawBufferPointer(image.data))
        }
        let bytes = frame.bytes.bytes
        guard let payload = FramePayload(magicOf: bytes) else {
            let isKnown = Self.namesJPEGOrPNG(image.format)
            return isKnown ? .broken(.notAPicture) : .unsupported(String(decoding: image.format, as: UTF8.self))
        }
        let (width, height) = payload.size(in: bytes)
        frame.header = FrameHeader(
            id: 0, captureNanoseconds: capture, payload: payload, width: width, height: height, byteCount: bytes.count)
        return .frame
    }

    /// `jpeg`, `png`, `bgr8; jpeg compressed bgr8`; a format that says nothing counts, too.
    private static func namesJPEGOrPNG(_ format: UnsafeBufferPointer<UInt8>) -> Bool {
        // Depth maps of ROS are PNG data behind a head of their own.
        if Bytes.index(of: "compressedDepth", in: format, from: 0) != nil { return false }
        return format.isEmpty || Bytes.index(of: "jpeg", in: format, from: 0) != nil
            || Bytes.index(of: "jpg", in: format, from: 0) != nil || Bytes.index(of: "png", in: format, from: 0) != nil
    }

    private mutating func pixels(_ image: ImageMessage, _ capture: Int64?, _ frame: inout FrameBuffer) -> Outcome {
        guard let layout = RawImageLayout(encoding: image.format) else {
            return .unsupported(String(decoding: image.format, as: UTF8.self))
        }
        var data = image.data
        if image.isBase64 {
            decoded.removeAll()
            guard Base64.decode(image.data, into: &decoded) else { return .broken(.brokenMessage) }
            data = decoded.bytes
        }
        guard layout.pack(image, data, into: &frame.bytes) else { return .broken(.brokenMessage) }
        // Grey is full range, as with other sources; cameras' YUV is limited unless an option says otherwise.
        let isFull = layout.format == .gray8 || !layout.format.isYUV
        frame.header = FrameHeader(
            id: 0, captureNanoseconds: capture, payload: .raw(layout.format), width: image.width,
            height: image.height, colorRange: colorRange ?? (isFull ? .full : .limited), colorMatrix: colorMatrix,
            byteCount: frame.bytes.count)
        return .frame
    }
}
