import CWebP

/// WebP to rgb24 by libwebp: lossy and lossless, alpha left out (not blended). Animations are refused.
struct WebPDecoder {
    /// Decodes one picture into `storage`, which grows only if the size in the header is allowed and plausible.
    func decode(_ bytes: UnsafeBufferPointer<UInt8>, into storage: inout ByteBuffer) throws(DecodeError) -> ImageView {
        guard let base = bytes.baseAddress, WebPHeader.begins(bytes) else { throw .notThisFormat(codec: "WebP") }
        guard let header = WebPHeader(bytes) else { throw .corrupt(codec: "WebP", message: "no picture header") }
        guard !header.isAnimation else { throw .unsupported("WebP is an animation; unpack it to pictures first") }
        let (width, height) = (header.width, header.height)
        guard ImageLimits.allows(width: width, height: height) else {
            throw .unacceptableSize(width: width, height: height)
        }
        guard ImageLimits.isPlausible(.webp, width: width, height: height, bytes: bytes.count) else {
            throw .implausibleSize(width: width, height: height, bytes: bytes.count)
        }
        guard bytes.count >= header.byteCount else { throw .truncated(codec: "WebP") }
        let size = width * height * 3
        storage.reserveExactly(size)
        storage.setCount(size)
        let target = storage.start
        let decoded = CodecScope.run { WebPDecodeRGBInto(base, bytes.count, target, size, Int32(width * 3)) }
        guard decoded != nil else { throw .corrupt(codec: "WebP", message: "its data is damaged or ends too soon") }
        return ImageView(
            packed: UnsafePointer(target), format: .rgb24, width: width, height: height, colorRange: .full,
            colorMatrix: .bt601)
    }
}

/// What a WebP file says of itself before its pixels.
struct WebPHeader {
    let width: Int
    let height: Int
    let isAnimation: Bool
    /// Bytes that the container counts, its own head included.
    let byteCount: Int

    /// Whether `bytes` are a RIFF container of WebP whose first chunk is a picture's.
    static func begins(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count >= 16 && Bytes.hasPrefix("RIFF", in: bytes) && Bytes.hasPrefix("WEBP", in: bytes, at: 8)
            && Bytes.hasPrefix("VP8", in: bytes, at: 12)
    }

    /// Nil where libwebp finds no valid head. Allocates nothing.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress, Self.begins(bytes) else { return nil }
        var features = WebPBitstreamFeatures()
        let status = CodecScope.run { WebPGetFeatures(base, bytes.count, &features) }
        guard status == VP8_STATUS_OK else { return nil }
        width = Int(features.width)
        height = Int(features.height)
        isAnimation = features.has_animation != 0
        byteCount = 8 + (0..<4).reduce(0) { $0 | Int(bytes[4 + $1]) << (8 * $1) }
    }
}
