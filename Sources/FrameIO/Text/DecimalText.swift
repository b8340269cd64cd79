/// Numbers in stream headers and timestamp files, read from bytes without allocation.
enum DecimalText {
    enum Unit {
        case seconds
        case nanoseconds
    }

    /// The non-negative decimal number at the front of `bytes` (leading blanks allowed) as nanoseconds: an integer of
    /// nanoseconds, or seconds with any number of decimals (those beyond nanoseconds are cut off). The number ends at
    /// the end of the bytes, a blank, a comma, a semicolon or a line end; nil for anything else, and beyond Int64.
    static func nanoseconds(_ bytes: UnsafeBufferPointer<UInt8>, unit: Unit) -> Int64? {
        var index = 0
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        guard let whole = digits(bytes, &index) else { return nil }
        if unit == .nanoseconds { return ends(bytes, index) ? whole : nil }
        var fraction: Int64 = 0
        if index < bytes.count, bytes[index] == 0x2E {
            index += 1
            var weight: Int64 = 100_000_000
            while index < bytes.count, 0x30...0x39 ~= bytes[index] {
                fraction += Int64(bytes[index] - 0x30) * weight
                weight /= 10
                index += 1
            }
        }
        guard ends(bytes, index) else { return nil }
        let (scaled, over) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overAgain) = scaled.addingReportingOverflow(fraction)
        return over || overAgain ? nil : sum
    }

    /// The non-negative integer at the front of `bytes`, under the same rules.
    static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        nanoseconds(bytes, unit: .nanoseconds).map { Int($0) }
    }

    private static func digits(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int64? {
        let first = index
        var value: Int64 = 0
        while index < bytes.count, 0x30...0x39 ~= bytes[index] {
            let (tens, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, overAgain) = tens.addingReportingOverflow(Int64(bytes[index] - 0x30))
            if over || overAgain { return nil }
            value = sum
            index += 1
        }
        return index > first ? value : nil
    }

    private static func ends(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        guard index < bytes.count else { return true }
        switch bytes[index] {
        case 0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x3B: return true
        default: return false
        }
    }
}
