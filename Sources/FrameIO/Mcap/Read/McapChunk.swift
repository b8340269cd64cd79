/// The head of a chunk record, and its records as they are stored.
struct McapChunk {
    let startTime: UInt64
    let endTime: UInt64
    let uncompressedSize: UInt64
    /// CRC-32 of the uncompressed records; 0 where there is none.
    let checksum: UInt32
    /// The compression's name.
    let compression: UnsafeBufferPointer<UInt8>
    let records: UnsafeBufferPointer<UInt8>

    /// Reads a chunk record's body; nil where its fields contradict each other.
    init?(_ body: UnsafeBufferPointer<UInt8>) {
        var cursor = ByteCursor(body)
        startTime = cursor.u64()
        endTime = cursor.u64()
        uncompressedSize = cursor.u64()
        checksum = cursor.u32()
        compression = cursor.prefixed()
        let size = cursor.u64()
        guard cursor.isValid, size == UInt64(cursor.left) else { return nil }
        records = cursor.rest()
    }

    /// Bytes of a chunk record, opcode and all, that `isPlausible` looks at.
    static let confirmingBytes = McapFormat.recordHead + McapFormat.chunkHead + 4

    /// Whether `bytes`, of which there are at least `confirmingBytes`, begin like a chunk record: the two lengths agree,
    /// the compression is one that exists, and time runs forward. `left` bounds its size where that is known.
    static func isPlausible(_ bytes: UnsafeBufferPointer<UInt8>, left: Int?) -> Bool {
        var cursor = ByteCursor(bytes)
        guard cursor.u8() == McapOpcode.chunk.rawValue else { return false }
        let length = cursor.u64()
        let start = cursor.u64()
        let end = cursor.u64()
        _ = cursor.u64()
        _ = cursor.u32()
        let name = cursor.u32()
        guard name <= 4, McapCompression(cursor.take(Int(name))) != nil else { return false }
        let size = cursor.u64()
        guard cursor.isValid, start <= end, size <= UInt64(McapRecordReader.maximumRecord) else { return false }
        guard length == UInt64(McapFormat.chunkHead) + UInt64(name) + size else { return false }
        guard let left else { return true }
        return length <= UInt64(max(0, left - McapFormat.recordHead))
    }
}
