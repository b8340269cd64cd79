internal import ModelGraph

/// What a file says of an input or output.
struct DeclaredType {
    /// nil when the file leaves it open.
    let type: DataType?
    let shape: [Dimension]?

    init(_ info: Onnx_ValueInfoProto, role: String) throws(OnnxImportError) {
        switch info.type.value {
        case nil:
            type = nil
            shape = nil
        case .tensorType(let tensor):
            type = try Self.elementType(tensor.elemType, of: info.name, role)
            shape = tensor.hasShape ? try Self.shape(tensor.shape, of: info.name, role) : nil
        default:
            throw .model(
                problem: "the \(role) \(quoted(info.name)) is not a tensor", remedy: "export it as a dense tensor")
        }
    }

    private static func elementType(
        _ number: Int32, of name: String, _ role: String
    ) throws(OnnxImportError) -> DataType? {
        guard number != 0 else { return nil }
        guard let type = Onnx_TensorProto.DataType(rawValue: Int(number)).flatMap(ElementType.init),
            case .plain(let dataType) = type
        else {
            throw .model(
                problem: "the \(role) \(quoted(name)) is of type \(ElementType.name(ofNumber: number))",
                remedy: Remedy.float32)
        }
        return dataType
    }

    private static func shape(
        _ shape: Onnx_TensorShapeProto, of name: String, _ role: String
    ) throws(OnnxImportError) -> [Dimension] {
        var dimensions: [Dimension] = []
        var product = 8
        for dimension in shape.dim {
            switch dimension.value {
            case .dimValue(let extent):
                let (bytes, overflow) = product.multipliedReportingOverflow(by: max(Int(extent), 1))
                guard extent >= 0, !overflow else {
                    throw .model(
                        problem: "the extents of the \(role) \(quoted(name)) are absurd", remedy: Remedy.export)
                }
                product = bytes
                dimensions.append(.known(Int(extent)))
            case .dimParam(let symbol):
                dimensions.append(symbol.isEmpty ? .unknown : .symbolic(symbol))
            case nil: dimensions.append(.unknown)
            }
        }
        return dimensions
    }
}
