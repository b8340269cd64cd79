/// The containers that frames come in.
public enum InputFormat: Sendable, Equatable, CaseIterable {
    /// YUV4MPEG2.
    case y4m
    /// Concatenated JPEG pictures.
    case mjpeg
    /// MIME multipart with one JPEG a part, as network cameras serve it.
    case multipart
    /// Packed raw video of a size and format that the options tell.
    case raw
    /// Concatenated PNG pictures.
    case png
    /// Picture files: a folder, a pattern, a glob, a single file.
    case images
    /// A text file that lists picture files.
    case list
    /// An MCAP recording, one topic of which holds the frames.
    case mcap

    /// The format that `--input-format` names, or nil.
    public init?(name: String) {
        switch name {
        case "y4m", "yuv4mpegpipe": self = .y4m
        case "mjpeg": self = .mjpeg
        case "multipart", "mpjpeg": self = .multipart
        case "raw", "rawvideo": self = .raw
        case "png": self = .png
        case "images": self = .images
        case "list": self = .list
        case "mcap": self = .mcap
        default: return nil
        }
    }

    /// The names that `init(name:)` takes.
    public static let names = "y4m, mjpeg, multipart, raw, png, images, list, mcap"

    /// The name of the format.
    public var name: String {
        switch self {
        case .y4m: "y4m"
        case .mjpeg: "mjpeg"
        case .multipart: "multipart"
        case .raw: "raw"
        case .png: "png"
        case .images: "images"
        case .list: "list"
        case .mcap: "mcap"
        }
    }

    /// What the first bytes of a stream were taken for.
    enum Sniffed: Equatable {
        case format(InputFormat)
        /// A container that has to be unpacked by another program first.
        case foreign(String)
        case unknown
    }

    /// Bytes that `sniff` wants to see, if the stream has as many.
    static let sniffedBytes = 16

    static func sniff(_ bytes: UnsafeBufferPointer<UInt8>) -> Sniffed {
        func begins(_ text: StaticString, at offset: Int = 0) -> Bool {
            bytes.count >= offset + text.utf8CodeUnitCount
                && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[offset + $0] == text.utf8Start[$0] }
        }
        if begins("YUV4MPEG2") { return .format(.y4m) }
        if bytes.count >= 3, bytes[0] == 0xFF, bytes[1] == 0xD8, bytes[2] == 0xFF { return .format(.mjpeg) }
        if bytes.count >= 4, bytes[0] == 0x89, begins("PNG", at: 1) { return .format(.png) }
        if begins("--") || begins("\r\n--") || begins("HTTP/1.") { return .format(.multipart) }
        if McapFormat.isMagic(bytes) { return .format(.mcap) }
        if begins("ftyp", at: 4) { return .foreign("MP4") }
        if begins("RIFF") { return .foreign("AVI") }
        if bytes.count >= 4, bytes[0] == 0x1A, bytes[1] == 0x45, bytes[2] == 0xDF, bytes[3] == 0xA3 {
            return .foreign("Matroska")
        }
        return .unknown
    }
}
