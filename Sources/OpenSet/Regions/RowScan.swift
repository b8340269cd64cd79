#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Finds runs of one label in a row of an open-set map, and the largest score in a run. Whole words and vectors at a time,
/// as most of a map is not unknown.
enum RowScan {
    /// The first column from `start` on that holds `label`; nil if none does.
    static func first(_ label: UInt8, in row: UnsafePointer<UInt8>, from start: Int, width: Int) -> Int? {
        guard start < width, let hit = memchr(row + start, Int32(label), width - start) else { return nil }
        return UnsafeRawPointer(row).distance(to: UnsafeRawPointer(hit))
    }

    /// The first column from `start` on that does not hold `label`; `width` if all do.
    static func firstOther(_ label: UInt8, in row: UnsafePointer<UInt8>, from start: Int, width: Int) -> Int {
        let pattern = UInt64(label) &* 0x0101_0101_0101_0101
        var column = start
        while column + 8 <= width {
            // Columns before `width` are in the row, so the eight bytes are.
            let word = UnsafeRawPointer(row + column).loadUnaligned(as: UInt64.self).littleEndian
            let difference = word ^ pattern
            if difference != 0 { return column + difference.trailingZeroBitCount / 8 }
            column += 8
        }
        while column < width, row[column] == label { column += 1 }
        return column
    }

    /// The largest of `count` scores that is a number; minus infinity if none is.
    static func maximum(_ scores: UnsafePointer<Float>, count: Int) -> Float {
        var largest = -Float.infinity
        var index = 0
        if count >= 8 {
            var lanes = SIMD8<Float>(repeating: -.infinity)
            while index + 8 <= count {
                let next = UnsafeRawPointer(scores + index).loadUnaligned(as: SIMD8<Float>.self)
                // False where the score is not a number.
                lanes.replace(with: next, where: next .> lanes)
                index += 8
            }
            largest = lanes.max()
        }
        while index < count {
            if scores[index] > largest { largest = scores[index] }
            index += 1
        }
        return largest
    }
}
