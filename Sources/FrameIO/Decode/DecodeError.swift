/// Why a frame could not be decoded. The stream goes on; the frame has failed.
public enum DecodeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The picture's data is damaged; the codec's own words.
    case corrupt(codec: String, message: String)
    /// The picture's data ends before the picture does.
    case truncated(codec: String)
    /// A size that is not taken: 0, or beyond `ImageLimits`.
    case unacceptableSize(width: Int, height: Int)
    /// A size that so few bytes cannot encode; nothing was reserved for it.
    case implausibleSize(width: Int, height: Int, bytes: Int)
    /// The bytes do not begin like the picture they should be.
    case notThisFormat(codec: String)
    /// A raw frame of another length than its format and size need.
    case wrongLength(expected: Int, actual: Int)
    /// A valid picture of a kind that this decoder does not take; says what to do.
    case unsupported(String)

    /// One line for people.
    public var description: String {
        switch self {
        case .corrupt(let codec, let message): "corrupt \(codec): \(message)"
        case .truncated(let codec): "truncated \(codec)"
        case .unacceptableSize(let width, let height):
            "picture of " + ImageLimits.complaint(width: width, height: height)
        case .implausibleSize(let width, let height, let bytes):
            "header says \(width)x\(height) pixels, which \(bytes) bytes cannot hold"
        case .notThisFormat(let codec): "not a \(codec) picture"
        case .wrongLength(let expected, let actual): "raw frame of \(actual) bytes where \(expected) were expected"
        case .unsupported(let text): text
        }
    }
}
