import CPng

/// 8-bit grey, palette or RGB pictures to PNG, by libpng.
struct PNGEncoder {
    /// zlib's level: low, as results are written frame by frame.
    static let level: Int32 = 2

    /// Encodes packed pixels of `channels` 1 or 3 into `output`; `palette` holds RGB triples for one channel.
    static func encode(
        _ pixels: UnsafePointer<UInt8>, width: Int, height: Int, channels: Int,
        palette: UnsafeBufferPointer<UInt8> = UnsafeBufferPointer(start: nil, count: 0),
        into output: inout ByteBuffer
    ) throws(FrameIOError) {
        let rowBytes = width * channels
        let bound = dh_png_write_bound(rowBytes, UInt32(height))
        output.reserveExactly(bound)
        let target = output.start
        var written = 0
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(DH_PNG_MESSAGE_BYTES)) {
            message throws(FrameIOError) in
            let status = CodecScope.run {
                dh_png_write(
                    pixels, rowBytes, UInt32(width), UInt32(height), Int32(channels), palette.baseAddress,
                    Int32(palette.count / 3), level, target, bound, &written, message.baseAddress)
            }
            guard status != Int32(DH_PNG_OK.rawValue) else { return }
            let text = message.baseAddress.map { String(cString: $0) } ?? ""
            throw .unsupported("libpng cannot encode a picture of \(width)x\(height): \(text)")
        }
        output.setCount(written)
    }
}
