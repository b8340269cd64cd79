/// Walks the segments of a JPEG picture: an EXIF thumbnail's own SOI and EOI lie inside a segment and are stepped over;
/// in entropy-coded data FF00 and RST markers belong to the data.
struct JPEGScanner: PictureScanner {
    static let magic = Magic.jpeg
    static let payload = FramePayload.jpeg

    private(set) var width = 0
    private(set) var height = 0
    /// Colour components: 1 for grey, 3 for YCbCr, 4 for CMYK.
    private(set) var components = 0
    private var offset = 0
    private var inScan = false
    private var sawScan = false
    /// Where to look for the next picture if the walk goes wrong: behind the marker of the last segment, as its length
    /// may have been damaged and have led past the beginning of the next picture. Application segments are passed over
    /// nonetheless: a thumbnail in one must never come out as a frame.
    private var resume = 2

    var resumeAtEnd: Int { resume }

    mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> PictureScan {
        if offset == 0 {
            guard bytes.count >= 2 else { return .needsMore }
            guard bytes[0] == 0xFF, bytes[1] == 0xD8 else { return .broken(.garbage, resumeAt: 1) }
            offset = 2
        }
        while true {
            if inScan, !skipEntropyData(bytes) { return .needsMore }
            guard offset + 1 < bytes.count else { return .needsMore }
            guard bytes[offset] == 0xFF else { return .broken(.brokenStructure, resumeAt: resume) }
            let marker = bytes[offset + 1]
            switch marker {
            case 0xFF: offset += 1  // fill byte
            case 0xD9:
                guard sawScan else { return .broken(.brokenStructure, resumeAt: offset + 2) }
                return .complete(length: offset + 2)
            case 0xD8: return .broken(.missingEnd, resumeAt: offset)
            case 0x01, 0xD0...0xD7: offset += 2
            case 0x00, 0x02...0xBF: return .broken(.brokenStructure, resumeAt: resume)
            default:
                guard offset + 3 < bytes.count else { return .needsMore }
                let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
                guard length >= 2 else { return .broken(.brokenStructure, resumeAt: resume) }
                resume = 0xE0...0xEF ~= marker ? offset + 2 + length : offset + 2
                guard offset + 2 + length <= bytes.count else { return .needsMore }
                noteSize(bytes, marker, length)
                offset += 2 + length
                if marker == 0xDA {
                    inScan = true
                    sawScan = true
                }
            }
        }
    }

    /// Moves to the next marker that ends entropy-coded data; false if it has not come yet.
    private mutating func skipEntropyData(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        while let marker = Bytes.index(of: 0xFF, in: bytes, from: offset) {
            offset = marker
            guard marker + 1 < bytes.count else { return false }
            switch bytes[marker + 1] {
            case 0x00, 0xD0...0xD7: offset = marker + 2
            case 0xFF: offset = marker + 1
            default:
                inScan = false
                resume = marker
                return true
            }
        }
        offset = bytes.count
        return false
    }

    /// Keeps size and components of the first frame header (SOF0...SOF15 without DHT, JPG and DAC, which share the
    /// range).
    private mutating func noteSize(_ bytes: UnsafeBufferPointer<UInt8>, _ marker: UInt8, _ length: Int) {
        guard 0xC0...0xCF ~= marker, marker != 0xC4, marker != 0xC8, marker != 0xCC, length >= 8, width == 0 else {
            return
        }
        height = Int(bytes[offset + 5]) << 8 | Int(bytes[offset + 6])
        width = Int(bytes[offset + 7]) << 8 | Int(bytes[offset + 8])
        components = Int(bytes[offset + 9])
    }
}
