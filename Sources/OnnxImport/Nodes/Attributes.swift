internal import ModelGraph

/// The attributes of one node. Each is asked for by name and type; one that nobody asked for is an error, because it
/// may change the operator's meaning.
struct Attributes {
    private let site: NodeSite
    private var left: [String: Onnx_AttributeProto] = [:]

    init(_ attributes: [Onnx_AttributeProto], site: NodeSite) throws(OnnxImportError) {
        self.site = site
        for attribute in attributes {
            guard left.updateValue(attribute, forKey: attribute.name) == nil else {
                throw site.error("the attribute \(quoted(attribute.name)) is given twice")
            }
        }
    }

    /// Throws when an attribute was not asked for.
    func requireAllUsed() throws(OnnxImportError) {
        guard let name = left.keys.min() else { return }
        throw site.error("the attribute \(quoted(name)) is not supported")
    }

    mutating func integer(_ name: String) throws(OnnxImportError) -> Int? {
        try take(name, .int, "an integer").map { Int($0.i) }
    }

    mutating func integer(_ name: String, default absent: Int) throws(OnnxImportError) -> Int {
        try integer(name) ?? absent
    }

    mutating func flag(_ name: String, default absent: Bool = false) throws(OnnxImportError) -> Bool {
        guard let value = try integer(name) else { return absent }
        guard value == 0 || value == 1 else {
            throw site.error("the attribute \(quoted(name)) is \(value), and must be 0 or 1")
        }
        return value == 1
    }

    mutating func integers(_ name: String) throws(OnnxImportError) -> [Int]? {
        try take(name, .ints, "a list of integers").map { $0.ints.map(Int.init) }
    }

    mutating func float(_ name: String) throws(OnnxImportError) -> Float? {
        try take(name, .float, "a number").map(\.f)
    }

    mutating func float(_ name: String, default absent: Float) throws(OnnxImportError) -> Float {
        try float(name) ?? absent
    }

    mutating func floats(_ name: String) throws(OnnxImportError) -> [Float]? {
        try take(name, .floats, "a list of numbers").map(\.floats)
    }

    mutating func tensor(_ name: String) throws(OnnxImportError) -> Onnx_TensorProto? {
        try take(name, .tensor, "a tensor").map(\.t)
    }

    mutating func sparseTensor(_ name: String) throws(OnnxImportError) -> Onnx_SparseTensorProto? {
        try take(name, .sparseTensor, "a sparse tensor").map(\.sparseTensor)
    }

    mutating func string(_ name: String) throws(OnnxImportError) -> String? {
        guard let attribute = try take(name, .string, "a string") else { return nil }
        return String(decoding: attribute.s, as: UTF8.self)
    }

    /// One of the strings that `Choice` knows.
    mutating func choice<Choice: RawRepresentable<String>>(
        _ name: String, default absent: Choice
    ) throws(OnnxImportError) -> Choice {
        guard let value = try string(name) else { return absent }
        guard let choice = Choice(rawValue: value) else {
            throw site.error("the attribute \(quoted(name)) is \(quoted(value)), which is not supported")
        }
        return choice
    }

    /// Attributes without a meaning here.
    mutating func ignore(_ names: String...) {
        for name in names { left[name] = nil }
    }

    private mutating func take(
        _ name: String, _ type: Onnx_AttributeProto.AttributeType, _ description: String
    ) throws(OnnxImportError) -> Onnx_AttributeProto? {
        guard let attribute = left.removeValue(forKey: name) else { return nil }
        guard attribute.refAttrName.isEmpty else {
            throw site.error("the attribute \(quoted(name)) refers to a function's attribute outside of a function")
        }
        guard attribute.type == type else {
            throw site.error("the attribute \(quoted(name)) is not \(description)")
        }
        return attribute
    }
}
