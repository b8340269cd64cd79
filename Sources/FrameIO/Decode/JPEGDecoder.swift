import CTurboJPEG

/// JPEG to rgb24 by libturbojpeg. Grey pictures are widened; an EXIF orientation is not applied, as maps lie on the
/// picture as it is stored.
final class JPEGDecoder {
    private let handle: tjhandle

    init() throws(FrameIOError) {
        guard let handle = CodecScope.run({ tjInitDecompress() }) else {
            throw .unsupported("libturbojpeg cannot make a decompressor: out of memory")
        }
        self.handle = handle
    }

    deinit { tjDestroy(handle) }

    /// Decodes one picture into `storage`, which grows only if the size in the header is allowed and plausible.
    func decode(_ bytes: UnsafeBufferPointer<UInt8>, into storage: inout ByteBuffer) throws(DecodeError) -> ImageView {
        guard let base = bytes.baseAddress, Magic.jpeg.begins(bytes) else { throw .notThisFormat(codec: "JPEG") }
        var scanner = JPEGScanner()
        let structure = scanner.scan(bytes)
        let (width, height) = (scanner.width, scanner.height)
        guard width > 0 else {
            throw structure == .needsMore
                ? .truncated(codec: "JPEG") : .corrupt(codec: "JPEG", message: "no frame header")
        }
        guard ImageLimits.allows(width: width, height: height) else {
            throw .unacceptableSize(width: width, height: height)
        }
        guard ImageLimits.isPlausible(.jpeg, width: width, height: height, bytes: bytes.count) else {
            throw .implausibleSize(width: width, height: height, bytes: bytes.count)
        }
        guard scanner.components < 4 else {
            throw .unsupported("JPEG of \(scanner.components) components (CMYK) is not read; convert it to RGB first")
        }
        if structure == .needsMore { throw .truncated(codec: "JPEG") }
        let size = width * height * 3
        storage.reserveExactly(size)
        storage.setCount(size)
        let target = storage.start
        let status = CodecScope.run {
            tjDecompress2(
                handle, base, UInt(bytes.count), target, Int32(width), Int32(width * 3), Int32(height),
                Int32(TJPF_RGB.rawValue), TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
        }
        guard status == 0 else { throw failure() }
        return ImageView(
            packed: UnsafePointer(target), format: .rgb24, width: width, height: height, colorRange: .full,
            colorMatrix: .bt601)
    }

    private func failure() -> DecodeError {
        let message = tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown reason"
        return message.contains("Premature end") ? .truncated(codec: "JPEG") : .corrupt(codec: "JPEG", message: message)
    }
}
