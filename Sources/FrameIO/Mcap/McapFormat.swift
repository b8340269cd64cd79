/// The constants of MCAP, a container of timed messages (https://mcap.dev/spec, version 0). All numbers are little-endian;
/// a record is an opcode byte, a 64-bit length and as many bytes.
enum McapFormat {
    /// Whether `bytes` begin with the magic that stands at both ends of a file.
    static func isMagic(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count >= 8 && bytes[0] == 0x89 && Bytes.hasPrefix("MCAP0\r\n", in: bytes, at: 1)
    }

    /// Bytes of the magic.
    static let magicBytes = 8

    /// Opcode and length in front of every record.
    static let recordHead = 9

    /// Bytes of a message record in front of the message.
    static let messageHead = 22

    /// Bytes of a chunk record beside its compression's name and its records.
    static let chunkHead = 40
}

/// The kinds of records.
enum McapOpcode: UInt8 {
    case header = 0x01
    case footer = 0x02
    case schema = 0x03
    case channel = 0x04
    case message = 0x05
    case chunk = 0x06
    case messageIndex = 0x07
    case chunkIndex = 0x08
    case attachment = 0x09
    case attachmentIndex = 0x0A
    case statistics = 0x0B
    case metadata = 0x0C
    case metadataIndex = 0x0D
    case summaryOffset = 0x0E
    case dataEnd = 0x0F

    /// For messages.
    var name: String {
        switch self {
        case .header: "header"
        case .footer: "footer"
        case .schema: "schema"
        case .channel: "channel"
        case .message: "message"
        case .chunk: "chunk"
        case .messageIndex: "message index"
        case .chunkIndex: "chunk index"
        case .attachment: "attachment"
        case .attachmentIndex: "attachment index"
        case .statistics: "statistics"
        case .metadata: "metadata"
        case .metadataIndex: "metadata index"
        case .summaryOffset: "summary offset"
        case .dataEnd: "end of data"
        }
    }
}

/// How the records of a chunk are compressed.
public enum McapCompression: String, Sendable, CaseIterable {
    /// Not at all.
    case none = ""
    /// LZ4 frames.
    case lz4
    /// Zstandard.
    case zstd

    /// `none`, `lz4` or `zstd`.
    public var name: String { self == .none ? "none" : rawValue }

    /// The compression that an option names, or nil.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The compression that a chunk names, or nil. Allocates nothing.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        if bytes.count == 0 {
            self = .none
        } else if bytes.count == 3, Bytes.hasPrefix("lz4", in: bytes) {
            self = .lz4
        } else if bytes.count == 4, Bytes.hasPrefix("zstd", in: bytes) {
            self = .zstd
        } else {
            return nil
        }
    }
}
