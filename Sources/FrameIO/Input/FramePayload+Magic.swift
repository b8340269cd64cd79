extension FramePayload {
    /// JPEG, PNG or WebP by the first bytes; nil for anything else.
    init?(magicOf bytes: UnsafeBufferPointer<UInt8>) {
        if Magic.jpeg.begins(bytes) {
            self = .jpeg
        } else if Magic.png.begins(bytes) {
            self = .png
        } else if WebPHeader.begins(bytes) {
            self = .webp
        } else {
            return nil
        }
    }

    /// The size in a picture's header, 0x0 where it is broken; whether the rest is whole is the decoder's business.
    func size(in bytes: UnsafeBufferPointer<UInt8>) -> (width: Int, height: Int) {
        switch self {
        case .jpeg: Self.scan(JPEGScanner(), bytes)
        case .png: Self.scan(PNGScanner(), bytes)
        case .webp: WebPHeader(bytes).map { ($0.width, $0.height) } ?? (0, 0)
        case .raw: (0, 0)
        }
    }

    private static func scan(
        _ scanner: some PictureScanner, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> (width: Int, height: Int) {
        var scanner = scanner
        _ = scanner.scan(bytes)
        return (scanner.width, scanner.height)
    }
}
