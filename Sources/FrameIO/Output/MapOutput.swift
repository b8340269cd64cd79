/// What the sinks of maps and pictures share: the target, its format, the stream header, one reusable head buffer.
struct MapOutput: ~Copyable {
    let format: OutputFormat
    private let output: FrameOutput
    private let targetName: String
    private let frameRate: FrameRate?
    private let inBandTimes: Bool
    private var head: ByteBuffer
    private var stream = SingleSizeStream()

    init(_ target: OutputTarget, kind: OutputKind, options: OutputOptions) throws(FrameIOError) {
        let format = try target.format(for: kind, wanted: options.format)
        let output = try FrameOutput(target, ending: format.ending, names: options.names)
        self.format = format
        self.output = output
        head = ByteBuffer(capacity: 4096)
        targetName = target.name
        frameRate = options.frameRate
        inBandTimes = options.inBandTimes
    }

    /// Writes `samples` behind the header that `format` asks for. `type` is NumPy's name of the samples' type,
    /// `colorSpace` Y4M's name of their layout.
    mutating func deliver(
        _ samples: UnsafeRawBufferPointer, width: Int, height: Int, type: StaticString, colorSpace: StaticString,
        of frame: FrameHeader
    ) throws(FrameIOError) {
        head.removeAll()
        switch format {
        case .pgm: MapHeader.pgm(width: width, height: height, into: &head)
        case .npy: MapHeader.npy(width: width, height: height, type: type, into: &head)
        case .raw: _ = try isFirst(width, height)
        case .y4m:
            if try isFirst(width, height) {
                SingleSizeStream.y4m(
                    width: width, height: height, colorSpace: colorSpace, frameRate: frameRate, into: &head)
            }
            appendFrameMarker(frame)
        case .png, .mjpeg: break
        }
        try output.deliver(head.contents, samples, of: frame)
    }

    /// Completes the target; see `FrameOutput.finish`.
    func finish() throws(FrameIOError) { try output.finish() }

    private mutating func isFirst(_ width: Int, _ height: Int) throws(FrameIOError) -> Bool {
        guard output.isStream else { return true }
        return try stream.admit(width: width, height: height, target: targetName, format: format)
    }

    private mutating func appendFrameMarker(_ frame: FrameHeader) {
        head.append("FRAME")
        if inBandTimes, let capture = frame.captureNanoseconds {
            head.append(" XTS=")
            head.append(decimal: capture)
        }
        head.append("\n")
    }
}
