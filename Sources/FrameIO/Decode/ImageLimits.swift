/// Sizes beyond which an input is refused before anything is reserved for it.
public enum ImageLimits {
    /// Largest width and largest height.
    public static let maximumSide = 16_384
    /// Most pixels in a picture.
    public static let maximumPixels = 1 << 26
    /// Most bytes of one JPEG, PNG or WebP picture.
    public static let maximumEncodedBytes = 1 << 26

    /// Whether a picture of this size is taken at all.
    public static func allows(width: Int, height: Int) -> Bool {
        1...maximumSide ~= width && 1...maximumSide ~= height && width * height <= maximumPixels
    }

    /// Whether an encoded picture of `bytes` bytes can have the size in its header. What cannot is refused before
    /// anything is reserved for it.
    public static func isPlausible(_ payload: FramePayload, width: Int, height: Int, bytes: Int) -> Bool {
        switch payload {
        // Each block of 8x8 pixels costs at least one bit (the Huffman code of its DC difference).
        case .jpeg: width * height <= bytes * 512
        // Deflate cannot shrink below 1/1032, and a pixel is stored in at least one bit.
        case .png: (width * height + 7) / 8 <= (bytes + 64) * 1032
        // Each macroblock of 16x16 pixels costs a lossy picture more than a bit (its modes have fixed probabilities). Lossless
        // ones have no bound, as one colour costs nothing; this one leaves room for all that a camera or a drawing makes.
        case .webp: width * height <= (bytes + 64) * 8192
        case .raw(let format): bytes >= format.byteCount(width: width, height: height)
        }
    }

    /// The remark for a size that is not taken.
    public static func complaint(width: Int, height: Int) -> String {
        "\(width)x\(height) pixels; sizes from 1x1 to \(maximumSide) a side and \(maximumPixels) pixels in all are taken"
    }
}
