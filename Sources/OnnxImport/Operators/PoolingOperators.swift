internal import ModelGraph

extension OperatorTable {
    /// Operators that take a maximum or a mean over windows.
    static let pooling: [String: OperatorEntry] = [
        "MaxPool": OperatorEntry(since: 1, inputs: 1...1, outputs: 1...2) { (node) throws(OnnxImportError) in
            var pooling = try node.pooling(.max)
            pooling.columnMajorIndices = try node.attributes.flag("storage_order")
            return .operation(.pool(pooling))
        },
        "AveragePool": OperatorEntry(since: 1, inputs: 1...1) { (node) throws(OnnxImportError) in
            var pooling = try node.pooling(.average)
            pooling.countIncludesPadding = try node.attributes.flag("count_include_pad")
            return .operation(.pool(pooling))
        },
        "GlobalAveragePool": OperatorEntry(since: 1, inputs: 1...1, .globalAveragePool),
        "GlobalMaxPool": OperatorEntry(since: 1, inputs: 1...1, .globalMaxPool),
    ]
}

extension NodeReader {
    fileprivate mutating func pooling(_ kind: Pooling.Kind) throws(OnnxImportError) -> Pooling {
        guard let kernel = try attributes.integers("kernel_shape"), !kernel.isEmpty else {
            throw error("the attribute 'kernel_shape' is missing")
        }
        return Pooling(
            kind: kind, kernel: kernel,
            strides: try attributes.integers("strides") ?? [],
            dilations: try attributes.integers("dilations") ?? [],
            padding: try padding(),
            ceilMode: try attributes.flag("ceil_mode"))
    }
}
