/// An immutable, dense, row-major tensor in ordinary memory: weights, constants, and the values of shape arithmetic.
///
/// Copies share storage. Not used on the frame path.
public struct HostTensor: Sendable {
    /// Element type.
    public let type: DataType
    /// Extents, outermost first. Empty for a scalar.
    public let dimensions: [Int]
    private let storage: TensorStorage

    /// Number of elements (1 for a scalar).
    public var count: Int { dimensions.reduce(1, *) }
    /// Size in bytes.
    public var byteCount: Int { count * type.byteCount }

    /// Allocates a tensor and lets `initialize` fill its bytes (which start zeroed, 64-byte aligned).
    public init<Failure: Error>(
        type: DataType, dimensions: [Int], initialize: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "negative extent")
        self.type = type
        self.dimensions = dimensions
        let bytes = dimensions.reduce(1, *) * type.byteCount
        storage = TensorStorage(byteCount: bytes)
        try initialize(UnsafeMutableRawBufferPointer(rebasing: storage.bytes[0..<bytes]))
    }

    /// Copies `elements`, whose count must be the product of `dimensions`.
    public init<Element: TensorElement>(_ elements: [Element], dimensions: [Int]) {
        precondition(elements.count == dimensions.reduce(1, *), "element count does not match dimensions")
        self.init(type: Element.dataType, dimensions: dimensions) { destination in
            elements.withUnsafeBytes { destination.copyMemory(from: $0) }
        }
    }

    /// A scalar.
    public init<Element: TensorElement>(scalar: Element) {
        self.init([scalar], dimensions: [])
    }

    /// The same elements under other extents of the same product; shares storage.
    public func reshaped(to dimensions: [Int]) -> HostTensor {
        precondition(dimensions.reduce(1, *) == count, "reshape changes the element count")
        return HostTensor(type: type, dimensions: dimensions, storage: storage)
    }

    private init(type: DataType, dimensions: [Int], storage: TensorStorage) {
        self.type = type
        self.dimensions = dimensions
        self.storage = storage
    }

    /// A zeroed tensor with the memory through which it is to be filled before anybody else sees it.
    static func unfilled(type: DataType, dimensions: [Int]) -> (tensor: HostTensor, bytes: UnsafeMutableRawPointer) {
        let bytes = dimensions.reduce(1, *) * type.byteCount
        let storage = TensorStorage(byteCount: bytes)
        return (HostTensor(type: type, dimensions: dimensions, storage: storage), storage.base)
    }

    /// The first element; valid while the tensor lives.
    var base: UnsafeRawPointer { UnsafeRawPointer(storage.base) }

    /// Whether both tensors are the same memory.
    func sharesStorage(with other: HostTensor) -> Bool { storage === other.storage }

    /// Reads the raw bytes.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage.bytes)[0..<byteCount]))
    }

    /// A copy of the elements, or nil when `Element` is not the tensor's type.
    public func elements<Element: TensorElement>(as _: Element.Type) -> [Element]? {
        guard Element.dataType == type else { return nil }
        return withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
    }
}

/// Owns 64-byte aligned memory. Written only inside `HostTensor.init`, before it is shared, hence `@unchecked Sendable`.
private final class TensorStorage: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    let base: UnsafeMutableRawPointer

    init(byteCount: Int) {
        // Never empty, so that a base address always exists.
        let size = max(byteCount, 64)
        base = ZeroedMemory.allocate(byteCount: size)
        bytes = UnsafeMutableRawBufferPointer(start: base, count: size)
    }

    deinit { ZeroedMemory.deallocate(base, byteCount: bytes.count) }
}
