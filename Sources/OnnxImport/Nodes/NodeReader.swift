internal import ModelGraph

/// What an operator's importer sees of a node, and may change: inputs, outputs and attributes.
struct NodeReader {
    let site: NodeSite
    var attributes: Attributes
    /// In the operator's order, without absent ones at the end.
    var inputs: [Operand]
    /// Names of the outputs, empty where one is not used; without unused ones at the end.
    var outputs: [String]
    /// The constants among the inputs; nil where an input is absent or computed.
    let constants: [HostTensor?]
    /// Reads tensors that attributes hold.
    let tensors: TensorReader

    var opset: Int { site.opset }

    func error(_ problem: String, remedy: String = Remedy.export) -> OnnxImportError {
        site.error(problem, remedy: remedy)
    }

    func hasInput(_ position: Int) -> Bool {
        guard position < inputs.count else { return false }
        if case .absent = inputs[position] { return false }
        return true
    }

    /// Puts a constant at an input position that the file leaves free.
    mutating func setInput(_ position: Int, to tensor: HostTensor) {
        while inputs.count <= position { inputs.append(.absent) }
        inputs[position] = .constant(tensor)
    }

    /// Forgets an input that says nothing.
    mutating func removeInput(_ position: Int) {
        if position < inputs.count { inputs[position] = .absent }
    }

    /// The constant at an input position, when it is one.
    func constant(_ position: Int) -> HostTensor? {
        position < constants.count ? constants[position] : nil
    }

    /// A tensor that an attribute holds.
    mutating func tensor(_ name: String) throws(OnnxImportError) -> HostTensor? {
        guard let stored = try attributes.tensor(name) else { return nil }
        return try tensors.read(stored, named: "\(name) of \(site.name)")
    }

    /// An attribute of older operator sets that newer ones take as an int64 input.
    mutating func moveIntegers(
        _ name: String, toInput position: Int, required: Bool = false
    ) throws(OnnxImportError) {
        guard let values = try attributes.integers(name) else {
            guard !required else { throw error("the attribute \(quoted(name)) is missing") }
            return
        }
        guard !hasInput(position) else { throw error("\(quoted(name)) is given as attribute and as input") }
        setInput(position, to: HostTensor(values.map(Int64.init), dimensions: [values.count]))
    }
}
