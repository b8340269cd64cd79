/// What the bytes of an encoded frame are.
public enum FramePayload: Sendable, Equatable {
    /// One JPEG picture, SOI to EOI.
    case jpeg
    /// One PNG picture, signature to IEND.
    case png
    /// One WebP picture, its RIFF container.
    case webp
    /// Packed planes of this format.
    case raw(PixelFormat)

    /// `jpeg`, `png`, `webp`, or the pixel format's name.
    public var name: String {
        switch self {
        case .jpeg: "jpeg"
        case .png: "png"
        case .webp: "webp"
        case .raw(let format): format.name
        }
    }
}

/// What is known of a frame before its pixels are touched. Trivial: copying it costs no reference count.
public struct FrameHeader: Sendable, Equatable {
    /// Position in the stream, from 0. Frames that were lost to damage keep their number, so later frames do not shift.
    public var id: UInt64

    /// When the camera took the frame, in the recorder's own clock (Unix time in most drives), or nil. Never invented.
    public var captureNanoseconds: Int64?

    /// When the frame's last byte had been read: CLOCK_REALTIME, comparable with capture times of a synchronised camera.
    public var arrivalNanoseconds: Int64

    /// The same instant by CLOCK_MONOTONIC: what latencies and budgets are measured from, as it never jumps.
    public var arrivalMonotonicNanoseconds: Int64

    /// What the bytes are.
    public var payload: FramePayload

    /// Width in pixels, as the frame's or stream's own header says.
    public var width: Int

    /// Height in pixels.
    public var height: Int

    /// Range of YUV samples; meaningless for RGB.
    public var colorRange: ColorRange

    /// Matrix of YUV samples; meaningless for RGB.
    public var colorMatrix: ColorMatrix

    /// Bytes of the encoded frame.
    public var byteCount: Int

    /// Passes over the input, or streams of it, before the frame's own: capture times may start anew with each.
    public var epoch: UInt32 = 0

    /// What the source itself noticed.
    public var findings: FrameFindings = []

    /// Index of the frame's own name in the source's `names`, or -1 where frames have none.
    public var nameIndex: Int32

    /// A header of a frame that arrived now.
    public init(
        id: UInt64, captureNanoseconds: Int64? = nil, payload: FramePayload, width: Int, height: Int,
        colorRange: ColorRange = .full, colorMatrix: ColorMatrix = .bt601, byteCount: Int, nameIndex: Int32 = -1
    ) {
        self.id = id
        self.captureNanoseconds = captureNanoseconds
        arrivalNanoseconds = FrameClock.realtime()
        arrivalMonotonicNanoseconds = FrameClock.monotonic()
        self.payload = payload
        self.width = width
        self.height = height
        self.colorRange = colorRange
        self.colorMatrix = colorMatrix
        self.byteCount = byteCount
        self.nameIndex = nameIndex
    }

    /// The header of no frame: what a buffer holds before its first.
    public static let none = FrameHeader(payload: .raw(.gray8))

    private init(payload: FramePayload) {
        id = .max
        captureNanoseconds = nil
        arrivalNanoseconds = 0
        arrivalMonotonicNanoseconds = 0
        self.payload = payload
        width = 0
        height = 0
        colorRange = .full
        colorMatrix = .bt601
        byteCount = 0
        nameIndex = -1
    }
}
