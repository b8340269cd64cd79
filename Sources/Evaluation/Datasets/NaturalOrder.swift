/// Order of names as people number them: runs of digits compare as numbers, so that 2 precedes 10.
enum NaturalOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        let a = Array(left.utf8), b = Array(right.utf8)
        var i = 0, j = 0
        while i < a.count && j < b.count {
            if isDigit(a[i]) && isDigit(b[j]) {
                let first = number(a, &i), second = number(b, &j)
                // Without leading zeros the longer number is the greater one.
                if first.count != second.count { return first.count < second.count }
                if let place = first.indices.first(where: { first[$0] != second[$0] }) {
                    return first[place] < second[place]
                }
            } else {
                if a[i] != b[j] { return a[i] < b[j] }
                i += 1
                j += 1
            }
        }
        if a.count - i != b.count - j { return a.count - i < b.count - j }
        return left < right
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    /// The digits at `index` without leading zeros; moves past them.
    private static func number(_ text: [UInt8], _ index: inout Int) -> [UInt8] {
        let begin = index
        while index < text.count && isDigit(text[index]) { index += 1 }
        return Array(text[begin..<index].drop { $0 == 48 })
    }
}
