internal import ModelGraph

extension OperatorTable {
    /// Elementwise operators of three or of any number of tensors.
    static let selection: [String: OperatorEntry] = [
        "Max": variadic(.max),
        "Mean": variadic(.mean),
        "Min": variadic(.min),
        "Sum": variadic(.sum),
        "Where": OperatorEntry(since: 9, inputs: 3...3, .select),
    ]

    /// Before opset 8 all shapes had to be equal, which is a case of broadcasting.
    private static func variadic(_ function: VariadicFunction) -> OperatorEntry {
        OperatorEntry(since: 6, inputs: 1...OperatorEntry.manyEdges, .variadic(function))
    }
}
