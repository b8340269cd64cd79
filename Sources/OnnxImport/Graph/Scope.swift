internal import ModelGraph

/// The names that the nodes of a graph, or of one call of a function, can see.
struct Scope {
    /// Versions of the operator sets by domain; the default domain is the empty name.
    let opsets: [String: Int]
    /// Defined so far; a nil value is a function's input that the call leaves out.
    private(set) var values: [String: ValueID?] = [:]
    /// Stands before the names of a function's inner values; nil in the model's own graph, whose names stay.
    let prefix: String?
    /// A function's outputs that keep the names that the call gives them.
    let outerNames: [String: String]
    /// A function's attributes at this call.
    let attributes: [String: Onnx_AttributeProto]
    /// The functions that this scope is inside of.
    let callers: [FunctionKey]

    /// The model's own graph.
    init(opsets: [String: Int]) {
        self.opsets = opsets
        prefix = nil
        outerNames = [:]
        attributes = [:]
        callers = []
    }

    /// One call of a function.
    init(
        opsets: [String: Int], prefix: String, outerNames: [String: String],
        attributes: [String: Onnx_AttributeProto], callers: [FunctionKey]
    ) {
        self.opsets = opsets
        self.prefix = prefix
        self.outerNames = outerNames
        self.attributes = attributes
        self.callers = callers
    }

    /// Defines a name; false when it is defined already.
    mutating func define(_ name: String, as id: ValueID?) -> Bool {
        values.updateValue(id, forKey: name) == nil
    }

    /// Binds `ref_attr_name`s to the attributes of this call. An attribute that the call leaves out stays left out.
    func bound(_ attributes: [Onnx_AttributeProto]) -> [Onnx_AttributeProto] {
        guard prefix != nil else { return attributes }
        return attributes.compactMap { attribute in
            guard !attribute.refAttrName.isEmpty else { return attribute }
            guard var value = self.attributes[attribute.refAttrName] else { return nil }
            value.name = attribute.name
            return value
        }
    }

    /// Versions by domain from a file's list.
    static func opsets(_ imports: [Onnx_OperatorSetIdProto]) throws(OnnxImportError) -> [String: Int] {
        var versions: [String: Int] = [:]
        for entry in imports {
            let domain = canonical(entry.domain)
            let version = Int(clamping: entry.version)
            if let known = versions[domain], known != version {
                throw .model(
                    problem: "two versions of the operator set \(quoted(entry.domain)): \(known) and \(version)",
                    remedy: Remedy.export)
            }
            versions[domain] = version
        }
        return versions
    }

    /// The default domain has two names.
    static func canonical(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
}
