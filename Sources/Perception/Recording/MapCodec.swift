internal import CCompression

/// LZ4 blocks of label maps, which shrink to a few percent: what makes seconds of maps fit into memory. Allocates at `init`
/// only.
final class MapCodec {
    // Invariant: one thread at a time.
    private let state: UnsafeMutableRawPointer

    init() { state = .allocate(byteCount: Int(LZ4_sizeofState()), alignment: 16) }

    deinit { state.deallocate() }

    /// The most bytes that `count` bytes can become.
    static func bound(_ count: Int) -> Int { Int(LZ4_compressBound(Int32(clamping: count))) }

    /// Packs `map` into `target`, which has room for `bound`; the bytes used.
    func pack(_ map: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) -> Int {
        Int(
            LZ4_compress_fast_extState(
                state, map.baseAddress?.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self),
                Int32(clamping: map.count), Int32(clamping: Self.bound(map.count)), 1))
    }

    /// Unpacks into exactly `count` bytes at `target`; false where the block does not hold them.
    static func unpack(_ block: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, count: Int) -> Bool {
        Int(
            LZ4_decompress_safe(
                block.baseAddress?.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self),
                Int32(clamping: block.count), Int32(clamping: count))) == count
    }
}
