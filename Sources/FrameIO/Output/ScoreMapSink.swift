/// Writes float32 score maps (higher = more anomalous): NumPy, or raw little-endian samples.
///
/// One thread at a time. Allocates nothing after opening.
public final class ScoreMapSink {
    private var output: MapOutput

    /// Opens `target`.
    public init(_ target: OutputTarget, options: OutputOptions = OutputOptions()) throws(FrameIOError) {
        output = try MapOutput(target, kind: .scores, options: options)
    }

    /// The format that is written.
    public var format: OutputFormat { output.format }

    /// Writes the `width * height` scores at `scores` (row-major, packed) as the map of `frame`. Blocks while the
    /// reader is slow.
    public func write(
        _ scores: UnsafePointer<Float>, width: Int, height: Int, of frame: FrameHeader
    ) throws(FrameIOError) {
        let samples = UnsafeRawBufferPointer(start: scores, count: width * height * MemoryLayout<Float>.stride)
        try output.deliver(samples, width: width, height: height, type: "<f4", colorSpace: "mono", of: frame)
    }

    /// Completes the target: a stream file gets its name. Call once, after the last map.
    public func finish() throws(FrameIOError) { try output.finish() }
}
