/// Writes uint8 label maps (open-set or closed-set): PNG, PGM, raw bytes, Y4M mono or NumPy.
///
/// One thread at a time. Allocates only for a map larger than any before, and inside libpng.
public final class LabelMapSink {
    private var output: MapOutput
    private var encoded = ByteBuffer()
    private let palette: [UInt8]

    /// Opens `target`. `options.palette` may hold up to 256 RGB triples.
    public init(_ target: OutputTarget, options: OutputOptions = OutputOptions()) throws(FrameIOError) {
        var palette = options.palette ?? []
        guard palette.count % 3 == 0, palette.count <= 768 else {
            throw .usage("a palette has up to 256 RGB triples, not \(palette.count) bytes")
        }
        // All 256 entries, so that no label lies outside the palette.
        if !palette.isEmpty { palette += Array(repeating: 0, count: 768 - palette.count) }
        self.palette = palette
        output = try MapOutput(target, kind: .labels, options: options)
    }

    /// The format that is written.
    public var format: OutputFormat { output.format }

    /// Writes the `width * height` labels at `labels` (row-major, packed) as the map of `frame`. Blocks while the
    /// reader is slow.
    public func write(
        _ labels: UnsafePointer<UInt8>, width: Int, height: Int, of frame: FrameHeader
    ) throws(FrameIOError) {
        var samples = UnsafeRawBufferPointer(start: labels, count: width * height)
        if output.format == .png {
            try palette.withUnsafeBufferPointer { colors throws(FrameIOError) in
                try PNGEncoder.encode(
                    labels, width: width, height: height, channels: 1,
                    palette: colors.isEmpty ? UnsafeBufferPointer(start: nil, count: 0) : colors, into: &encoded)
            }
            samples = encoded.contents
        }
        try output.deliver(samples, width: width, height: height, type: "|u1", colorSpace: "mono", of: frame)
    }

    /// Completes the target: a stream file gets its name. Call once, after the last map.
    public func finish() throws(FrameIOError) { try output.finish() }
}
