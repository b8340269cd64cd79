/// What goes into a recording of results.
public struct RecordingOptions: Sendable {
    /// The results that a recording can hold. Raw values are the names of `--mcap-content` and the ends of topics.
    public enum Content: String, Sendable, CaseIterable {
        /// uint8 open-set maps, `mono8`.
        case openSet = "openset"
        /// uint8 closed-set maps, `mono8`.
        case labels
        /// float32 scores, `32FC1`.
        case score
        /// Pictures for people, JPEG.
        case overlay
        /// One JSON object a frame, as it is or, for ROS 2, as the text of a `std_msgs/msg/String`.
        case meta
        /// Frames as they came: JPEG, PNG or WebP pictures, or raw pictures without loss. Clips have it.
        case input

        /// What a recording of results can hold.
        public static let results: [Content] = [.openSet, .labels, .score, .overlay, .meta]
    }

    /// Topics of frames as they came. Not beside the results: what this program made is never its input unless named.
    static let inputTopics = (compressed: "/camera/image/compressed", raw: "/camera/image")

    /// What is recorded.
    public var content: Set<Content> = [.openSet, .score, .overlay, .meta]
    /// The dialect.
    public var profile = RecordingProfile.ros2
    /// How chunks are compressed.
    public var compression = McapCompression.lz4
    /// JPEG quality of overlays, 1...100.
    public var jpegQuality = 90
    /// Whether the frames of the content `input` are raw pictures; compressed ones otherwise.
    public var inputIsRaw = false

    /// Open-set maps, scores, overlays and JSON, for ROS 2, in LZ4.
    public init() {}
}

/// Writes results into one MCAP recording, each kind as a topic `/densehybrid/KIND`.
///
/// A message's log time is the frame's capture time (so that the recording lies beside the drive it was made from), else
/// its arrival; its sequence is the frame's number, so that readers see dropped frames as gaps. A chunk is closed at the
/// end of a frame, once it holds a MiB or a second has passed since the last one, and then forced to disk by a thread of
/// its own: what was written until then can be read after a crash or a loss of power. One thread at a time; blocks while
/// the disk is slow.
public final class RecordingSink {
    private var writer: McapWriter
    private let messages: ResultMessageWriter
    private let encoder: JPEGEncoder
    private let syncer: FileSyncer?
    private let inputIsRaw: Bool
    private var channels = InlineArray<6, UInt16>(repeating: 0)
    private let composer = FrameMetaWriter()
    private var encoded = ByteBuffer()
    private var lastClose = FrameClock.monotonic()

    private static let chunkBytes = 1 << 20
    private static let chunkNanoseconds: Int64 = 1_000_000_000

    /// Whether the recording at `path` would be written over the input at `input`.
    public static func wouldOverwrite(_ input: String, at path: String) -> Bool {
        input != "-" && path != "-" && Paths.kind(input) == .file && Paths.areSame(input, path)
    }

