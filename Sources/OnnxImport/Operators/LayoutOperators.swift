internal import ModelGraph

extension OperatorTable {
    /// Operators that move elements without computing.
    static let layout: [String: OperatorEntry] = [
        "Concat": OperatorEntry(since: 4, inputs: 1...OperatorEntry.manyEdges) { (node) throws(OnnxImportError) in
            guard let axis = try node.attributes.integer("axis") else {
                throw node.error("the attribute 'axis' is missing")
            }
            return .operation(.concat(axis: axis))
        },
        "Expand": OperatorEntry(since: 8, inputs: 2...2, .expand),
        "Flatten": OperatorEntry(since: 1, inputs: 1...1) { (node) throws(OnnxImportError) in
            .operation(.flatten(axis: try node.attributes.integer("axis", default: 1)))
        },
        "Pad": OperatorEntry(since: 2, inputs: 1...4, read: pad),
        "Reshape": OperatorEntry(since: 5, inputs: 2...2) { (node) throws(OnnxImportError) in
            .operation(.reshape(allowZero: try node.attributes.flag("allowzero")))
        },
        "Split": OperatorEntry(since: 2, inputs: 1...2, outputs: 1...OperatorEntry.manyEdges, read: split),
        "Squeeze": OperatorEntry(since: 1, inputs: 1...2) { (node) throws(OnnxImportError) in
            if node.opset < 13 { try node.moveIntegers("axes", toInput: 1) }
            return .operation(.squeeze)
        },
        "Tile": OperatorEntry(since: 6, inputs: 2...2, .tile),
        "Transpose": OperatorEntry(since: 1, inputs: 1...1) { (node) throws(OnnxImportError) in
            .operation(.transpose(permutation: try node.attributes.integers("perm")))
        },
        "Unsqueeze": OperatorEntry(since: 1, inputs: 1...2) { (node) throws(OnnxImportError) in
            if node.opset < 13 { try node.moveIntegers("axes", toInput: 1, required: true) }
            return .operation(.unsqueeze)
        },
    ]

    private static let pad: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        if node.opset < 11 {
            try node.moveIntegers("pads", toInput: 1, required: true)
            node.setInput(2, to: HostTensor(scalar: try node.attributes.float("value", default: 0)))
        }
        return .operation(.pad(try node.attributes.choice("mode", default: PadMode.constant)))
    }

    private static let split: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        if node.opset < 13 { try node.moveIntegers("split", toInput: 1) }
        if node.opset >= 18, let count = try node.attributes.integer("num_outputs") {
            guard count == node.outputs.count, !node.hasInput(1) else {
                throw node.error("'num_outputs' (\(count)) does not fit its \(node.outputs.count) outputs or its sizes")
            }
        }
        return .operation(.split(axis: try node.attributes.integer("axis", default: 0)))
    }
}
