/// Counts how often the same bytes have come in a row.
///
/// Cheap where frames differ: about a thousand words spread over the frame are compared with those of the frame before,
/// and nearly all frames differ there. Where they agree all bytes are hashed (64 bits), and equal hashes count. The first
/// frame that agrees with another has no hash to be compared with and counts by its samples alone, so that the count may
/// be too high by one. Allocates once.
struct ContentRepetition: ~Copyable {
    /// Repetitions of the latest content in a row.
    private(set) var count = 0
    private var samples = ByteBuffer(capacity: sampleCount * 8)
    private var length = -1
    /// Hash of the frame before, where it was worth one.
    private var hash: UInt64?

    private static let sampleCount = 1024

    init() {}

    /// Looks at the next frame.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        let isSameLength = bytes.count == length
        length = bytes.count
        guard compareAndKeep(bytes), isSameLength else {
            count = 0
            hash = nil
            return
        }
        let hash = Self.hash(bytes)
        // Taken on trust where there is no hash yet, and given up if the next one shows that the bytes do change.
        if let previous = self.hash, previous != hash { count = 0 } else { count += 1 }
        self.hash = hash
    }

    /// Forgets the frame before.
    mutating func reset() {
        count = 0
        length = -1
        hash = nil
    }

    /// Whether the samples are those of the frame before; keeps them.
    private mutating func compareAndKeep(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let wanted = min(Self.sampleCount * 8, bytes.count)
        samples.setCount(wanted)
        guard let base = bytes.baseAddress else { return true }
        if wanted == bytes.count {
            let isSame = samples.contents.elementsEqual(bytes)
            samples.base.copyMemory(from: base, byteCount: wanted)
            return isSame
        }
        var difference: UInt64 = 0
        let step = (bytes.count - 8) / (Self.sampleCount - 1)
        for index in 0..<Self.sampleCount {
            let word = base.loadUnaligned(fromByteOffset: index * step, as: UInt64.self)
            difference |= word ^ samples.base.load(fromByteOffset: index * 8, as: UInt64.self)
            samples.base.storeBytes(of: word, toByteOffset: index * 8, as: UInt64.self)
        }
        return difference == 0
    }

    /// Four lanes of multiply and fold, so that the loop is bound by memory and not by the multiplication's latency.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard let base = bytes.baseAddress else { return 0 }
        let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
        var lanes: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)
        func mix(_ lane: UInt64, _ word: UInt64) -> UInt64 {
            let product = (lane ^ word).multipliedFullWidth(by: prime)
            return product.high ^ product.low ^ word
        }
        var offset = 0
        while offset + 32 <= bytes.count {
            lanes.0 = mix(lanes.0, base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            lanes.1 = mix(lanes.1, base.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            lanes.2 = mix(lanes.2, base.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
            lanes.3 = mix(lanes.3, base.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
            offset += 32
        }
        while offset < bytes.count {
            lanes.0 = mix(lanes.0, UInt64(bytes[offset]))
            offset += 1
        }
        return mix(mix(lanes.0, lanes.1), mix(lanes.2, lanes.3))
    }
}
