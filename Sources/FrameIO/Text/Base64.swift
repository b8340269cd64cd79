/// Base64 (RFC 4648, with `+` and `/` or with `-` and `_`), read without allocation once the target has grown.
enum Base64 {
    /// Appends what `text` stands for to `target`; false where a character does not belong. A backslash in front of a
    /// slash, as some JSON writers put there, is passed over.
    static func decode(_ text: UnsafeBufferPointer<UInt8>, into target: inout ByteBuffer) -> Bool {
        target.reserve(target.count + text.count / 4 * 3 + 3)
        var out = target.count
        var bits: UInt32 = 0
        var held = 0
        var padding = 0
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: "\\") { continue }
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(byte) else { return false }
            bits = bits << 6 | UInt32(value)
            held += 1
            guard held == 4 else { continue }
            target.start[out] = UInt8(truncatingIfNeeded: bits >> 16)
            target.start[out + 1] = UInt8(truncatingIfNeeded: bits >> 8)
            target.start[out + 2] = UInt8(truncatingIfNeeded: bits)
            out += 3
            held = 0
        }
        // Two characters are left for one byte, three for two; a single one is none.
        guard held != 1, padding <= 2, padding == 0 || held + padding == 4 else { return false }
        if held >= 2 {
            bits <<= UInt32(6 * (4 - held))
            target.start[out] = UInt8(truncatingIfNeeded: bits >> 16)
            out += 1
        }
        if held == 3 {
            target.start[out] = UInt8(truncatingIfNeeded: bits >> 8)
            out += 1
        }
        target.setCount(out)
        return true
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
