/// How the samples of a raw or decoded picture lie in memory. All samples are 8 bits; rows are tightly packed in streams.
public enum PixelFormat: UInt8, Sendable, CaseIterable {
    /// One plane, R G B interleaved.
    case rgb24
    /// One plane, B G R interleaved.
    case bgr24
    /// One plane of luma or grey.
    case gray8
    /// Y, Cb, Cr planes; chroma halved in both directions, rounded up.
    case yuv420p
    /// Y, Cb, Cr planes; chroma halved in width, rounded up.
    case yuv422p
    /// Y, Cb, Cr planes of equal size.
    case yuv444p
    /// Y plane and one plane of interleaved Cb Cr, halved in both directions, rounded up.
    case nv12

    /// The format that `--pixel-format` names (ffmpeg's names), or nil.
    public init?(name: String) {
        switch name {
        case "rgb24": self = .rgb24
        case "bgr24": self = .bgr24
        case "gray", "gray8": self = .gray8
        case "yuv420p": self = .yuv420p
        case "yuv422p": self = .yuv422p
        case "yuv444p": self = .yuv444p
        case "nv12": self = .nv12
        default: return nil
        }
    }

    /// The names that `init(name:)` takes, for help and error texts.
    public static let names = "rgb24, bgr24, gray, yuv420p, yuv422p, yuv444p, nv12"

    /// ffmpeg's name.
    public var name: String {
        switch self {
        case .rgb24: "rgb24"
        case .bgr24: "bgr24"
        case .gray8: "gray"
        case .yuv420p: "yuv420p"
        case .yuv422p: "yuv422p"
        case .yuv444p: "yuv444p"
        case .nv12: "nv12"
        }
    }

    /// Planes in memory: 1, 2 or 3.
    public var planeCount: Int {
        switch self {
        case .rgb24, .bgr24, .gray8: 1
        case .nv12: 2
        case .yuv420p, .yuv422p, .yuv444p: 3
        }
    }

    /// Whether colour is stored as luma and chroma, so that matrix and range matter.
    public var isYUV: Bool {
        switch self {
        case .rgb24, .bgr24: false
        case .gray8, .yuv420p, .yuv422p, .yuv444p, .nv12: true
        }
    }

    /// Bytes of one packed row of plane `plane` in a picture `width` wide.
    public func rowBytes(plane: Int, width: Int) -> Int {
        switch self {
        case .rgb24, .bgr24: width * 3
        case .gray8, .yuv444p: width
        case .yuv420p, .yuv422p: plane == 0 ? width : (width + 1) / 2
        case .nv12: plane == 0 ? width : (width + 1) / 2 * 2
        }
    }

    /// Rows of plane `plane` in a picture `height` high.
    public func rows(plane: Int, height: Int) -> Int {
        switch self {
        case .rgb24, .bgr24, .gray8, .yuv422p, .yuv444p: height
        case .yuv420p, .nv12: plane == 0 ? height : (height + 1) / 2
        }
    }

    /// Bytes of a whole packed picture.
    public func byteCount(width: Int, height: Int) -> Int {
        var total = 0
        for plane in 0..<planeCount {
            total += rowBytes(plane: plane, width: width) * rows(plane: plane, height: height)
        }
        return total
    }
}
