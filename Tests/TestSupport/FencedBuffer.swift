#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Elements whose last byte is the last of a readable page and whose first byte follows guard bytes: reading past the
/// end crashes, writing before the beginning is found.
public final class FencedBuffer<Element: BitwiseCopyable> {
    public let pointer: UnsafeMutablePointer<Element>
    public let count: Int
    private let mapping: UnsafeMutableRawPointer
    private let mapped: Int
    private static var guardByte: UInt8 { 0xA5 }

    public init(_ elements: [Element]) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let bytes = elements.count * MemoryLayout<Element>.stride
        let payload = (bytes + 64 + page - 1) / page * page
        mapped = payload + page
        mapping = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        mapping.initializeMemory(as: UInt8.self, repeating: Self.guardByte, count: payload)
        mprotect(mapping + payload, page, PROT_NONE)
        count = elements.count
        pointer = (mapping + payload - bytes).bindMemory(to: Element.self, capacity: max(count, 1))
        for (index, element) in elements.enumerated() { pointer[index] = element }
    }

    public convenience init(repeating element: Element, count: Int) {
        self.init([Element](repeating: element, count: count))
    }

    deinit { munmap(mapping, mapped) }

    public var elements: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Whether the bytes in front of the buffer are untouched.
    public var isIntact: Bool {
        let bytes = UnsafeRawPointer(mapping).assumingMemoryBound(to: UInt8.self)
        return (0..<UnsafeRawPointer(pointer) - UnsafeRawPointer(mapping)).allSatisfy { bytes[$0] == Self.guardByte }
    }
}
