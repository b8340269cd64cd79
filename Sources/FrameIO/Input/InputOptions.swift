/// Layout of raw video, which nothing in the stream tells.
public struct RawVideoLayout: Sendable, Equatable {
    /// Format of each frame.
    public var pixelFormat: PixelFormat
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int
    /// Declared rate; a schedule, not capture times.
    public var frameRate: FrameRate?

    /// Describes packed frames.
    public init(pixelFormat: PixelFormat, width: Int, height: Int, frameRate: FrameRate? = nil) {
        self.pixelFormat = pixelFormat
        self.width = width
        self.height = height
        self.frameRate = frameRate
    }
}

/// How to open an input.
public struct InputOptions: Sendable {
    /// `--input-format`: wins over what the first bytes look like.
    public var format: InputFormat?
    /// `--pixel-format --video-size --framerate`; needed for raw video only.
    public var raw: RawVideoLayout?
    /// Range of YUV samples, where it shall not be what the stream says.
    public var colorRange: ColorRange?
    /// Matrix of YUV samples, where it shall not be BT.601.
    public var colorMatrix: ColorMatrix?

    /// `--framerate`: what a paced replay goes by where frames have no times.
    public var frameRate: FrameRate?
    /// `--topic`: the topic of a recording; nil is the only one with images.
    public var topic: String?

    /// Options that leave everything to the input.
    public init(
        format: InputFormat? = nil, raw: RawVideoLayout? = nil, colorRange: ColorRange? = nil,
        colorMatrix: ColorMatrix? = nil, topic: String? = nil
    ) {
        self.format = format
        self.raw = raw
        self.colorRange = colorRange
        self.colorMatrix = colorMatrix
        self.topic = topic
    }
}
