/// A message in its record's bytes.
struct McapMessage {
    let channel: UInt16
    let sequence: UInt32
    let logTime: UInt64
    let publishTime: UInt64
    /// Valid until the next message is asked for.
    let data: UnsafeBufferPointer<UInt8>

    /// Reads a message record's body; nil where it is too short.
    init?(_ body: UnsafeBufferPointer<UInt8>) {
        var cursor = ByteCursor(body)
        channel = cursor.u16()
        sequence = cursor.u32()
        logTime = cursor.u64()
        publishTime = cursor.u64()
        data = cursor.rest()
        guard cursor.isValid else { return nil }
    }
}

/// Gives out the messages of a recording in file order, whether they lie in chunks or not, and keeps its books.
///
/// One thread at a time. Allocates nothing for messages once the largest chunk has been seen.
struct McapMessageReader: ~Copyable {
    enum Event {
        case message(McapMessage)
        /// Records that are not messages: books have been kept, the caller may look at `directory`.
        case other(McapRecord)
        /// A stretch that gives no messages.
        case damaged(Corruption.Reason, position: Int, bytes: Int)
        /// An index tells that so many messages of a channel were in the stretch that was damaged last.
        case lost(channel: UInt16, count: Int)
        /// All messages have been given out; a summary may follow.
        case dataEnd
        case end(McapEnd)
        case stopped
    }

    private(set) var directory = McapDirectory()
    private(set) var tally = McapTally()
    private var records: McapRecordReader
    private var decompressor: ChunkDecompressor
    /// The records of the chunk at hand.
    private var chunk = ByteCursor.empty
    private var chunkPosition = 0
    /// Whether the messages that the next index lists have been given out.
    private var hasGivenOut = true

    /// Takes over a reader that stands at the first byte. `checks` verifies the data section's checksum as well.
    init(reader: consuming StreamReader, checks: Bool = false) throws(FrameIOError) {
        records = McapRecordReader(reader: reader, checks: checks)
        decompressor = try ChunkDecompressor()
    }

    var path: String { records.path }
    var size: Int? { records.size }
    /// Memory that window and chunk take.
    var capacity: Int { records.capacity + decompressor.capacity }

    func bytes(at offset: Int, count: Int) throws(FrameIOError) -> ByteBuffer? {
        try records.bytes(at: offset, count: count)
    }

    /// The next event. Blocks until there is one.
    mutating func next() throws(FrameIOError) -> Event {
        while true {
            if chunk.left > 0 {
                if let event = nextInChunk() { return event }
                continue
            }
            switch try records.next() {
            case .record(let record): if let event = take(record) { return event }
            case .damaged(let position, let bytes):
                hasGivenOut = false
                return .damaged(.brokenRecord, position: position, bytes: bytes)
            case .end(let end): return .end(end)
            case .stopped: return .stopped
            }
        }
    }

    /// Takes over channels that are known before their records have been read.
    mutating func adopt(_ directory: McapDirectory) { self.directory = directory }

    /// Starts over with what is known of channels kept; false where the input cannot.
    mutating func rewind() -> Bool {
        guard records.rewind() else { return false }
        chunk = .empty
        hasGivenOut = true
        tally = McapTally()
        return true
    }

    private mutating func take(_ record: McapRecord) -> Event? {
        guard let kind = record.kind else {
            // A kind of its own that a program may add, or damage; then the index behind it tells of lost messages.
            hasGivenOut = false
            tally.unknownRecords += 1
            return .other(record)
        }
        var isWhole = true
        switch kind {
        case .header: isWhole = directory.takeHeader(record.body)
        case .schema: isWhole = directory.takeSchema(record.body)
        case .channel: isWhole = directory.takeChannel(record.body)
        case .message:
            if let message = McapMessage(record.body) { return .message(message) }
            isWhole = false
        case .chunk:
            if let chunk = McapChunk(record.body) { return open(chunk, record) }
            isWhole = false
        case .messageIndex: return missing(record.body)
        case .dataEnd:
            tally.take(record, checksum: records.checksum)
            return .dataEnd
        default: tally.take(record, checksum: 0)
        }
        guard isWhole else {
            records.reject()
            return nil
        }
        return .other(record)
    }

    private mutating func open(_ chunk: McapChunk, _ record: McapRecord) -> Event? {
        do throws(ChunkFailure) {
            self.chunk = ByteCursor(try decompressor.records(of: chunk))
            chunkPosition = record.position
            hasGivenOut = true
            tally.took(chunk)
            return nil
        } catch {
            hasGivenOut = false
            let reason: Corruption.Reason
            switch error {
            case .damagedData: reason = .brokenChunk
            case .wrongChecksum: reason = .wrongChecksum
            case .unknownCompression: reason = .unknownCompression
            }
            return .damaged(reason, position: record.position, bytes: McapFormat.recordHead + record.length)
        }
    }

    private mutating func nextInChunk() -> Event? {
        let rest = chunk.left
        let opcode = chunk.u8()
        let length = chunk.u64()
        let body = chunk.take(Int(clamping: length))
        var isWhole = chunk.isValid
        if isWhole {
            switch McapOpcode(rawValue: opcode) {
            case .schema?: isWhole = directory.takeSchema(body)
            case .channel?: isWhole = directory.takeChannel(body)
            case .message?:
                if let message = McapMessage(body) { return .message(message) }
                isWhole = false
            default: break
            }
        }
        if isWhole { return nil }
        chunk = .empty
        return .damaged(.brokenChunk, position: chunkPosition, bytes: rest)
    }

    /// The entries of an index whose messages were not given out.
    private func missing(_ body: UnsafeBufferPointer<UInt8>) -> Event? {
        guard !hasGivenOut else { return nil }
        var cursor = ByteCursor(body)
        let channel = cursor.u16()
        let count = cursor.prefixed().count / 16
        return cursor.isValid && count > 0 ? .lost(channel: channel, count: count) : nil
    }
}
