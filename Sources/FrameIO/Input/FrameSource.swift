/// What one call of `FrameSource.next(into:)` found.
public enum FrameEvent: Sendable, Equatable {
    /// The buffer holds a whole frame.
    case frame
    /// Bytes that make no frame were passed over; the next call goes on behind them.
    case corrupt(Corruption)
    /// No more frames. `truncated`: the input ended inside a frame.
    case end(truncated: Bool)
    /// The `StopSignal` came; a frame that was being read is given up.
    case stopped
}

/// A stretch of damaged input.
public struct Corruption: Sendable, Equatable {
    /// What is wrong with the bytes.
    public enum Reason: Sendable, Equatable {
        /// Bytes between frames that belong to none.
        case garbage
        /// A frame without its end: the next one began inside it.
        case missingEnd
        /// A frame whose inner structure is broken.
        case brokenStructure
        /// A frame larger than `ImageLimits.maximumEncodedBytes`.
        case tooLong
        /// A part header that is missing, too long or contradicts itself.
        case brokenPartHeader
        /// A frame marker that is not where it must be.
        case missingFrameMarker
        /// A picture file of the sequence that cannot be read.
        case unreadableFile
        /// A picture file, or a message, that is none of JPEG, PNG and WebP.
        case notAPicture
        /// Records of a recording that contradict themselves.
        case brokenRecord
        /// A chunk of a recording that cannot be uncompressed, or holds less than it says.
        case brokenChunk
        /// A chunk whose records have another checksum than it says.
        case wrongChecksum
        /// A chunk in a compression that is not known.
        case unknownCompression
        /// An image message that contradicts its schema.
        case brokenMessage
        /// The last frame of a stream whose writer went away inside it.
        case cutFrame
    }

    /// What is wrong.
    public let reason: Reason

    /// Bytes passed over.
    public let bytesSkipped: Int

    /// The number of the frame that is lost by this; nil where no frame had begun.
    public let lostFrame: UInt64?

    /// Where the damage begins, in bytes from the start of the input; for a sequence, the index of the picture.
    public let position: Int

    /// The same in a stream whose frames are numbered from `offset` on.
    func shifted(by offset: UInt64) -> Corruption {
        Corruption(
            reason: reason, bytesSkipped: bytesSkipped, lostFrame: lostFrame.map { $0 + offset }, position: position)
    }

    /// One line for people.
    public var description: String {
        let what: String =
            switch reason {
            case .garbage: "bytes that belong to no frame"
            case .missingEnd: "a frame without its end"
            case .brokenStructure: "a frame with broken structure"
            case .tooLong: "a frame larger than the limit of \(ImageLimits.maximumEncodedBytes >> 20) MiB"
            case .brokenPartHeader: "a broken part header"
            case .missingFrameMarker: "a missing frame marker"
            case .unreadableFile: "a picture file that cannot be read"
            case .notAPicture: "a picture that is none of JPEG, PNG and WebP"
            case .brokenRecord: "records that contradict themselves"
            case .brokenChunk: "a damaged chunk"
            case .wrongChecksum: "a chunk with a wrong checksum"
            case .unknownCompression: "a chunk in an unknown compression"
            case .brokenMessage: "a broken image message"
            case .cutFrame: "a frame that its writer did not finish"
            }
        let frame = lostFrame.map { "frame \($0): " } ?? ""
        return "\(frame)\(what) at \(position) (\(bytesSkipped) bytes passed over)"
    }
}

/// Encoded frames, one after the other, from a stream or a folder.
///
/// One thread at a time. After the largest frame has been seen, `next` allocates nothing.
public protocol FrameSource: AnyObject {
    /// What is known before the first frame.
    var properties: StreamProperties { get }

    /// Names of the frames, where they have any.
    var names: NameTable? { get }

    /// Reads the next frame into `frame`. Blocks until the frame is whole, the input ends, or it is stopped.
    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent

    /// Starts over with the first frame (ids begin at 0 again); false where the input cannot.
    func rewind() throws(FrameIOError) -> Bool
}

/// What a source knows of its stream without reading frames.
public struct StreamProperties: Sendable, Equatable {
    /// The container.
    public var format: InputFormat
    /// What the frames are; nil where each frame says for itself.
    public var payload: FramePayload?
    /// Width where one header tells it for all frames.
    public var width: Int?
    /// Height where one header tells it for all frames.
    public var height: Int?
    /// The rate that the stream declares: a schedule, not capture times.
    public var frameRate: FrameRate?
    /// Number of frames where it is known.
    public var frameCount: Int?
    /// Whether frames carry capture times (`clock=capture`); else only arrival times (`clock=arrival`). For streams
    /// that may carry them frame by frame this is only known once a frame has come.
    public var hasCaptureTimes: Bool
    /// The topic of a recording that is read.
    public var topic: String?
    /// Frames that are missing in the input by the publisher's own count, as far as it has been read.
    public var missingFrames = 0
    /// Remarks for people, such as files that were left out.
    public var notes: [String]

    /// What a source says of itself; the defaults stand for "not known".
    public init(
        format: InputFormat, payload: FramePayload? = nil, width: Int? = nil, height: Int? = nil,
        frameRate: FrameRate? = nil, frameCount: Int? = nil, hasCaptureTimes: Bool = false, notes: [String] = []
    ) {
        self.format = format
        self.payload = payload
        self.width = width
        self.height = height
        self.frameRate = frameRate
        self.frameCount = frameCount
        self.hasCaptureTimes = hasCaptureTimes
        self.notes = notes
    }
}
