/// Numbers as text, written without a `String` and without allocation once the buffer has grown.
extension ByteBuffer {
    /// Appends `value` in decimal, with leading zeros up to `minimumDigits`.
    mutating func append(decimal value: UInt64, minimumDigits: Int = 1) {
        var digits = 1
        var limit = value / 10
        while limit > 0 {
            digits += 1
            limit /= 10
        }
        let length = max(digits, minimumDigits)
        reserve(count + length)
        var rest = value
        var index = count + length - 1
        while index >= count {
            start[index] = 0x30 + UInt8(rest % 10)
            rest /= 10
            index -= 1
        }
        setCount(count + length)
    }

    /// Appends `value` in decimal.
    mutating func append(decimal value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: value.magnitude)
    }

    /// Appends `value` in decimal.
    mutating func append(decimal value: Int) { append(decimal: Int64(value)) }

    /// Appends nanoseconds as microseconds with three decimals: exact, no floating point.
    mutating func append(microsecondsOf nanoseconds: Int64) { append(nanoseconds, decimals: 3) }

    /// Appends nanoseconds as milliseconds with six decimals.
    mutating func append(millisecondsOf nanoseconds: Int64) { append(nanoseconds, decimals: 6) }

    private mutating func append(_ value: Int64, decimals: Int) {
        var unit: UInt64 = 1
        for _ in 0..<decimals { unit *= 10 }
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: value.magnitude / unit)
        append(UInt8(ascii: "."))
        append(decimal: value.magnitude % unit, minimumDigits: decimals)
    }

    /// Appends `value` with up to nine significant digits (enough for a Float to be read back unchanged), trailing
    /// zeros left out; values of very large or small magnitude with an exponent. NaN and infinities are `null`.
    mutating func append(number value: Double) {
        guard value.isFinite else {
            append("null")
            return
        }
        if value < 0 || (value == 0 && value.sign == .minus) { append(UInt8(ascii: "-")) }
        if value == 0 {
            append(UInt8(ascii: "0"))
            return
        }
        let (digits, exponent) = Self.nineDigits(abs(value))
        if -6 <= exponent, exponent < 9 {
            appendPositional(digits, exponent)
        } else {
            appendPositional(digits, 0)
            append(UInt8(ascii: "e"))
            append(decimal: exponent)
        }
    }

    /// `value` as `digits` (100,000,000...999,999,999) times 10^(exponent - 8), rounded.
    private static func nineDigits(_ value: Double) -> (digits: UInt64, exponent: Int) {
        var scaled = value
        var exponent = 8
        // Large steps first; each multiplication by a power of ten costs at most half a unit in the last place.
        while scaled >= 1e17 { (scaled, exponent) = (scaled / 1e8, exponent + 8) }
        while scaled >= 1e9 { (scaled, exponent) = (scaled / 10, exponent + 1) }
        while scaled < 1 { (scaled, exponent) = (scaled * 1e8, exponent - 8) }
        while scaled < 1e8 { (scaled, exponent) = (scaled * 10, exponent - 1) }
        let digits = UInt64(scaled.rounded())
        return digits >= 1_000_000_000 ? (100_000_000, exponent + 1) : (digits, exponent)
    }

    /// Nine digits with the point behind the first `exponent + 1`, trailing zeros of the fraction left out.
    private mutating func appendPositional(_ digits: UInt64, _ exponent: Int) {
        var fractionDigits = 8 - exponent
        var value = digits
        while fractionDigits > 0, value % 10 == 0 {
            value /= 10
            fractionDigits -= 1
        }
        var unit: UInt64 = 1
        for _ in 0..<fractionDigits { unit *= 10 }
        append(decimal: value / unit)
        guard fractionDigits > 0 else { return }
        append(UInt8(ascii: "."))
        append(decimal: value % unit, minimumDigits: fractionDigits)
    }

    /// Appends UTF-8 text as the inside of a JSON string: quotes, backslashes and control characters escaped.
    mutating func append(jsonEscaped text: UnsafeBufferPointer<UInt8>) {
        for byte in text {
            switch byte {
            case 0x22: append("\\\"")
            case 0x5C: append("\\\\")
            case 0x00...0x1F:
                append("\\u00")
                append(Self.hexDigit(byte >> 4))
                append(Self.hexDigit(byte & 15))
            default: append(byte)
            }
        }
    }

    static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
