internal import ModelGraph

extension OperatorTable {
    /// Operators with learnt parameters per channel.
    static let convolution: [String: OperatorEntry] = [
        "Conv": OperatorEntry(since: 1, inputs: 2...3, read: conv),
        "BatchNormalization": OperatorEntry(since: 6, inputs: 5...5, outputs: 1...5, read: batchNormalization),
        // Before opset 7 a slope of one axis meant channels.
        "PRelu": OperatorEntry(since: 7, inputs: 2...2, .parametricRelu),
    ]

    private static let conv: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        let convolution = Convolution(
            kernel: try node.attributes.integers("kernel_shape") ?? [],
            strides: try node.attributes.integers("strides") ?? [],
            dilations: try node.attributes.integers("dilations") ?? [],
            padding: try node.padding(),
            groups: try node.attributes.integer("group", default: 1))
        return .operation(.convolution(convolution))
    }

    private static let batchNormalization: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        node.attributes.ignore("momentum")
        let epsilon = try node.attributes.float("epsilon", default: 1e-5)
        var trains = try node.attributes.flag("training_mode")
        if node.opset < 7 { trains = try !node.attributes.flag("is_test") }
        guard !trains, node.outputs.count == 1 else {
            throw node.error("the node trains (it updates mean and variance)", remedy: "export the model for inference")
        }
        if node.opset < 9, try !node.attributes.flag("spatial", default: true) {
            throw node.error("statistics per position are not supported")
        }
        return .operation(.batchNormalization(epsilon: epsilon))
    }
}

extension NodeReader {
    /// `auto_pad` and `pads`.
    mutating func padding() throws(OnnxImportError) -> Padding {
        let pads = try attributes.integers("pads")
        let automatic = try attributes.choice("auto_pad", default: AutomaticPadding.none)
        guard automatic == .none || pads?.contains(where: { $0 != 0 }) != true else {
            throw error("both 'pads' and 'auto_pad' are given")
        }
        switch automatic {
        case .sameUpper: return .sameUpper
        case .sameLower: return .sameLower
        case .valid: return .valid
        case .none:
            let pads = pads ?? []
            guard pads.count.isMultiple(of: 2) else {
                throw error("'pads' has \(pads.count) numbers, where each axis needs a begin and an end")
            }
            return .explicit(begin: Array(pads.prefix(pads.count / 2)), end: Array(pads.suffix(pads.count / 2)))
        }
    }
}

private enum AutomaticPadding: String {
    case none = "NOTSET"
    case sameUpper = "SAME_UPPER"
    case sameLower = "SAME_LOWER"
    case valid = "VALID"
}
