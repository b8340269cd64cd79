/// Walks the chunks of a PNG picture to the end of IEND. Checksums are the decoder's business.
struct PNGScanner: PictureScanner {
    static let magic = Magic.png
    static let payload = FramePayload.png

    private(set) var width = 0
    private(set) var height = 0
    private var offset = 0
    private var resume = 8

    var resumeAtEnd: Int { resume }

    mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> PictureScan {
        guard let base = bytes.baseAddress else { return .needsMore }
        if offset == 0 {
            guard bytes.count >= 33 else { return .needsMore }
            guard Magic.png.begins(bytes), Bytes.bigEndian32(base, 8) == 13, Bytes.hasPrefix("IHDR", in: bytes, at: 12)
            else { return .broken(.brokenStructure, resumeAt: 8) }
            width = Bytes.bigEndian32(base, 16)
            height = Bytes.bigEndian32(base, 20)
            offset = 33
        }
        while true {
            guard offset + 8 <= bytes.count else { return .needsMore }
            let length = Bytes.bigEndian32(base, offset)
            // Chunk names are four ASCII letters; anything else means that the last length led astray.
            guard Self.isName(base + offset + 4), length < 1 << 31 else {
                return .broken(.brokenStructure, resumeAt: resume)
            }
            resume = offset + 8
            let end = offset + 12 + length
            guard end <= bytes.count else { return .needsMore }
            let last = Bytes.hasPrefix("IEND", in: bytes, at: offset + 4)
            offset = end
            if last { return .complete(length: end) }
        }
    }

    private static func isName(_ bytes: UnsafePointer<UInt8>) -> Bool {
        for i in 0..<4 where !(0x41...0x5A ~= bytes[i] & 0xDF) { return false }
        return true
    }
}
