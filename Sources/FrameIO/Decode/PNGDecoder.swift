import CPng

/// PNG to rgb24, or to the stored samples of label pictures, by libpng.
struct PNGDecoder {
    /// Decodes one picture into `storage` as rgb24: palettes expanded, grey widened, 16 bits rounded to 8, alpha
    /// dropped (not blended), gAMA ignored.
    func decode(_ bytes: UnsafeBufferPointer<UInt8>, into storage: inout ByteBuffer) throws(DecodeError) -> ImageView {
        let (width, height) = try read(bytes, mode: DH_PNG_RGB, bytesPerPixel: 3, into: &storage)
        return ImageView(
            packed: UnsafePointer(storage.start), format: .rgb24, width: width, height: height, colorRange: .full,
            colorMatrix: .bt601)
    }

    /// Decodes a picture of one channel into `storage`, one byte a pixel, the samples as they are stored.
    func decodeSamples(
        _ bytes: UnsafeBufferPointer<UInt8>, into storage: inout ByteBuffer
    ) throws(DecodeError) -> (width: Int, height: Int) {
        try read(bytes, mode: DH_PNG_INDICES, bytesPerPixel: 1, into: &storage)
    }

    /// Decodes a 16-bit grey picture into `storage`, two bytes a pixel in the machine's order, the samples as stored.
    func decodeWords(
        _ bytes: UnsafeBufferPointer<UInt8>, into storage: inout ByteBuffer
    ) throws(DecodeError) -> (width: Int, height: Int) {
        try read(bytes, mode: DH_PNG_WORDS, bytesPerPixel: 2, into: &storage)
    }

    private func read(
        _ bytes: UnsafeBufferPointer<UInt8>, mode: dh_png_mode, bytesPerPixel: Int, into storage: inout ByteBuffer
    ) throws(DecodeError) -> (width: Int, height: Int) {
        guard let base = bytes.baseAddress, Magic.png.begins(bytes) else { throw .notThisFormat(codec: "PNG") }
        guard bytes.count >= 33 else { throw .truncated(codec: "PNG") }
        guard Bytes.bigEndian32(base, 8) == 13, Bytes.hasPrefix("IHDR", in: bytes, at: 12) else {
            throw .corrupt(codec: "PNG", message: "no IHDR chunk")
        }
        let width = Bytes.bigEndian32(base, 16)
        let height = Bytes.bigEndian32(base, 20)
        guard ImageLimits.allows(width: width, height: height) else {
            throw .unacceptableSize(width: width, height: height)
        }
        guard ImageLimits.isPlausible(.png, width: width, height: height, bytes: bytes.count) else {
            throw .implausibleSize(width: width, height: height, bytes: bytes.count)
        }
        let size = width * height * bytesPerPixel
        storage.reserveExactly(size)
        storage.setCount(size)
        let target = storage.start
        return try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(DH_PNG_MESSAGE_BYTES)) {
            message throws(DecodeError) in
            let status = CodecScope.run {
                dh_png_read(
                    base, bytes.count, UInt32(width), UInt32(height), Int32(mode.rawValue), target,
                    width * bytesPerPixel, message.baseAddress)
            }
            if status == Int32(DH_PNG_OK.rawValue) { return (width, height) }
            let text = message.baseAddress.map { String(cString: $0) } ?? ""
            switch dh_png_status(UInt32(status)) {
            case DH_PNG_TRUNCATED: throw .truncated(codec: "PNG")
            case DH_PNG_WRONG_KIND:
                let kind =
                    mode == DH_PNG_WORDS
                    ? "a depth picture needs one channel of 16 bits"
                    : "a label picture needs one channel of at most 8 bits"
                throw .unsupported("PNG has \(text); \(kind)")
            default: throw .corrupt(codec: "PNG", message: text)
            }
        }
    }
}
