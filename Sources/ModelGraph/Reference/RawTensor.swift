/// A tensor in memory that somebody else owns: row-major, dense, aligned for its element type.
public struct RawTensor {
    /// Element type. Bool elements are bytes; any byte that is not 0 is true.
    public var type: DataType
    /// Extents, outermost first.
    public var dimensions: [Int]
    /// The first element.
    public var bytes: UnsafeRawPointer

    /// A view of `bytes`, which must hold the product of `dimensions` elements while the view is used.
    public init(type: DataType, dimensions: [Int], bytes: UnsafeRawPointer) {
        self.type = type
        self.dimensions = dimensions
        self.bytes = bytes
    }

    /// Number of elements.
    public var count: Int { dimensions.reduce(1, *) }

    func pointer<Element>(to _: Element.Type) -> UnsafePointer<Element> {
        bytes.assumingMemoryBound(to: Element.self)
    }

    /// The elements of an int64 or int32 tensor.
    var integers: [Int] {
        integerElements(of: UnsafeRawBufferPointer(start: bytes, count: count * type.byteCount), type: type)
    }

    /// The elements of a float64 or float32 tensor.
    var reals: [Double] {
        realElements(of: UnsafeRawBufferPointer(start: bytes, count: count * type.byteCount), type: type)
    }
}

/// A tensor that an evaluator fills; see `RawTensor`.
public struct MutableRawTensor {
    /// Element type.
    public var type: DataType
    /// Extents, outermost first.
    public var dimensions: [Int]
    /// The first element.
    public var bytes: UnsafeMutableRawPointer

    /// A view of `bytes`, which must have room for the product of `dimensions` elements while the view is used.
    public init(type: DataType, dimensions: [Int], bytes: UnsafeMutableRawPointer) {
        self.type = type
        self.dimensions = dimensions
        self.bytes = bytes
    }

    /// Number of elements.
    public var count: Int { dimensions.reduce(1, *) }

    func pointer<Element>(to _: Element.Type) -> UnsafeMutablePointer<Element> {
        bytes.assumingMemoryBound(to: Element.self)
    }
}
