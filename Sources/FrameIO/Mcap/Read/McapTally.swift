/// What a recording holds beside its messages: counted as it is read.
struct McapTally {
    var chunks = 0
    /// Chunks by compression: none, lz4, zstd.
    var chunksByCompression: (none: Int, lz4: Int, zstd: Int) = (0, 0, 0)
    var compressedBytes: UInt64 = 0
    var uncompressedBytes: UInt64 = 0
    var chunksWithChecksum = 0
    var attachments = 0
    var metadata = 0
    var chunkIndexes = 0
    var statistics = 0
    var unknownRecords = 0
    var hasDataEnd = false
    /// The data section's checksum: nil where none is given, else whether it holds.
    var dataChecksumHolds: Bool?
    var hasFooter = false
    /// Where the footer says that the summary begins; 0 without one.
    var summaryStart: UInt64 = 0

    mutating func took(_ chunk: McapChunk) {
        chunks += 1
        compressedBytes += UInt64(chunk.records.count)
        uncompressedBytes += chunk.uncompressedSize
        if chunk.checksum != 0 { chunksWithChecksum += 1 }
        switch McapCompression(chunk.compression) {
        case .none?: chunksByCompression.none += 1
        case .lz4?: chunksByCompression.lz4 += 1
        case .zstd?: chunksByCompression.zstd += 1
        case nil: break
        }
    }

    /// Takes a record of another kind. `checksum` is that of all bytes in front of it, 0 where it was not computed.
    mutating func take(_ record: McapRecord, checksum: UInt32) {
        var cursor = ByteCursor(record.body)
        switch record.kind {
        case .attachment?: attachments += 1
        case .metadata?: metadata += 1
        case .chunkIndex?: chunkIndexes += 1
        case .statistics?: statistics += 1
        case .dataEnd?:
            hasDataEnd = true
            let expected = cursor.u32()
            if expected != 0, checksum != 0 { dataChecksumHolds = expected == checksum }
        case .footer?:
            hasFooter = true
            summaryStart = cursor.u64()
        default: break
        }
    }
}
