/// Names of all frames of a source in one block of memory, so that the frame path can use them without a `String`.
///
/// Written once when the source opens; read by any thread afterwards.
public final class NameTable: @unchecked Sendable {
    // Invariant: filled by `init`, never changed afterwards. Each name is followed by a NUL, for system calls.
    private let storage: UnsafeMutablePointer<UInt8>
    private let offsets: UnsafeMutablePointer<Int>

    /// Number of names.
    public let count: Int

    /// Copies `names`. Allocates twice.
    public init(_ names: [String]) {
        count = names.count
        let total = names.reduce(0) { $0 + $1.utf8.count + 1 }
        storage = .allocate(capacity: max(1, total))
        offsets = .allocate(capacity: names.count + 1)
        var offset = 0
        for (index, name) in names.enumerated() {
            offsets[index] = offset
            for byte in name.utf8 {
                storage[offset] = byte
                offset += 1
            }
            storage[offset] = 0
            offset += 1
        }
        offsets[names.count] = offset
    }

    deinit {
        storage.deallocate()
        offsets.deallocate()
    }

    /// The UTF-8 bytes of name `index` without terminator. Valid as long as the table lives.
    public func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        precondition(index >= 0 && index < count, "no such name")
        return UnsafeBufferPointer(start: storage + offsets[index], count: offsets[index + 1] - offsets[index] - 1)
    }

    /// Name `index` as a string. Allocates.
    public func string(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

    /// Name `index` NUL-terminated. Valid as long as the table lives.
    func cString(_ index: Int) -> UnsafePointer<CChar> {
        precondition(index >= 0 && index < count, "no such name")
        return UnsafeRawPointer(storage + offsets[index]).assumingMemoryBound(to: CChar.self)
    }
}
