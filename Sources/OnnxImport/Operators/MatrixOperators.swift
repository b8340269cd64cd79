internal import ModelGraph

extension OperatorTable {
    /// Products, and normalisation along an axis.
    static let matrix: [String: OperatorEntry] = [
        "MatMul": OperatorEntry(since: 1, inputs: 2...2, .matMul),
        "Gemm": OperatorEntry(since: 6, inputs: 2...3) { (node) throws(OnnxImportError) in
            if node.opset < 7 { _ = try node.attributes.flag("broadcast") }
            return .operation(
                .gemm(
                    alpha: try node.attributes.float("alpha", default: 1),
                    beta: try node.attributes.float("beta", default: 1),
                    transposeA: try node.attributes.flag("transA"),
                    transposeB: try node.attributes.flag("transB")))
        },
        "Softmax": softmax(logarithm: false),
        "LogSoftmax": softmax(logarithm: true),
    ]

    /// Before opset 13 over all axes from `axis` on together.
    private static func softmax(logarithm: Bool) -> OperatorEntry {
        OperatorEntry(since: 13, inputs: 1...1) { (node) throws(OnnxImportError) in
            .operation(.softmax(axis: try node.attributes.integer("axis", default: -1), logarithm: logarithm))
        }
    }
}