    /// Begins the recording at `path`, `-` for standard output. `fields` become the Metadata record `densehybrid`.
    public init(
        path: String, options: RecordingOptions, fields: [(key: String, value: String)]
    ) throws(FrameIOError) {
        let channel = try OutputChannel(path: path)
        syncer = try FileSyncer(channel)
        inputIsRaw = options.inputIsRaw
        messages = ResultMessageWriter(profile: options.profile)
        encoder = try JPEGEncoder(quality: options.jpegQuality)
        writer = try McapWriter(channel, compression: options.compression)
        try writer.start(profile: options.profile.header, library: "densehybrid")
        var schemas: (raw: UInt16, compressed: UInt16) = (0, 0)
        for content in RecordingOptions.Content.allCases where options.content.contains(content) {
            var schema: UInt16 = 0
            var topic = "/densehybrid/\(content.rawValue)"
            if content == .input {
                topic = options.inputIsRaw ? RecordingOptions.inputTopics.raw : RecordingOptions.inputTopics.compressed
            }
            switch (content, content == .input && options.inputIsRaw) {
            case (.openSet, _), (.labels, _), (.score, _), (.input, true):
                if schemas.raw == 0 { schemas.raw = try addSchema(options.profile, isRaw: true) }
                schema = schemas.raw
            case (.overlay, _), (.input, false):
                if schemas.compressed == 0 { schemas.compressed = try addSchema(options.profile, isRaw: false) }
                schema = schemas.compressed
            case (.meta, _):
                if let name = options.profile.metaSchemaName {
                    let text = RosDefinitions.string
                    schema = try writer.addSchema(
                        name, encoding: options.profile.schemaEncoding,
                        data: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
                }
            }
            let encoding = content == .meta ? options.profile.metaEncoding : options.profile.messageEncoding
            channels[Self.place(content)] = try writer.addChannel(topic, encoding: encoding, schema: schema)
        }
        try writer.addMetadata("densehybrid", fields)
        syncer?.sync()
    }

    /// Adds a uint8 map of `width * height` labels; nothing where `content` is not recorded.
    public func write(
        _ content: RecordingOptions.Content, _ labels: UnsafePointer<UInt8>, width: Int, height: Int,
        of frame: FrameHeader
    ) {
        let pixels = UnsafeRawBufferPointer(start: labels, count: width * height)
        add(content, frame.id, frame.captureNanoseconds, frame.arrivalNanoseconds) { body in
            messages.append(
                pixels: pixels, width: width, height: height, step: width, encoding: "mono8",
                stamp: frame.captureNanoseconds, to: &body)
        }
    }

    /// Adds a map of `width * height` scores as they are (higher = more anomalous, not squeezed into 0...1).
    public func write(scores: UnsafePointer<Float>, width: Int, height: Int, of frame: FrameHeader) {
        let pixels = UnsafeRawBufferPointer(start: scores, count: width * height * 4)
        add(.score, frame.id, frame.captureNanoseconds, frame.arrivalNanoseconds) { body in
            messages.append(
                pixels: pixels, width: width, height: height, step: width * 4, encoding: "32FC1",
                stamp: frame.captureNanoseconds, to: &body)
        }
    }

    /// Adds a picture of `width * height` rgb24 pixels.
    public func write(
        overlay pixels: UnsafePointer<UInt8>, width: Int, height: Int, of frame: FrameHeader
    ) throws(FrameIOError) {
        guard channels[Self.place(.overlay)] != 0 else { return }
        try encoder.encode(pixels, width: width, height: height, into: &encoded)
        let jpeg = encoded.contents
        add(.overlay, frame.id, frame.captureNanoseconds, frame.arrivalNanoseconds) { body in
            messages.append(picture: jpeg, format: "jpeg", stamp: frame.captureNanoseconds, to: &body)
        }
    }

    /// Adds a frame as it came; nothing, and false, where it is raw and the recording's frames are not, or the reverse.
    public func write(input bytes: UnsafeRawBufferPointer, of frame: FrameHeader) -> Bool {
        let stamp = frame.captureNanoseconds
        guard channels[Self.place(.input)] != 0 else { return false }
        switch frame.payload {
        case .jpeg, .png, .webp:
            guard !inputIsRaw else { return false }
            let format: StaticString =
                frame.payload == .jpeg ? "jpeg" : frame.payload == .png ? "png" : "webp"
            add(.input, frame.id, stamp, frame.arrivalNanoseconds) { body in
                messages.append(picture: bytes, format: format, stamp: stamp, to: &body)
            }
        case .raw(let format):
            guard inputIsRaw, bytes.count == format.byteCount(width: frame.width, height: frame.height),
                let base = bytes.baseAddress
            else { return false }
            let storage = RawImageStorage(format, width: frame.width, height: frame.height)
            storage.store(
                ImageView(
                    packed: base.assumingMemoryBound(to: UInt8.self), format: format, width: frame.width,
                    height: frame.height, colorRange: frame.colorRange, colorMatrix: frame.colorMatrix),
                into: &encoded)
            let pixels = encoded.contents
            add(.input, frame.id, stamp, frame.arrivalNanoseconds) { body in
                messages.append(
                    pixels: pixels, width: frame.width, height: frame.height, step: storage.step,
                    encoding: storage.encoding, stamp: stamp, to: &body)
            }
        }
        return true
    }

    /// Ends a frame, delivered or not: adds its JSON object and closes the chunk when it is due.
    public func end(
        _ record: FrameRecord, regions: UnsafeBufferPointer<RegionRecord>? = nil
    ) throws(FrameIOError) {
        let line = composer.composed(record, regions: regions)
        add(.meta, record.frameID, record.captureNanoseconds, record.arrivalNanoseconds) { body in
            messages.append(object: line, to: &body)
        }
        let isOld = FrameClock.monotonic() - lastClose >= Self.chunkNanoseconds
        if writer.pendingBytes >= Self.chunkBytes || isOld { try closeChunk() }
    }

    /// Writes what is left, `fields` as the Metadata record `densehybrid.result`, and the summary. Call once.
    public func finish(fields: [(key: String, value: String)]) throws(FrameIOError) {
        try writer.addMetadata("densehybrid.result", fields)
        try writer.finish()
        try syncer?.finish()
    }

    private func closeChunk() throws(FrameIOError) {
        try writer.closeChunk()
        lastClose = FrameClock.monotonic()
        syncer?.sync()
    }

    private func add(
        _ content: RecordingOptions.Content, _ id: UInt64, _ capture: Int64?, _ arrival: Int64,
        _ body: (inout ByteBuffer) -> Void
    ) {
        let channel = channels[Self.place(content)]
        guard channel != 0 else { return }
        let time = UInt64(max(0, capture ?? arrival))
        writer.addMessage(
            channel: channel, sequence: UInt32(truncatingIfNeeded: id), logTime: time, publishTime: time, body)
    }

    private func addSchema(_ profile: RecordingProfile, isRaw: Bool) throws(FrameIOError) -> UInt16 {
        let schema = profile.schema(isRaw: isRaw)
        return try writer.addSchema(
            profile.schemaName(isRaw: isRaw), encoding: profile.schemaEncoding, data: schema.contents)
    }

    private static func place(_ content: RecordingOptions.Content) -> Int {
        switch content {
        case .openSet: 0
        case .labels: 1
        case .score: 2
        case .overlay: 3
        case .meta: 4
        case .input: 5
        }
    }
}
