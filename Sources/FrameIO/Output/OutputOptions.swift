/// How results are written; the defaults suit most.
public struct OutputOptions: Sendable {
    /// `--format`; nil goes by the target's ending.
    public var format: OutputFormat?
    /// Names of the source's pictures, for files in a folder; nil names them by frame id.
    public var names: NameTable?
    /// Rate that Y4M headers declare; nil leaves it out (players then assume 25).
    public var frameRate: FrameRate?
    /// Whether Y4M frame headers carry `XTS=<capture ns>`. Off, as some readers assume a bare header.
    public var inBandTimes: Bool
    /// JPEG quality, 1...100.
    public var jpegQuality: Int
    /// RGB triples for label PNGs, which then are palette pictures with the labels as indices; nil writes plain grey.
    public var palette: [UInt8]?

    /// Options with the given parts.
    public init(
        format: OutputFormat? = nil, names: NameTable? = nil, frameRate: FrameRate? = nil, inBandTimes: Bool = false,
        jpegQuality: Int = 90, palette: [UInt8]? = nil
    ) {
        self.format = format
        self.names = names
        self.frameRate = frameRate
        self.inBandTimes = inBandTimes
        self.jpegQuality = jpegQuality
        self.palette = palette
    }
}
