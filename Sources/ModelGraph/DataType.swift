/// The element type of a tensor, named as ONNX's `TensorProto.DataType` names it.
///
/// Half-precision initialisers are widened to `float32` by the importer: there is no 16-bit float here.
public enum DataType: String, Sendable, Hashable, CaseIterable {
    case float32, float64
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case bool

    /// Size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// Whether the type is a floating-point type.
    public var isFloatingPoint: Bool { self == .float32 || self == .float64 }
}

/// A Swift type that can be an element of a `HostTensor`.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The tensor type that stores this Swift type.
    static var dataType: DataType { get }
}

extension Float: TensorElement {
    /// `DataType.float32`.
    public static var dataType: DataType { .float32 }
}
extension Double: TensorElement {
    /// `DataType.float64`.
    public static var dataType: DataType { .float64 }
}
extension Int8: TensorElement {
    /// `DataType.int8`.
    public static var dataType: DataType { .int8 }
}
extension Int16: TensorElement {
    /// `DataType.int16`.
    public static var dataType: DataType { .int16 }
}
extension Int32: TensorElement {
    /// `DataType.int32`.
    public static var dataType: DataType { .int32 }
}
extension Int64: TensorElement {
    /// `DataType.int64`.
    public static var dataType: DataType { .int64 }
}
extension UInt8: TensorElement {
    /// `DataType.uint8`.
    public static var dataType: DataType { .uint8 }
}
extension UInt16: TensorElement {
    /// `DataType.uint16`.
    public static var dataType: DataType { .uint16 }
}
extension UInt32: TensorElement {
    /// `DataType.uint32`.
    public static var dataType: DataType { .uint32 }
}
extension UInt64: TensorElement {
    /// `DataType.uint64`.
    public static var dataType: DataType { .uint64 }
}
extension Bool: TensorElement {
    /// `DataType.bool`.
    public static var dataType: DataType { .bool }
}
