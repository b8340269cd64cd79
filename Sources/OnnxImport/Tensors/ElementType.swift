internal import ModelGraph

/// How the elements of a stored tensor are encoded, and what they become.
enum ElementType: Hashable {
    /// Stored as the graph keeps it.
    case plain(DataType)
    /// 16-bit floats, widened to float32: the graph has no 16-bit float.
    case half, brainHalf

    /// The element type in the graph.
    var dataType: DataType {
        switch self {
        case .plain(let type): type
        case .half, .brainHalf: .float32
        }
    }

    /// Bytes of one element in `raw_data`.
    var storedByteCount: Int {
        switch self {
        case .plain(let type): type.byteCount
        case .half, .brainHalf: 2
        }
    }

    /// nil for types that no operator here computes with.
    init?(_ type: Onnx_TensorProto.DataType) {
        switch type {
        case .float: self = .plain(.float32)
        case .double: self = .plain(.float64)
        case .int8: self = .plain(.int8)
        case .int16: self = .plain(.int16)
        case .int32: self = .plain(.int32)
        case .int64: self = .plain(.int64)
        case .uint8: self = .plain(.uint8)
        case .uint16: self = .plain(.uint16)
        case .uint32: self = .plain(.uint32)
        case .uint64: self = .plain(.uint64)
        case .bool: self = .plain(.bool)
        case .float16: self = .half
        case .bfloat16: self = .brainHalf
        default: return nil
        }
    }

    /// ONNX's name of the element type with this number, for messages.
    static func name(ofNumber number: Int32) -> String {
        guard let type = Onnx_TensorProto.DataType(rawValue: Int(number)) else { return "number \(number)" }
        return "\(type)".uppercased()
    }
}
