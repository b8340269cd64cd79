#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Zeroed memory, at least 64-byte aligned. Large blocks are pages of their own: they are resident only where they were
/// touched, and go back to the system as soon as they are freed, which the heap's do not.
public enum ZeroedMemory {
    private static let large = 1 << 16

    /// A block of `byteCount` bytes, more than 0. Traps when there is no memory.
    public static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        guard byteCount >= large else {
            let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
            block.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
            return block
        }
        let pages = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let pages, pages != MAP_FAILED else { fatalError("no memory for \(byteCount) bytes") }
        return pages
    }

    /// Frees a block of `allocate`, which had this size.
    public static func deallocate(_ block: UnsafeMutableRawPointer, byteCount: Int) {
        if byteCount >= large { munmap(block, byteCount) } else { block.deallocate() }
    }
}
