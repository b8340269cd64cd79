/// What the summary at the end of a recording is made of, kept as finished records while the file grows.
struct McapIndex: ~Copyable {
    var schemas = ByteBuffer()
    var channels = ByteBuffer()
    private var chunks = ByteBuffer(capacity: 1 << 20)
    private var metadata = ByteBuffer()
    private var schemaCount: UInt16 = 0
    private var channelCount: UInt16 = 0
    private var chunkCount: UInt32 = 0
    private var metadataCount: UInt32 = 0
    private var counts = InlineArray<8, UInt64>(repeating: 0)
    /// Log time and offset of each message in the chunk at hand, by channel.
    private let entries: [EntryList] = (0..<McapIndex.maximumChannels).map { _ in EntryList() }
    private var firstTime = UInt64.max
    private var lastTime: UInt64 = 0
    private(set) var chunkStartTime = UInt64.max
    private(set) var chunkEndTime: UInt64 = 0

    /// The most channels that one of our recordings has.
    static let maximumChannels = 8

    private final class EntryList {
        var bytes = ByteBuffer(capacity: 4096)
    }

    /// The id of the next schema.
    mutating func addSchema() -> UInt16 {
        schemaCount += 1
        return schemaCount
    }

    /// The id of the next channel.
    mutating func addChannel() -> UInt16 {
        precondition(Int(channelCount) < Self.maximumChannels, "more channels than there is room for")
        channelCount += 1
        return channelCount
    }

    mutating func addMetadata(_ name: String, offset: UInt64, length: UInt64) {
        metadataCount += 1
        let start = metadata.beginRecord(.metadataIndex)
        metadata.append(u64: offset)
        metadata.append(u64: length)
        metadata.append(prefixed: name)
        metadata.endRecord(start)
    }

    /// Notes a message that begins at `offset` in the chunk's records.
    mutating func addMessage(channel: UInt16, logTime: UInt64, offset: UInt64) {
        let place = Int(channel) - 1
        counts[place] += 1
        entries[place].bytes.append(u64: logTime)
        entries[place].bytes.append(u64: offset)
        chunkStartTime = min(chunkStartTime, logTime)
        chunkEndTime = max(chunkEndTime, logTime)
    }

    /// Notes a chunk that has been written, and appends its message indexes, which go to `indexesAt`, to `out`.
    mutating func endChunk(
        offset: UInt64, length: UInt64, compression: String, compressed: UInt64, uncompressed: UInt64,
        indexesAt: UInt64, into out: inout ByteBuffer
    ) {
        chunkCount += 1
        firstTime = min(firstTime, chunkStartTime)
        lastTime = max(lastTime, chunkEndTime)
        let start = chunks.beginRecord(.chunkIndex)
        chunks.append(u64: chunkStartTime)
        chunks.append(u64: chunkEndTime)
        chunks.append(u64: offset)
        chunks.append(u64: length)
        let offsets = chunks.count
        chunks.append(u32: 0)
        for place in 0..<Int(channelCount) where entries[place].bytes.count > 0 {
            chunks.append(u16: UInt16(place + 1))
            chunks.append(u64: indexesAt + UInt64(out.count))
            let record = out.beginRecord(.messageIndex)
            out.append(u16: UInt16(place + 1))
            out.append(prefixed: entries[place].bytes.contents)
            out.endRecord(record)
            entries[place].bytes.removeAll()
        }
        chunks.set(u32: UInt32(chunks.count - offsets - 4), at: offsets)
        chunks.append(u64: UInt64(out.count))
        chunks.append(prefixed: compression)
        chunks.append(u64: compressed)
        chunks.append(u64: uncompressed)
        chunks.endRecord(start)
        (chunkStartTime, chunkEndTime) = (.max, 0)
    }

    /// Appends the summary, which begins at `position` of the file, to the empty `out`; where in it the offsets begin.
    mutating func appendSummary(at position: UInt64, to out: inout ByteBuffer) -> UInt64 {
        var offsets = ByteBuffer()
        func group(_ opcode: McapOpcode, from start: Int, _ out: borrowing ByteBuffer, _ offsets: inout ByteBuffer) {
            guard out.count > start else { return }
            let record = offsets.beginRecord(.summaryOffset)
            offsets.append(opcode.rawValue)
            offsets.append(u64: position + UInt64(start))
            offsets.append(u64: UInt64(out.count - start))
            offsets.endRecord(record)
        }
        var start = out.count
        out.append(schemas.contents)
        group(.schema, from: start, out, &offsets)
        start = out.count
        out.append(channels.contents)
        group(.channel, from: start, out, &offsets)
        start = out.count
        appendStatistics(to: &out)
        group(.statistics, from: start, out, &offsets)
        start = out.count
        out.append(chunks.contents)
        group(.chunkIndex, from: start, out, &offsets)
        start = out.count
        out.append(metadata.contents)
        group(.metadataIndex, from: start, out, &offsets)
        let begin = UInt64(out.count)
        out.append(offsets.contents)
        return begin
    }

    private func appendStatistics(to out: inout ByteBuffer) {
        var messages: UInt64 = 0
        for place in 0..<Int(channelCount) { messages += counts[place] }
        let start = out.beginRecord(.statistics)
        out.append(u64: messages)
        out.append(u16: schemaCount)
        out.append(u32: UInt32(channelCount))
        out.append(u32: 0)
        out.append(u32: metadataCount)
        out.append(u32: chunkCount)
        out.append(u64: messages == 0 ? 0 : firstTime)
        out.append(u64: lastTime)
        out.append(u32: UInt32(channelCount) * 10)
        for place in 0..<Int(channelCount) {
            out.append(u16: UInt16(place + 1))
            out.append(u64: counts[place])
        }
        out.endRecord(start)
    }
}
