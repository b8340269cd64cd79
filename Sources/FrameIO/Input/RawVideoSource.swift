/// Packed raw video frames of one size, back to back.
final class RawVideoSource: FrameSource {
    let properties: StreamProperties
    let names: NameTable? = nil
    private var reader: StreamReader
    private let layout: RawVideoLayout
    private let colorRange: ColorRange
    private let colorMatrix: ColorMatrix
    private let frameBytes: Int
    private var nextID: UInt64 = 0

    init(reader: consuming StreamReader, options: InputOptions) throws(FrameIOError) {
        guard let layout = options.raw else {
            throw .usage("\(reader.path): raw video needs --pixel-format, --video-size and, for times, --framerate")
        }
        guard ImageLimits.allows(width: layout.width, height: layout.height) else {
            throw .usage("--video-size: \(ImageLimits.complaint(width: layout.width, height: layout.height))")
        }
        self.layout = layout
        self.reader = reader
        colorRange =
            options.colorRange ?? (layout.pixelFormat == .gray8 || !layout.pixelFormat.isYUV ? .full : .limited)
        colorMatrix = options.colorMatrix ?? .bt601
        frameBytes = layout.pixelFormat.byteCount(width: layout.width, height: layout.height)
        properties = StreamProperties(
            format: .raw, payload: .raw(layout.pixelFormat), width: layout.width, height: layout.height,
            frameRate: layout.frameRate)
    }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        switch try reader.read(frameBytes, into: &frame.bytes) {
        case .end: return .end(truncated: frame.bytes.count > 0)
        case .stopped: return .stopped
        case .ready: break
        }
        frame.header = FrameHeader(
            id: nextID, payload: .raw(layout.pixelFormat), width: layout.width, height: layout.height,
            colorRange: colorRange, colorMatrix: colorMatrix, byteCount: frameBytes)
        nextID += 1
        return .frame
    }

    func rewind() throws(FrameIOError) -> Bool {
        guard reader.rewind() else { return false }
        nextID = 0
        return true
    }
}
