internal import ModelGraph

extension OperatorTable {
    /// Elementwise operators of one tensor.
    static let unary: [String: OperatorEntry] = [
        "Abs": OperatorEntry(since: 6, inputs: 1...1, .unary(.abs)),
        "Ceil": OperatorEntry(since: 6, inputs: 1...1, .unary(.ceil)),
        "Erf": OperatorEntry(since: 9, inputs: 1...1, .unary(.erf)),
        "Exp": OperatorEntry(since: 6, inputs: 1...1, .unary(.exp)),
        "Floor": OperatorEntry(since: 6, inputs: 1...1, .unary(.floor)),
        "Identity": OperatorEntry(since: 1, inputs: 1...1, .identity),
        "Log": OperatorEntry(since: 6, inputs: 1...1, .unary(.log)),
        "Neg": OperatorEntry(since: 6, inputs: 1...1, .unary(.neg)),
        "Not": OperatorEntry(since: 1, inputs: 1...1, .unary(.not)),
        "Reciprocal": OperatorEntry(since: 6, inputs: 1...1, .unary(.reciprocal)),
        "Relu": OperatorEntry(since: 6, inputs: 1...1, .unary(.relu)),
        "Round": OperatorEntry(since: 11, inputs: 1...1, .unary(.round)),
        "Sigmoid": OperatorEntry(since: 6, inputs: 1...1, .unary(.sigmoid)),
        "Sign": OperatorEntry(since: 9, inputs: 1...1, .unary(.sign)),
        "Softplus": OperatorEntry(since: 1, inputs: 1...1, .unary(.softplus)),
        "Sqrt": OperatorEntry(since: 6, inputs: 1...1, .unary(.sqrt)),
        "Tanh": OperatorEntry(since: 6, inputs: 1...1, .unary(.tanh)),
        "Cast": OperatorEntry(since: 6, inputs: 1...1, read: cast),
        "Clip": OperatorEntry(since: 6, inputs: 1...3, read: clip),
        "Dropout": OperatorEntry(since: 6, inputs: 1...3, outputs: 1...2, read: dropout),
        "LeakyRelu": OperatorEntry(since: 6, inputs: 1...1, read: leakyRelu),
    ]

    private static let leakyRelu: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        .operation(.channelAffine(.leakyRelu(alpha: try node.attributes.float("alpha", default: 0.01))))
    }

    /// Bounds are inputs since opset 11.
    private static let clip: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        for (position, name) in [(1, "min"), (2, "max")] where node.opset < 11 {
            if let bound = try node.attributes.float(name) { node.setInput(position, to: HostTensor(scalar: bound)) }
        }
        return .operation(.clip)
    }

    private static let cast: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        guard let number = try node.attributes.integer("to") else { throw node.error("the attribute 'to' is missing") }
        // Both speak of 8-bit floats only.
        node.attributes.ignore("saturate", "round_mode")
        let name = ElementType.name(ofNumber: Int32(clamping: number))
        guard let target = Onnx_TensorProto.DataType(rawValue: number).flatMap(ElementType.init),
            case .plain(let type) = target
        else {
            throw node.error("casts to \(name) are not supported", remedy: Remedy.float32)
        }
        return .operation(.cast(to: type))
    }

    /// At inference the identity; the mask, where it is asked for, is all true.
    private static let dropout: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        node.attributes.ignore("ratio", "seed")
        let trains: Bool
        if node.opset < 7 {
            trains = try !node.attributes.flag("is_test")
        } else if node.hasInput(2) {
            trains = node.constant(2)?.elements(as: Bool.self) != [false]
        } else {
            trains = false
        }
        guard !trains else {
            throw node.error("the node trains, or may", remedy: "export the model for inference")
        }
        let mask: [Operation] = [.shape(start: 0, end: nil), .constantOfShape(value: HostTensor(scalar: true))]
        return .chains(node.outputs.count > 1 ? [[.identity], mask] : [[.identity]])
    }
}
