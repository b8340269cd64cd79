internal import CCompression

/// Why the records of a chunk cannot be had.
enum ChunkFailure: Error {
    /// The compressed data is damaged, or makes less or more than the chunk says.
    case damagedData
    /// The records do not have the checksum that the chunk names.
    case wrongChecksum
    /// A compression that is not known.
    case unknownCompression
}

/// Uncompresses chunks by liblz4 and libzstd and checks their CRC.
///
/// Keeps the codecs' state and one buffer, which grows to the largest chunk and never beyond what the compressed bytes
/// can make, whatever sizes a damaged file claims.
struct ChunkDecompressor: ~Copyable {
    private let lz4: OpaquePointer
    private let zstd: OpaquePointer
    private var buffer = ByteBuffer()

    /// Largest chunk, uncompressed.
    static let maximumSize = 1 << 30

    init() throws(FrameIOError) {
        var lz4: OpaquePointer?
        let failed = CodecScope.run { LZ4F_isError(LZ4F_createDecompressionContext(&lz4, UInt32(LZ4F_VERSION))) }
        guard failed == 0, let lz4 else { throw .unsupported("liblz4 cannot make a decompressor: out of memory") }
        guard let zstd = CodecScope.run({ ZSTD_createDCtx() }) else {
            LZ4F_freeDecompressionContext(lz4)
            throw .unsupported("libzstd cannot make a decompressor: out of memory")
        }
        self.lz4 = lz4
        self.zstd = zstd
    }

    deinit {
        LZ4F_freeDecompressionContext(lz4)
        ZSTD_freeDCtx(zstd)
    }

    /// Memory that the buffer takes.
    var capacity: Int { buffer.capacity }

    /// The records of `chunk`: in the chunk itself where it is not compressed, else in this value's buffer until the
    /// next call.
    mutating func records(of chunk: McapChunk) throws(ChunkFailure) -> UnsafeBufferPointer<UInt8> {
        guard let compression = McapCompression(chunk.compression) else { throw .unknownCompression }
        let records: UnsafeBufferPointer<UInt8>
        if compression == .none {
            records = chunk.records
            guard chunk.uncompressedSize == UInt64(records.count) else { throw .damagedData }
        } else {
            try uncompress(chunk, compression)
            records = buffer.bytes
        }
        guard chunk.checksum == 0 || Checksum.crc(of: records) == chunk.checksum else { throw .wrongChecksum }
        return records
    }

    private mutating func uncompress(_ chunk: McapChunk, _ compression: McapCompression) throws(ChunkFailure) {
        buffer.removeAll()
        let possible =
            compression == .zstd ? ZstdBound.bytes(chunk.records) : chunk.records.count * Self.largestLz4Ratio
        guard let possible, chunk.uncompressedSize <= UInt64(min(possible, Self.maximumSize)) else {
            throw .damagedData
        }
        let size = Int(chunk.uncompressedSize)
        buffer.reserve(size)
        let whole = compression == .zstd ? runZstd(chunk.records, size) : runLz4(chunk.records, size)
        guard whole else { throw .damagedData }
        buffer.setCount(size)
    }

    /// A byte of LZ4 adds at most 255 to the length of a match.
    private static let largestLz4Ratio = 255

    private func runZstd(_ source: UnsafeBufferPointer<UInt8>, _ size: Int) -> Bool {
        let made = CodecScope.run { ZSTD_decompressDCtx(zstd, buffer.base, size, source.baseAddress, source.count) }
        return ZSTD_isError(made) == 0 && made == size
    }

    private func runLz4(_ source: UnsafeBufferPointer<UInt8>, _ size: Int) -> Bool {
        guard let input = source.baseAddress else { return size == 0 }
        // A chunk that was damaged may have left the context inside a frame.
        LZ4F_resetDecompressionContext(lz4)
        var read = 0
        var made = 0
        while read < source.count {
            var taken = source.count - read
            var given = size - made
            let hint = CodecScope.run { LZ4F_decompress(lz4, buffer.base + made, &given, input + read, &taken, nil) }
            guard LZ4F_isError(hint) == 0 else { return false }
            read += taken
            made += given
            if hint == 0 { return made == size }
            // Without progress the output is full and the frame is not at its end.
            if taken == 0 && given == 0 { return false }
        }
        return false
    }
}

/// CRC-32 as MCAP, zlib and PNG compute it.
enum Checksum {
    /// The checksum of `bytes`, or of `bytes` behind others that have `previous`.
    static func crc(of bytes: UnsafeBufferPointer<UInt8>, after previous: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return previous }
        var value = UInt(previous)
        var offset = 0
        while offset < bytes.count {
            let step = min(bytes.count - offset, 1 << 30)
            value = crc32(value, base + offset, UInt32(step))
            offset += step
        }
        return UInt32(truncatingIfNeeded: value)
    }
}
