internal import ModelGraph

/// What names a model-local function.
struct FunctionKey: Hashable {
    let domain: String
    let name: String
    let overload: String

    init(_ function: Onnx_FunctionProto) {
        domain = Scope.canonical(function.domain)
        name = function.name
        overload = function.overload
    }

    init(calledBy node: Onnx_NodeProto) {
        domain = Scope.canonical(node.domain)
        name = node.opType
        overload = node.overload
    }
}

/// The functions that a model file brings along.
struct Functions {
    private let byKey: [FunctionKey: Onnx_FunctionProto]
    /// Nodes in all of them.
    let nodeCount: Int

    init(_ functions: [Onnx_FunctionProto]) throws(OnnxImportError) {
        var byKey: [FunctionKey: Onnx_FunctionProto] = [:]
        for function in functions {
            guard byKey.updateValue(function, forKey: FunctionKey(function)) == nil else {
                throw .model(
                    problem: "the function \(quoted(function.name)) is defined twice", remedy: Remedy.export)
            }
        }
        self.byKey = byKey
        nodeCount = functions.reduce(0) { $0 + $1.node.count }
    }

    subscript(key: FunctionKey) -> Onnx_FunctionProto? { byKey[key] }

    /// Functions whose meaning the graph has an operation for; their bodies are for other runtimes.
    static func isAdaptiveAveragePool(_ node: Onnx_NodeProto) -> Bool {
        node.domain == "ai.densehybrid" && node.opType == "AdaptiveAveragePool"
    }
}

extension GraphImporter {
    private static let maximumDepth = 32

    /// Puts the body of `function` in the place of `node`, which calls it.
    mutating func inline(
        _ function: Onnx_FunctionProto, at node: Onnx_NodeProto, in scope: inout Scope
    ) throws(OnnxImportError) {
        let key = FunctionKey(function)
        let site = NodeSite(name: node.label, operatorName: node.opType, opset: 0)
        guard !scope.callers.contains(key) else { throw site.error("the function calls itself") }
        guard scope.callers.count < Self.maximumDepth else { throw site.error("functions call each other too deeply") }
        guard node.input.count <= function.input.count, node.output.count <= function.output.count else {
            throw site.error(
                "\(node.input.count) inputs and \(node.output.count) outputs, where the function has "
                    + "\(function.input.count) and \(function.output.count)")
        }
        var inner = Scope(
            opsets: try Scope.opsets(function.opsetImport),
            prefix: innerName(node.output.first { !$0.isEmpty } ?? node.opType, in: scope),
            outerNames: outerNames(of: function, at: node, in: scope),
            attributes: try attributes(of: function, at: node, in: scope, site),
            callers: scope.callers + [key])
        let actual = operandIDs(of: node, in: scope)
        for (position, formal) in function.input.enumerated() {
            guard inner.define(formal, as: position < actual.count ? actual[position] : nil) else {
                throw site.error("the function has two inputs \(quoted(formal))")
            }
        }
        try importNodes(function.node, in: &inner)
        for (position, name) in node.output.enumerated() where !name.isEmpty {
            guard case .some(.some(let id)) = inner.values[function.output[position]] else {
                throw site.error("the function's output \(quoted(function.output[position])) is never made")
            }
            try define(name, as: keepingName(name, of: id, in: scope), in: &scope, site)
        }
    }

    /// An input that is passed through, or one value under two names, needs a node to have the caller's name.
    private mutating func keepingName(_ name: String, of id: ValueID, in scope: Scope) -> ValueID {
        let expected = scope.prefix == nil ? name : scope.outerNames[name]
        guard let expected, builder.graph[id].name != expected else { return id }
        let named = builder.add(Value(name: expected))
        builder.add(Node(name: expected, operation: .identity, inputs: [id], outputs: [named]))
        return named
    }

    private func outerNames(
        of function: Onnx_FunctionProto, at node: Onnx_NodeProto, in scope: Scope
    ) -> [String: String] {
        var names: [String: String] = [:]
        for (inner, outer) in zip(function.output, node.output) where !outer.isEmpty && names[inner] == nil {
            // Only names that the model itself gives are kept; deeper ones are made up anyway.
            names[inner] = scope.prefix == nil ? outer : scope.outerNames[outer]
        }
        return names
    }

    private func attributes(
        of function: Onnx_FunctionProto, at node: Onnx_NodeProto, in scope: Scope, _ site: NodeSite
    ) throws(OnnxImportError) -> [String: Onnx_AttributeProto] {
        var attributes: [String: Onnx_AttributeProto] = [:]
        for attribute in function.attributeProto { attributes[attribute.name] = attribute }
        let known = Set(function.attribute).union(attributes.keys)
        for attribute in scope.bound(node.attribute) {
            guard known.contains(attribute.name) else {
                throw site.error("the function has no attribute \(quoted(attribute.name))")
            }
            attributes[attribute.name] = attribute
        }
        return attributes
    }
}
