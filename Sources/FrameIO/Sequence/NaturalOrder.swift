/// The order in which people number files: runs of digits compare as numbers, all else byte by byte.
enum NaturalOrder {
    /// Whether `a` comes before `b`. A total order: names that differ only in leading zeros compare as text at the end.
    static func precedes(_ a: String, _ b: String) -> Bool {
        let left = Array(a.utf8)
        let right = Array(b.utf8)
        var i = 0
        var j = 0
        while i < left.count, j < right.count {
            if isDigit(left[i]), isDigit(right[j]) {
                let first = number(left, &i)
                let second = number(right, &j)
                if first.count != second.count { return first.count < second.count }
                if first != second { return first.lexicographicallyPrecedes(second) }
            } else {
                if left[i] != right[j] { return left[i] < right[j] }
                i += 1
                j += 1
            }
        }
        let leftRest = left.count - i
        let rightRest = right.count - j
        if leftRest != rightRest { return leftRest < rightRest }
        return left.lexicographicallyPrecedes(right)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

    /// The digits at `index` without leading zeros, of any length.
    private static func number(_ text: [UInt8], _ index: inout Int) -> ArraySlice<UInt8> {
        while index < text.count - 1, text[index] == 0x30, isDigit(text[index + 1]) { index += 1 }
        let start = index
        while index < text.count, isDigit(text[index]) { index += 1 }
        return text[start..<index]
    }
}
