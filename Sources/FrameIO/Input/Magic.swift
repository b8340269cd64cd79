/// The bytes that a picture begins with.
struct Magic {
    private let bytes: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)
    let count: Int

    /// SOI and the first byte of the marker behind it.
    static let jpeg = Magic(bytes: (0xFF, 0xD8, 0xFF, 0, 0, 0, 0, 0), count: 3)
    static let png = Magic(bytes: (0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A), count: 8)

    /// Whether `buffer` begins with these bytes.
    func begins(_ buffer: UnsafeBufferPointer<UInt8>) -> Bool { buffer.count >= count && agrees(buffer) }

    /// Whether `buffer`, however short, agrees with these bytes as far as both go.
    func agrees(_ buffer: UnsafeBufferPointer<UInt8>) -> Bool {
        withPattern { pattern in
            for i in 0..<min(buffer.count, count) where buffer[i] != pattern[i] { return false }
            return true
        }
    }

    /// Index of the first occurrence in `buffer` at or behind `from`, or nil.
    func index(in buffer: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
        withPattern { Bytes.index(of: $0, in: buffer, from: from) }
    }

    private func withPattern<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withUnsafeBytes(of: bytes) { raw in
            raw.withMemoryRebound(to: UInt8.self) { body(UnsafeBufferPointer(rebasing: $0[..<count])) }
        }
    }
}
