internal import ModelGraph

extension OperatorTable {
    /// Operators on indices and shapes.
    static let indexing: [String: OperatorEntry] = [
        "Gather": OperatorEntry(since: 1, inputs: 2...2) { (node) throws(OnnxImportError) in
            .operation(.gather(axis: try node.attributes.integer("axis", default: 0)))
        },
        "Range": OperatorEntry(since: 11, inputs: 3...3) { (node) throws(OnnxImportError) in
            // Speaks of 16-bit floats only.
            node.attributes.ignore("stash_type")
            return .operation(.range)
        },
        "Shape": OperatorEntry(since: 1, inputs: 1...1) { (node) throws(OnnxImportError) in
            .operation(
                .shape(
                    start: try node.attributes.integer("start", default: 0),
                    end: try node.attributes.integer("end")))
        },
        "Slice": OperatorEntry(since: 1, inputs: 1...5) { (node) throws(OnnxImportError) in
            if node.opset < 10 {
                try node.moveIntegers("starts", toInput: 1, required: true)
                try node.moveIntegers("ends", toInput: 2, required: true)
                try node.moveIntegers("axes", toInput: 3)
            }
            return .operation(.slice)
        },
    ]
}
