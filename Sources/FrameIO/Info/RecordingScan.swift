/// Reads a recording through and keeps books on all of it. Not for the frame path.
struct RecordingScan: ~Copyable {
    private var messages: McapMessageReader
    private var extractor: ImageExtractor
    private var frame = FrameBuffer()
    private let wanted: String?
    private var info = RecordingInfo()
    private var counters: [UInt16: SequenceCounter] = [:]
    /// Place in `info.topics` of each channel.
    private var places: [UInt16: Int] = [:]
    /// The frames of each topic with images.
    private var frames: [String: StreamInfo] = [:]

    init(reader: consuming StreamReader, options: InputOptions) throws(FrameIOError) {
        messages = try McapMessageReader(reader: reader, checks: true)
        extractor = ImageExtractor(options)
        wanted = options.topic
    }

    /// Reads to the end.
    consuming func run() throws(FrameIOError) -> StreamInfo {
        scan: while true {
            switch try messages.next() {
            case .message(let message): try take(message)
            case .other(let record): if record.kind == .metadata { takeMetadata(record.body) }
            case .damaged(let reason, let position, let bytes):
                info.damages.append(
                    Corruption(reason: reason, bytesSkipped: bytes, lostFrame: nil, position: position))
            case .lost(let channel, let count): if let place = place(of: channel) { info.topics[place].lost += count }
            case .dataEnd: continue
            case .end(let end):
                switch end {
                case .closed: info.end = .closed
                case .unfinished: info.end = .unfinished
                case .cut(let opcode, let position, let held):
                    let kind = McapOpcode(rawValue: opcode)?.name ?? "unknown record"
                    info.end = .cut(kind: kind, position: position, bytes: held)
                }
                break scan
            case .stopped: break scan
            }
        }
        // Channels without messages are topics, too.
        for channel in messages.directory.channels { _ = place(of: channel.id) }
        takeTally()
        return try combined()
    }

    private mutating func take(_ message: McapMessage) throws(FrameIOError) {
        guard let place = place(of: message.channel) else { return }
        info.topics[place].messages += 1
        info.topics[place].firstLogTime = min(info.topics[place].firstLogTime ?? .max, message.logTime)
        info.topics[place].lastLogTime = max(info.topics[place].lastLogTime ?? 0, message.logTime)
        if case .missing(let count) = counters[message.channel, default: SequenceCounter()].take(message.sequence) {
            info.topics[place].missing += count
        }
        let directory = messages.directory
        guard let channel = directory.channels.first(where: { $0.id == message.channel }),
            let schema = directory.images(of: channel)
        else { return }
        let number = info.topics[place].messages - 1
        let outcome = extractor.extract(message, schema, into: &frame)
        frame.header.id = UInt64(number)
        // In place: the lists of a long drive must not be copied for each frame.
        frames[channel.topic, default: Self.noFrames].take(outcome, frame.header, number, topic: channel.topic)
    }

    private static var noFrames: StreamInfo { StreamInfo(StreamProperties(format: .mcap, hasCaptureTimes: true)) }

    /// The place of a channel's topic in the list.
    private mutating func place(of id: UInt16) -> Int? {
        if let known = places[id] { return known }
        let directory = messages.directory
        guard let channel = directory.channels.first(where: { $0.id == id }) else { return nil }
        if let same = info.topics.firstIndex(where: { $0.name == channel.topic }) {
            info.topics[same].channels += 1
            places[id] = same
            return same
        }
        var topic = RecordingInfo.Topic(
            name: channel.topic, schema: directory.schemaName(of: channel), encoding: channel.encoding)
        topic.hasImages = directory.images(of: channel) != nil
        info.topics.append(topic)
        places[id] = info.topics.count - 1
        return info.topics.count - 1
    }

    private mutating func takeMetadata(_ body: UnsafeBufferPointer<UInt8>) {
        var cursor = ByteCursor(body)
        let name = String(decoding: cursor.prefixed(), as: UTF8.self)
        var pairs = ByteCursor(cursor.prefixed())
        var fields: [RecordingInfo.Metadata.Field] = []
        while pairs.left > 0 {
            let key = String(decoding: pairs.prefixed(), as: UTF8.self)
            let value = String(decoding: pairs.prefixed(), as: UTF8.self)
            if pairs.isValid { fields.append(RecordingInfo.Metadata.Field(key: key, value: value)) }
        }
        info.metadata.append(RecordingInfo.Metadata(name: name, fields: fields))
    }

    private mutating func takeTally() {
        let tally = messages.tally
        info.profile = messages.directory.profile
        info.library = messages.directory.library
        let counts = [
            ("none", tally.chunksByCompression.none), ("lz4", tally.chunksByCompression.lz4),
            ("zstd", tally.chunksByCompression.zstd),
        ]
        info.chunks = counts.filter { $0.1 > 0 }.map { RecordingInfo.Chunks(compression: $0.0, count: $0.1) }
        info.checkedChunks = tally.chunksWithChecksum
        info.compressedBytes = tally.compressedBytes
        info.uncompressedBytes = tally.uncompressedBytes
        info.dataChecksumHolds = tally.dataChecksumHolds
        info.isIndexed = tally.hasFooter && tally.summaryStart > 0 && tally.chunkIndexes > 0
        info.hasStatistics = tally.statistics > 0
        info.hasAllData = tally.hasDataEnd && info.damages.isEmpty
        info.attachments = tally.attachments
        info.unknownRecords = tally.unknownRecords
    }

    /// The frames of the topic that would be read, or of all topics with images where it is not clear which.
    private consuming func combined() throws(FrameIOError) -> StreamInfo {
        let topics = info.topics.filter(\.hasImages)
        if let wanted, !topics.contains(where: { $0.name == wanted }) {
            _ = try McapTopicChoice.choose(wanted, in: messages.directory, path: messages.path)
        }
        let candidates = McapTopicChoice.candidates(topics.map(\.name))
        let chosen = wanted ?? (candidates.count == 1 ? candidates.first : nil)
        var stream = Self.noFrames
        if let chosen {
            stream = frames[chosen] ?? stream
            stream.properties.topic = chosen
            stream.properties.missingFrames = topics.first { $0.name == chosen }?.missing ?? 0
            stream.measure()
        } else {
            for topic in topics { if let part = frames[topic.name] { stream.add(part) } }
            if topics.count > 1 { stream.properties.notes.append("several topics with images: run one with --topic") }
        }
        stream.truncated = !messages.tally.hasDataEnd
        stream.recording = info
        return stream
    }
}

extension StreamInfo {
    fileprivate mutating func take(
        _ outcome: ImageExtractor.Outcome, _ header: FrameHeader, _ number: Int, topic: String
    ) {
        switch outcome {
        case .frame: add(header)
        case .broken(let reason):
            corruptions.append(
                Corruption(reason: reason, bytesSkipped: 0, lostFrame: UInt64(number), position: number))
        case .unsupported(let format):
            let note = "\(topic): images of format or encoding '\(format)' are not read"
            if !properties.notes.contains(note) { properties.notes.append(note) }
        }
    }

    /// Counts the frames of another topic; their times are not comparable.
    fileprivate mutating func add(_ other: StreamInfo) {
        frames += other.frames
        bytes += other.bytes
        sizes += other.sizes
        corruptions += other.corruptions
        properties.notes += other.properties.notes
    }
}
