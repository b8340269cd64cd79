/// Owned, 64-byte aligned, reusable bytes: what encoded frames, decoded pictures and output texts live in.
///
/// A buffer grows when asked and never shrinks, so a loop that reuses it allocates only until it has seen its largest
/// content. Not safe for use by two threads at once; may be handed from thread to thread.
public struct ByteBuffer: ~Copyable, @unchecked Sendable {
    /// The alignment of `base`, enough for every vector width the kernels use.
    public static let alignment = 64

    /// First byte. Valid until the next call that grows the buffer.
    public private(set) var base: UnsafeMutableRawPointer

    /// Bytes that fit without an allocation.
    public private(set) var capacity: Int

    /// Bytes in use.
    public private(set) var count: Int

    /// Makes an empty buffer with room for `capacity` bytes. Allocates once.
    public init(capacity: Int = 0) {
        base = .allocate(byteCount: capacity, alignment: Self.alignment)
        self.capacity = capacity
        count = 0
    }

    deinit { base.deallocate() }

    /// The bytes in use. The pointer is valid until the buffer grows or ends.
    public var contents: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// The bytes in use as `UInt8`.
    public var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// First byte as `UInt8`.
    public var start: UnsafeMutablePointer<UInt8> { base.assumingMemoryBound(to: UInt8.self) }

    /// Makes room for `needed` bytes in all and keeps the contents. Allocates when `needed` exceeds `capacity`; the
    /// new capacity is then the next power of two, so that content of varying size settles after few allocations.
    public mutating func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        var larger = max(4096, capacity)
        while larger < needed { larger *= 2 }
        grow(to: larger)
    }

    /// Makes room for exactly `needed` bytes and keeps the contents; for content whose size is known and stays.
    public mutating func reserveExactly(_ needed: Int) {
        guard needed > capacity else { return }
        grow(to: needed)
    }

    /// Declares `count` bytes in use, for writers that filled memory at `base` themselves.
    public mutating func setCount(_ count: Int) {
        precondition(count >= 0 && count <= capacity, "a buffer cannot use more than it holds")
        self.count = count
    }

    /// Forgets the contents and keeps the memory.
    public mutating func removeAll() { count = 0 }

    /// Appends one byte.
    public mutating func append(_ byte: UInt8) {
        reserve(count + 1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Appends `bytes`, which must not lie in this buffer.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(count + bytes.count)
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Appends a literal without its terminator.
    public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Removes the first `length` bytes and moves the rest to the front.
    mutating func removeFirst(_ length: Int) {
        let rest = count - length
        precondition(length >= 0 && rest >= 0, "more removed than there is")
        if rest > 0 { base.copyMemory(from: base + length, byteCount: rest) }
        count = rest
    }

    private mutating func grow(to larger: Int) {
        let replacement = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: Self.alignment)
        if count > 0 { replacement.copyMemory(from: base, byteCount: count) }
        base.deallocate()
        base = replacement
        capacity = larger
    }
}
