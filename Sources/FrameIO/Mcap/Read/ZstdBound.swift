/// How much a Zstandard stream can make at most, told from the heads of its blocks without uncompressing it (RFC 8878).
///
/// A claim in a frame's head is not proof: few bytes may claim terabytes.
enum ZstdBound {
    /// The most that one block makes.
    private static let largestBlock = 128 << 10

    /// A bound on the uncompressed bytes of all frames in `bytes`; nil where they are no whole frames.
    static func bytes(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var cursor = ByteCursor(bytes)
        var total = 0
        while cursor.left > 0 {
            let magic = cursor.u32()
            if magic & 0xFFFF_FFF0 == 0x184D_2A50 {
                _ = cursor.prefixed()
            } else {
                guard magic == 0xFD2F_B528, let frame = frame(&cursor) else { return nil }
                total += frame
            }
            guard cursor.isValid else { return nil }
        }
        return total
    }

    private static func frame(_ cursor: inout ByteCursor) -> Int? {
        let descriptor = cursor.u8()
        let isSingleSegment = descriptor & 0x20 != 0
        if !isSingleSegment { _ = cursor.u8() }
        _ = cursor.take((1 << Int(descriptor & 3)) >> 1)
        switch descriptor >> 6 {
        case 0: if isSingleSegment { _ = cursor.u8() }
        case 1: _ = cursor.u16()
        case 2: _ = cursor.u32()
        default: _ = cursor.u64()
        }
        var total = 0
        var isLast = false
        while !isLast {
            let head = Int(cursor.u16()) | Int(cursor.u8()) << 16
            isLast = head & 1 == 1
            let size = head >> 3
            switch head >> 1 & 3 {
            case 0:
                _ = cursor.take(size)
                total += min(size, largestBlock)
            case 1:
                _ = cursor.u8()
                total += min(size, largestBlock)
            case 2:
                _ = cursor.take(size)
                total += largestBlock
            default: return nil
            }
            guard cursor.isValid else { return nil }
        }
        if descriptor & 4 != 0 { _ = cursor.u32() }
        return cursor.isValid ? total : nil
    }
}
