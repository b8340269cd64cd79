/// The stream header of YUV4MPEG2: `YUV4MPEG2 W%u H%u F%u:%u Ip A%u:%u C420jpeg XCOLORRANGE=FULL`.
struct Y4MHeader: Equatable {
    var width = 0
    var height = 0
    var frameRate: FrameRate?
    var pixelFormat = PixelFormat.yuv420p
    /// Nil where the header does not tell.
    var colorRange: ColorRange?

    /// Longest header line taken; ffmpeg's own limit is 96 bytes.
    static let maximumLine = 1024

    /// Parses the line without its line feed. Unknown tags beginning with X are ignored, as the format asks.
    init(line: String, path: String) throws(FrameIOError) {
        let fields = line.split(separator: " ")
        guard fields.first == "YUV4MPEG2" else { throw .malformed("\(path): not a YUV4MPEG2 stream") }
        for field in fields.dropFirst() {
            let value = field.dropFirst()
            switch field.first {
            case "W": width = try Self.dimension(value, "width", path)
            case "H": height = try Self.dimension(value, "height", path)
            case "F": frameRate = FrameRate(String(value))
            case "I": try Self.checkProgressive(value, path)
            case "C": pixelFormat = try Self.colorSpace(value, path)
            case "X":
                if value == "COLORRANGE=FULL" { colorRange = .full }
                if value == "COLORRANGE=LIMITED" { colorRange = .limited }
            default: break
            }
        }
        guard width > 0, height > 0 else { throw .malformed("\(path): the Y4M header lacks W or H") }
        guard ImageLimits.allows(width: width, height: height) else {
            throw .unsupported("\(path): Y4M header says \(ImageLimits.complaint(width: width, height: height))")
        }
    }

    private static func dimension(_ text: Substring, _ name: String, _ path: String) throws(FrameIOError) -> Int {
        guard let value = Int(text), value > 0 else {
            throw .malformed("\(path): the Y4M header's \(name) is '\(text)'")
        }
        return value
    }

    private static func checkProgressive(_ text: Substring, _ path: String) throws(FrameIOError) {
        guard ["p", "?"].contains(text) else {
            throw .unsupported(
                "\(path): interlaced Y4M (I\(text)) is not read; deinterlace first, such as with ffmpeg -vf yadif")
        }
    }

    private static func colorSpace(_ text: Substring, _ path: String) throws(FrameIOError) -> PixelFormat {
        switch text {
        case "420", "420jpeg", "420mpeg2", "420paldv": return .yuv420p
        case "422": return .yuv422p
        case "444": return .yuv444p
        case "mono": return .gray8
        default:
            throw .unsupported(
                "\(path): Y4M colour space C\(text) is not read (420, 420jpeg, 420mpeg2, 420paldv, 422, 444, mono are);"
                    + " convert with ffmpeg -pix_fmt yuv420p")
        }
    }
}
