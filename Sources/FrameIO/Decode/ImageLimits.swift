/// Sizes beyond which an input is refused before anything is reserved for it.
public enum ImageLimits {
    /// Largest width and largest height.
    public static let maximumSide = 16_384
    /// Most pixels in a picture.
    public static let maximumPixels = 1 << 26
    /// Most bytes of one JPEG or PNG picture.
    public static let maximumEncodedBytes = 1 << 26

    /// Whether a picture of this size is taken at all.
    public static func allows(width: Int, height: Int) -> Bool {
        1...maximumSide ~= width && 1...maximumSide ~= height && width * height <= maximumPixels
    }

    /// The remark for a size that is not taken.
    static func complaint(width: Int, height: Int) -> String {
        "\(width)x\(height) pixels; sizes from 1x1 to \(maximumSide) a side and \(maximumPixels) pixels in all are taken"
    }
}
