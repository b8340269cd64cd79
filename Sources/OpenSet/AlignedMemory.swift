/// Zeroed memory at a 64-byte boundary, freed with its owner.
struct AlignedMemory: ~Copyable {
    let bytes: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = max(byteCount, 64)
        bytes = .allocate(byteCount: self.byteCount, alignment: 64)
        bytes.initializeMemory(as: UInt8.self, repeating: 0, count: self.byteCount)
    }

    deinit { bytes.deallocate() }

    /// `count` rounded up to the next multiple of 64.
    static func rounded(_ count: Int) -> Int { (count + 63) / 64 * 64 }
}
