/// Writes rgb24 pictures, such as overlays for people: MJPEG, PNG, raw rgb24, or Y4M 420 (full-range BT.601).
///
/// One thread at a time. Allocates only for a picture larger than any before, and inside the codec libraries.
public final class PictureSink {
    private var output: MapOutput
    private let encoder: JPEGEncoder
    private var encoded = ByteBuffer()
    private var scratch = ByteBuffer()

    /// Opens `target`.
    public init(_ target: OutputTarget, options: OutputOptions = OutputOptions()) throws(FrameIOError) {
        encoder = try JPEGEncoder(quality: options.jpegQuality)
        output = try MapOutput(target, kind: .pictures, options: options)
    }

    /// The format that is written.
    public var format: OutputFormat { output.format }

    /// Writes the `width * height` rgb24 pixels at `pixels` (row-major, packed) as the picture of `frame`. Blocks
    /// while the reader is slow.
    public func write(
        _ pixels: UnsafePointer<UInt8>, width: Int, height: Int, of frame: FrameHeader
    ) throws(FrameIOError) {
        var samples = UnsafeRawBufferPointer(start: pixels, count: width * height * 3)
        switch output.format {
        case .mjpeg: try encoder.encode(pixels, width: width, height: height, into: &encoded)
        case .png: try PNGEncoder.encode(pixels, width: width, height: height, channels: 3, into: &encoded)
        case .y4m: try encoder.convertTo420(pixels, width: width, height: height, scratch: &scratch, into: &encoded)
        case .raw, .pgm, .npy: encoded.removeAll()
        }
        if encoded.count > 0 { samples = encoded.contents }
        try output.deliver(samples, width: width, height: height, type: "|u1", colorSpace: "420jpeg", of: frame)
    }

    /// Completes the target: a stream file gets its name. Call once, after the last picture.
    public func finish() throws(FrameIOError) { try output.finish() }
}
