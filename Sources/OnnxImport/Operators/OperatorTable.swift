internal import ModelGraph

/// What a node becomes.
enum Translation {
    /// One operation on the node's inputs and outputs.
    case operation(Operation)
    /// A value known now, bound to the node's only output.
    case constant(HostTensor)
    /// For each output, operations of one input one after the other, starting at the node's first input.
    case chains([[Operation]])
}

/// An operator that can be imported.
struct OperatorEntry: Sendable {
    /// The operator sets that exports are asked for; the newest is the last that was checked to keep the meanings below.
    static let oldestOpset = 13
    static let newestOpset = 28
    /// Ceiling of the edges of operators that take or give any number.
    static let manyEdges = 1 << 20

    typealias Read = @Sendable (inout NodeReader) throws(OnnxImportError) -> Translation

    /// Operator sets in which the operator means what `read` makes of it.
    let opsets: ClosedRange<Int>
    /// The lower bound is how many must be present.
    let inputs: ClosedRange<Int>
    let outputs: ClosedRange<Int>
    let read: Read

    init(
        since opset: Int, inputs: ClosedRange<Int>, outputs: ClosedRange<Int> = 1...1, read: @escaping Read
    ) {
        self.opsets = opset...Self.newestOpset
        self.inputs = inputs
        self.outputs = outputs
        self.read = read
    }

    /// An operator without attributes.
    init(since opset: Int, inputs: ClosedRange<Int>, _ operation: Operation) {
        self.init(since: opset, inputs: inputs) { (_) throws(OnnxImportError) in .operation(operation) }
    }
}

/// Every operator of ONNX's default domain that can be imported, by name.
///
/// Operator sets below 13 are accepted where the operator meant the same, or where only attributes became inputs.
enum OperatorTable {
    static let entries: [String: OperatorEntry] = [
        unary, binary, selection, convolution, pooling, resizing, matrix, reduction, layout, indexing, constants,
    ].reduce(into: [:]) { table, family in
        table.merge(family) { _, _ in preconditionFailure("an operator is in two families") }
    }
}
