#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Zeroed memory, at least 64-byte aligned. Large blocks are pages of their own: they are resident only where they were
/// touched, and go back to the system as soon as they are freed, which the heap's do not.
///
/// On Linux the largest ask for huge pages. Planes that are read a row each at a time need more small pages than a processor
/// has translations for, and how much that costs changes with how scattered the machine's memory is. Where the system has
/// none left, or none at all, they are pages like others.
public enum ZeroedMemory {
    private static let large = 1 << 16
    /// Bytes of a huge page, and how these blocks are aligned.
    private static let huge = 1 << 21

    /// A block of `byteCount` bytes, more than 0. Traps when there is no memory.
    public static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        guard byteCount >= large else {
            let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
            block.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
            return block
        }
        #if os(Linux)
            if byteCount >= huge { return hugePages(byteCount) }
        #endif
        return pages(byteCount)
    }

    /// Frees a block of `allocate`, which had this size.
    public static func deallocate(_ block: UnsafeMutableRawPointer, byteCount: Int) {
        if byteCount >= large { munmap(block, byteCount) } else { block.deallocate() }
    }

    private static func pages(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let pages = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let pages, pages != MAP_FAILED else { fatalError("no memory for \(byteCount) bytes") }
        return pages
    }

    #if os(Linux)
        /// Maps a huge page more than is needed and gives back what lies before and behind the aligned block.
        private static func hugePages(_ byteCount: Int) -> UnsafeMutableRawPointer {
            let size = Int(getpagesize())
            let whole = (byteCount + size - 1) / size * size
            let mapped = pages(whole + huge)
            let block = mapped.alignedUp(toMultipleOf: huge)
            let before = block - mapped
            if before > 0 { munmap(mapped, before) }
            if before < huge { munmap(block + whole, huge - before) }
            // Advice that is not taken changes nothing but the time.
            madvise(block, whole, MADV_HUGEPAGE)
            return block
        }
    #endif
}
