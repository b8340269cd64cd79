internal import CCompression

/// Compresses chunks by liblz4 and libzstd. Keeps their state and one buffer, so that it allocates only for a chunk
/// larger than any before.
struct ChunkCompressor: ~Copyable {
    let compression: McapCompression
    private let zstd: OpaquePointer?
    private var buffer = ByteBuffer()

    /// zstd's fastest ordinary level: chunks are written while frames wait.
    private static let level: Int32 = 1

    init(_ compression: McapCompression) throws(FrameIOError) {
        self.compression = compression
        guard compression == .zstd else {
            zstd = nil
            return
        }
        guard let context = CodecScope.run({ ZSTD_createCCtx() }) else {
            throw .unsupported("libzstd cannot make a compressor: out of memory")
        }
        zstd = context
    }

    deinit { if let zstd { ZSTD_freeCCtx(zstd) } }

    /// The records as they are stored. Valid until the next call and as long as `records` are.
    mutating func compress(_ records: UnsafeRawBufferPointer) throws(FrameIOError) -> UnsafeRawBufferPointer {
        let bound: Int
        switch compression {
        case .none: return records
        case .lz4: bound = LZ4F_compressFrameBound(records.count, nil)
        case .zstd: bound = ZSTD_compressBound(records.count)
        }
        buffer.removeAll()
        buffer.reserve(bound)
        let (target, capacity) = (buffer.base, buffer.capacity)
        let size = CodecScope.run {
            guard let zstd else {
                return LZ4F_compressFrame(target, capacity, records.baseAddress, records.count, nil)
            }
            return ZSTD_compressCCtx(zstd, target, capacity, records.baseAddress, records.count, Self.level)
        }
        guard zstd == nil ? LZ4F_isError(size) == 0 : ZSTD_isError(size) == 0 else {
            throw .unsupported("a chunk of \(records.count) bytes cannot be compressed by \(compression.name)")
        }
        buffer.setCount(size)
        return buffer.contents
    }
}
