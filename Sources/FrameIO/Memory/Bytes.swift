import Glibc

/// Searches in byte buffers, by libc's vectorised routines.
enum Bytes {
    /// Index of the first `byte` at or behind `from`, or nil.
    static func index(of byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
        guard let base = bytes.baseAddress, from < bytes.count else { return nil }
        guard let found = memchr(base + from, Int32(byte), bytes.count - from) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Index of the first occurrence of `pattern` at or behind `from`, or nil.
    static func index(
        of pattern: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from: Int
    ) -> Int? {
        guard let base = bytes.baseAddress, let wanted = pattern.baseAddress else { return nil }
        let searched = UnsafeBufferPointer(start: base, count: max(0, bytes.count - pattern.count + 1))
        var start = from
        while let found = index(of: wanted[0], in: searched, from: start) {
            if memcmp(base + found, wanted, pattern.count) == 0 { return found }
            start = found + 1
        }
        return nil
    }

    /// Index of the first occurrence of `pattern` at or behind `from`, or nil.
    static func index(of pattern: StaticString, in bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
        let wanted = UnsafeBufferPointer(start: pattern.utf8Start, count: pattern.utf8CodeUnitCount)
        return index(of: wanted, in: bytes, from: from)
    }

    /// Whether two texts have the same bytes.
    static func areEqual(_ a: StaticString, _ b: StaticString) -> Bool {
        a.utf8CodeUnitCount == b.utf8CodeUnitCount && memcmp(a.utf8Start, b.utf8Start, a.utf8CodeUnitCount) == 0
    }

    /// Whether `bytes` begins with `text` at `offset`, ASCII letters compared without case.
    static func hasPrefix(_ text: StaticString, in bytes: UnsafeBufferPointer<UInt8>, at offset: Int = 0) -> Bool {
        guard bytes.count - offset >= text.utf8CodeUnitCount else { return false }
        for i in 0..<text.utf8CodeUnitCount where lowercase(bytes[offset + i]) != lowercase(text.utf8Start[i]) {
            return false
        }
        return true
    }

    /// The big-endian 32-bit number at `offset`.
    static func bigEndian32(_ bytes: UnsafePointer<UInt8>, _ offset: Int) -> Int {
        Int(bytes[offset]) << 24 | Int(bytes[offset + 1]) << 16 | Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }
}
