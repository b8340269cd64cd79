internal import ModelGraph

extension OperatorTable {
    /// Operators that make tensors from attributes.
    static let constants: [String: OperatorEntry] = [
        "Constant": OperatorEntry(since: 1, inputs: 0...0, read: constant),
        "ConstantOfShape": OperatorEntry(since: 9, inputs: 1...1) { (node) throws(OnnxImportError) in
            let value = try node.tensor("value") ?? HostTensor(scalar: Float(0))
            guard value.count == 1 else {
                throw node.error("the attribute 'value' has \(value.count) elements, and must have one")
            }
            return .operation(.constantOfShape(value: value))
        },
    ]

    private static let constant: OperatorEntry.Read = { (node) throws(OnnxImportError) in
        var values: [HostTensor] = []
        if let tensor = try node.tensor("value") { values.append(tensor) }
        if let sparse = try node.attributes.sparseTensor("sparse_value") {
            values.append(try node.tensors.read(sparse: sparse, named: "sparse_value of \(node.site.name)"))
        }
        if let number = try node.attributes.float("value_float") { values.append(HostTensor(scalar: number)) }
        if let numbers = try node.attributes.floats("value_floats") {
            values.append(HostTensor(numbers, dimensions: [numbers.count]))
        }
        if let number = try node.attributes.integer("value_int") { values.append(HostTensor(scalar: Int64(number))) }
        if let numbers = try node.attributes.integers("value_ints") {
            values.append(HostTensor(numbers.map(Int64.init), dimensions: [numbers.count]))
        }
        // Strings are left over, and so refused by name.
        try node.attributes.requireAllUsed()
        guard values.count == 1, let value = values.first else {
            throw node.error("\(values.count) values are given, and must be one")
        }
        return .constant(value)
    }
}
