import Glibc

/// Opens whatever an INPUT argument names.
public enum FrameInput {
    /// Opens `path`: `-` for standard input, a file, a FIFO, a folder, a printf pattern (`%06d`) or a glob.
    ///
    /// An explicit `options.format` wins; else the kind of file, its ending (pictures and lists) and then its first
    /// bytes decide. Blocks until a stream's first bytes are there. When `stop` comes before them, the source that is
    /// returned says `.stopped`.
    public static func open(
        _ path: String, options: InputOptions = InputOptions(), stop: StopSignal? = nil
    ) throws(FrameIOError) -> any FrameSource {
        if path != "-", let pictures = try pictures(path, options.format) {
            guard options.topic == nil else { throw .usage("\(path): --topic needs an MCAP recording") }
            let format: InputFormat = options.format ?? .images
            return ImageSequenceSource(list: pictures, format: format, stop: stop)
        }
        return try stream(reader(path, stop), options)
    }

    /// Opens the stream that comes out of `channel`. Blocks until its first bytes are there.
    static func open(
        _ channel: consuming InputChannel, options: InputOptions
    ) throws(FrameIOError) -> any FrameSource {
        try stream(StreamReader(channel: channel), options)
    }

    private static func reader(_ path: String, _ stop: StopSignal?) throws(FrameIOError) -> StreamReader {
        if path == "-", InputChannel.standardInputIsTerminal {
            throw .usage(
                "standard input is a terminal: pipe a stream in (ffmpeg -i VIDEO -f yuv4mpegpipe - | …) or name an input"
            )
        }
        return try StreamReader(channel: InputChannel(path: path, stop: stop))
    }

    /// A sequence of these picture files, in this order: frame i is file i.
    public static func pictures(_ files: [String], stop: StopSignal? = nil) -> any FrameSource {
        ImageSequenceSource(list: PictureList(files: files), format: .images, stop: stop)
    }

    /// The picture files that `path` stands for; nil where it is a stream.
    private static func pictures(_ path: String, _ format: InputFormat?) throws(FrameIOError) -> PictureList? {
        let kind = Paths.kind(path)
        switch kind {
        case .directory:
            guard format == nil || format == .images else {
                throw .usage("\(path) is a folder; --input-format \(format?.name ?? "") needs a stream")
            }
            return try DriveLayout.pictures(in: path)
        case .absent:
            if Paths.baseName(path).contains("%") { return try PictureList.matching(pattern: path) }
            if Glob.isPattern(path) { return try PictureList.matching(glob: path) }
            throw .system(operation: "open", path: path, code: ENOENT)
        case .file, .other:
            if format == .list || format == nil && ["txt", "lst", "csv"].contains(Paths.ending(path)) {
                return try PictureList.listed(in: path)
            }
            let isPicture = kind == .file && format == nil && PictureList.endings.contains(Paths.ending(path))
            return format == .images || isPicture ? PictureList(files: [path]) : nil
        }
    }

    /// Reads an input to its end and tells what it holds (verb `info`). Of a recording that is all topics, and the
    /// frames of the one that `options` name or that alone has images.
    public static func info(
        _ path: String, options: InputOptions = InputOptions(), stop: StopSignal? = nil
    ) throws(FrameIOError) -> StreamInfo {
        if path != "-", let pictures = try pictures(path, options.format) {
            let format: InputFormat = options.format ?? .images
            return try StreamInfo(scanning: ImageSequenceSource(list: pictures, format: format, stop: stop))
        }
        var reader = try reader(path, stop)
        if options.format == .raw { return try StreamInfo(scanning: RawVideoSource(reader: reader, options: options)) }
        guard try format(of: &reader, options) == .mcap else {
            return try StreamInfo(scanning: stream(reader, options))
        }
        return try RecordingScan(reader: reader, options: options).run()
    }

    private static func stream(
        _ reader: consuming StreamReader, _ options: InputOptions
    ) throws(FrameIOError) -> any FrameSource {
        if options.format == .raw { return try RawVideoSource(reader: reader, options: options) }
        guard let format = try format(of: &reader, options) else { return StoppedSource() }
        guard options.topic == nil || format == .mcap else {
            throw .usage("\(reader.path): --topic needs an MCAP recording, and this is \(format.name)")
        }
        switch format {
        case .y4m: return try Y4MSource(reader: reader, options: options) ?? StoppedSource()
        case .mjpeg: return ConcatenatedSource<JPEGScanner>(reader: reader, format: .mjpeg)
        case .png: return ConcatenatedSource<PNGScanner>(reader: reader, format: .png)
        case .multipart: return MultipartSource(reader: reader)
        case .raw: return try RawVideoSource(reader: reader, options: options)
        case .mcap: return try McapSource(reader: reader, options: options)
        case .images, .list: throw .usage("--input-format \(format.name) does not read from \(reader.path)")
        }
    }

    /// The format that `options` name, else what the first bytes look like; nil when stopped before they came.
    private static func format(
        of reader: inout StreamReader, _ options: InputOptions
    ) throws(FrameIOError) -> InputFormat? {
        guard try reader.fill(InputFormat.sniffedBytes) != .stopped else { return nil }
        if let wanted = options.format { return wanted }
        guard reader.available > 0 else { throw .malformed("\(reader.path): empty, no frames in it") }
        switch InputFormat.sniff(reader.window) {
        case .format(let found): return found
        case .foreign(let name): throw .unsupported(unpackAdvice(reader.path, name))
        case .unknown:
            if options.raw != nil { return .raw }
            throw .unsupported(
                "\(reader.path): format not recognised; name it with --input-format (\(InputFormat.names)), raw video also needs --pixel-format and --video-size"
            )
        }
    }

    private static func unpackAdvice(_ path: String, _ name: String) -> String {
        "\(path) is \(name): unpack it with ffmpeg -i \(path) -f yuv4mpegpipe - | densehybrid run -"
    }
}

/// What opening gives when the stop came before the first bytes.
final class StoppedSource: FrameSource {
    let properties = StreamProperties(format: .raw)
    let names: NameTable? = nil

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent { .stopped }

    func rewind() throws(FrameIOError) -> Bool { false }
}
