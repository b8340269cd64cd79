/// What is known of a tensor when shapes are inferred.
public struct TensorFacts: Sendable {
    /// Element type.
    public var type: DataType
    /// Extents, outermost first.
    public var dimensions: [Int]
    /// The elements, where they are known before the network runs.
    public var constant: HostTensor?

    /// Facts of a tensor.
    public init(type: DataType, dimensions: [Int], constant: HostTensor? = nil) {
        self.type = type
        self.dimensions = dimensions
        self.constant = constant
    }

    /// Facts of a known tensor.
    public init(constant: HostTensor) {
        self.init(type: constant.type, dimensions: constant.dimensions, constant: constant)
    }
}

extension TensorFacts {
    /// The elements of a known vector (or scalar) of int64 or int32, such as a shape or a list of axes.
    func integers(_ role: String) throws(Fault) -> [Int] {
        guard type == .int64 || type == .int32, dimensions.count <= 1 else {
            throw .malformed("\(role) must be an int64 vector, not \(type.rawValue) \(Extents.describe(dimensions))")
        }
        guard let constant else { throw .undetermined("\(role) is computed while the network runs") }
        return constant.withUnsafeBytes { (bytes) -> [Int] in integerElements(of: bytes, type: constant.type) }
    }

    /// The elements of a known vector of float32 or float64.
    func reals(_ role: String) throws(Fault) -> [Double] {
        guard type.isFloatingPoint, dimensions.count <= 1 else {
            throw .malformed("\(role) must be a float vector, not \(type.rawValue) \(Extents.describe(dimensions))")
        }
        guard let constant else { throw .undetermined("\(role) is computed while the network runs") }
        return constant.withUnsafeBytes { (bytes) -> [Double] in realElements(of: bytes, type: constant.type) }
    }
}

/// `bytes` holds int64 or int32 elements, aligned for them.
func integerElements(of bytes: UnsafeRawBufferPointer, type: DataType) -> [Int] {
    type == .int64
        ? bytes.bindMemory(to: Int64.self).map { Int($0) } : bytes.bindMemory(to: Int32.self).map { Int($0) }
}

/// `bytes` holds float64 or float32 elements, aligned for them.
func realElements(of bytes: UnsafeRawBufferPointer, type: DataType) -> [Double] {
    type == .float64
        ? Array(bytes.bindMemory(to: Double.self)) : bytes.bindMemory(to: Float.self).map { Double($0) }
}

/// A node's inputs as shape inference sees them.
struct Operands {
    let facts: [TensorFacts?]

    /// Input `position`, or nil when absent.
    func optional(_ position: Int) -> TensorFacts? {
        position < facts.count ? facts[position] : nil
    }

    /// Input `position`; absent is a fault.
    func required(_ position: Int) throws(Fault) -> TensorFacts {
        guard let facts = optional(position) else { throw .malformed("input \(position) is missing") }
        return facts
    }

    /// An integer vector at `position`; nil when absent.
    func integers(_ position: Int, _ role: String) throws(Fault) -> [Int]? {
        guard let facts = optional(position) else { return nil }
        return try facts.integers(role)
    }

    /// Checks that the present inputs at `positions` have one element type.
    func requireType(_ type: DataType, at positions: [Int]) throws(Fault) {
        for position in positions {
            guard let other = optional(position), other.type != type else { continue }
            throw .mismatch(
                "input 0 is \(type.rawValue) and input \(position) is \(other.type.rawValue)",
                remedy: "insert a Cast when exporting the model")
        }
    }
}

extension DataType {
    /// A fault unless the type is float32 or float64.
    func requireFloatingPoint() throws(Fault) {
        guard isFloatingPoint else {
            throw .unsupported("element type \(rawValue)", remedy: "export the model with float32 tensors here")
        }
    }

    /// A fault when the type is bool.
    func requireNumber() throws(Fault) {
        guard self != .bool else {
            throw .unsupported("element type bool", remedy: "insert a Cast when exporting the model")
        }
    }

    /// Whether values can be negative.
    var isSigned: Bool {
        switch self {
        case .float32, .float64, .int8, .int16, .int32, .int64: true
        case .uint8, .uint16, .uint32, .uint64, .bool: false
        }
    }
}
