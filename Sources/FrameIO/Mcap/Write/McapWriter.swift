/// Writes an MCAP recording: schemas and channels, then chunks with checksum and index, at last summary and footer.
///
/// The file grows in place and holds whole chunks at all times: after `flush` everything so far can be read, whatever
/// becomes of the program. One thread at a time. Allocates only for a chunk larger than any before, and when the index of
/// chunks outgrows its first MiB (about 8000 chunks).
struct McapWriter: ~Copyable {
    private let channel: OutputChannel
    private var compressor: ChunkCompressor
    private var index: McapIndex
    private var chunk: ByteBuffer
    /// A record, or several, on their way out.
    private var out: ByteBuffer
    private var checksum: UInt32 = 0
    private var position: UInt64 = 0

    /// A writer that has written nothing yet.
    init(_ channel: OutputChannel, compression: McapCompression) throws(FrameIOError) {
        let compressor = try ChunkCompressor(compression)
        self.channel = channel
        self.compressor = compressor
        index = McapIndex()
        chunk = ByteBuffer(capacity: 2 << 20)
        out = ByteBuffer(capacity: 64 << 10)
    }

    /// Begins the file. Call once, first.
    mutating func start(profile: String, library: String) throws(FrameIOError) {
        out.appendMcapMagic()
        let start = out.beginRecord(.header)
        out.append(prefixed: profile)
        out.append(prefixed: library)
        out.endRecord(start)
        try emit()
    }

    /// Bytes of records that wait for their chunk.
    var pendingBytes: Int { chunk.count }

    /// Adds a schema; its id. Before the first message.
    mutating func addSchema(_ name: String, encoding: String, data: UnsafeRawBufferPointer) throws(FrameIOError)
        -> UInt16
    {
        let id = index.addSchema()
        let start = out.beginRecord(.schema)
        out.append(u16: id)
        out.append(prefixed: name)
        out.append(prefixed: encoding)
        out.append(prefixed: data)
        out.endRecord(start)
        index.schemas.append(out.contents)
        try emit()
        return id
    }

    /// Adds a channel of the schema with this id, 0 for none; its id. Before the first message.
    mutating func addChannel(_ topic: String, encoding: String, schema: UInt16) throws(FrameIOError) -> UInt16 {
        let id = index.addChannel()
        let start = out.beginRecord(.channel)
        out.append(u16: id)
        out.append(u16: schema)
        out.append(prefixed: topic)
        out.append(prefixed: encoding)
        out.append(u32: 0)
        out.endRecord(start)
        index.channels.append(out.contents)
        try emit()
        return id
    }

    /// Writes a named list of texts, behind the messages so far.
    mutating func addMetadata(_ name: String, _ fields: [(key: String, value: String)]) throws(FrameIOError) {
        try closeChunk()
        let start = out.beginRecord(.metadata)
        out.append(prefixed: name)
        let length = out.count
        out.append(u32: 0)
        for (key, value) in fields {
            out.append(prefixed: key)
            out.append(prefixed: value)
        }
        out.set(u32: UInt32(out.count - length - 4), at: length)
        out.endRecord(start)
        index.addMetadata(name, offset: position, length: UInt64(out.count))
        try emit()
    }

    /// Adds a message; `body` appends its content to the buffer.
    mutating func addMessage(
        channel: UInt16, sequence: UInt32, logTime: UInt64, publishTime: UInt64, _ body: (inout ByteBuffer) -> Void
    ) {
        index.addMessage(channel: channel, logTime: logTime, offset: UInt64(chunk.count))
        let start = chunk.beginRecord(.message)
        chunk.append(u16: channel)
        chunk.append(u32: sequence)
        chunk.append(u64: logTime)
        chunk.append(u64: publishTime)
        body(&chunk)
        chunk.endRecord(start)
    }

    /// Writes out the chunk at hand. Blocks while the disk or the reader is slow.
    mutating func closeChunk() throws(FrameIOError) {
        guard chunk.count > 0 else { return }
        let records = try compressor.compress(chunk.contents)
        let name = compressor.compression.rawValue
        let begin = position
        out.append(McapOpcode.chunk.rawValue)
        out.append(u64: UInt64(McapFormat.chunkHead + name.utf8.count + records.count))
        out.append(u64: index.chunkStartTime)
        out.append(u64: index.chunkEndTime)
        out.append(u64: UInt64(chunk.count))
        out.append(u32: Checksum.crc(of: chunk.bytes))
        out.append(prefixed: name)
        out.append(u64: UInt64(records.count))
        let length = UInt64(out.count + records.count)
        try emit()
        try emit(records)
        index.endChunk(
            offset: begin, length: length, compression: name, compressed: UInt64(records.count),
            uncompressed: UInt64(chunk.count), indexesAt: position, into: &out)
        try emit()
        chunk.removeAll()
    }

    /// Writes the end of the data, the summary and the footer.
    mutating func finish() throws(FrameIOError) {
        try closeChunk()
        let data = out.beginRecord(.dataEnd)
        out.append(u32: checksum)
        out.endRecord(data)
        try emit()
        let start = position
        let offsets = start + index.appendSummary(at: start, to: &out)
        let footer = out.count
        out.append(McapOpcode.footer.rawValue)
        out.append(u64: 20)
        out.append(u64: start)
        out.append(u64: offsets)
        precondition(footer + 25 == out.count, "the footer's checksum is over all of the record in front of it")
        out.append(u32: Checksum.crc(of: out.bytes))
        out.appendMcapMagic()
        try emit()
    }

    private mutating func emit() throws(FrameIOError) {
        defer { out.removeAll() }
        try emit(out.contents)
    }

    private mutating func emit(_ bytes: UnsafeRawBufferPointer) throws(FrameIOError) {
        try channel.write(bytes)
        bytes.withMemoryRebound(to: UInt8.self) { checksum = Checksum.crc(of: $0, after: checksum) }
        position += UInt64(bytes.count)
    }
}

extension ByteBuffer {
    /// Opcode and room for the length; where the record begins.
    mutating func beginRecord(_ opcode: McapOpcode) -> Int {
        append(opcode.rawValue)
        append(u64: 0)
        return count - McapFormat.recordHead
    }

    /// Fills in the length of the record that begins at `start`.
    mutating func endRecord(_ start: Int) {
        set(u64: UInt64(count - start - McapFormat.recordHead), at: start + 1)
    }

    fileprivate mutating func appendMcapMagic() {
        append(0x89)
        append("MCAP0\r\n")
    }
}
