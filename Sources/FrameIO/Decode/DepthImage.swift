internal import CPng

/// A picture of 16-bit samples as they are stored: depth or disparity in some unit of its set.
public struct DepthImage: Sendable, Equatable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `width * height` samples, row-major, no padding.
    public let pixels: [UInt16]

    /// Reads a 16-bit grey PNG; gamma is ignored. Other kinds are errors that say so. Blocks.
    public init(contentsOf path: String) throws(FrameIOError) {
        let file = try Paths.contents(path)
        var samples = ByteBuffer()
        do throws(DecodeError) {
            let (width, height) = try PNGDecoder().decodeWords(file.bytes, into: &samples)
            self.width = width
            self.height = height
        } catch {
            throw .malformed("\(path): \(error)")
        }
        let bytes = samples.bytes
        pixels = (0..<bytes.count / 2).map { index in
            var word: UInt16 = 0
            // Copied bytewise: the buffer need not be aligned for words.
            withUnsafeMutableBytes(of: &word) { target in
                target[0] = bytes[2 * index]
                target[1] = bytes[2 * index + 1]
            }
            return word
        }
    }
}
