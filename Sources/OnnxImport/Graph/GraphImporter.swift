internal import ModelGraph

/// Turns a decoded model into a graph: values from inputs and initialisers, then node by node in the file's order,
/// which must be topological.
struct GraphImporter {
    private let model: Onnx_ModelProto
    private let rawData: [Int: Range<Int>]
    private let tensors: TensorReader
    private let functions: Functions
    var builder: GraphBuilder
    /// Nodes that may still be imported: calls of functions within functions must not explode.
    private var nodesLeft: Int

    init(
        _ model: Onnx_ModelProto, rawData: [Int: Range<Int>], tensors: TensorReader
    ) throws(OnnxImportError) {
        self.model = model
        self.rawData = rawData
        self.tensors = tensors
        functions = try Functions(model.functions)
        var reserved = Set(model.graph.input.map(\.name))
        reserved.formUnion(model.graph.initializer.map(\.name))
        reserved.formUnion(model.graph.sparseInitializer.map(\.values.name))
        for node in model.graph.node { reserved.formUnion(node.output) }
        builder = GraphBuilder(name: model.graph.name, reserved: reserved)
        nodesLeft = 4096 + 64 * (model.graph.node.count + functions.nodeCount)
    }

    mutating func run() throws(OnnxImportError) -> Graph {
        var scope = Scope(opsets: try Scope.opsets(model.opsetImport))
        try importInitializers(into: &scope)
        try importInputs(into: &scope)
        try importNodes(model.graph.node, in: &scope)
        try importOutputs(from: scope)
        return builder.graph
    }

    private mutating func importInitializers(into scope: inout Scope) throws(OnnxImportError) {
        for (position, stored) in model.graph.initializer.enumerated() {
            let tensor = try tensors.read(stored, named: stored.name, rawRange: rawData[position])
            try defineInitializer(stored.name, tensor, in: &scope)
        }
        for stored in model.graph.sparseInitializer {
            let tensor = try tensors.read(sparse: stored, named: stored.values.name)
            try defineInitializer(stored.values.name, tensor, in: &scope)
        }
    }

    private mutating func defineInitializer(
        _ name: String, _ tensor: HostTensor, in scope: inout Scope
    ) throws(OnnxImportError) {
        let id = builder.add(
            Value(name: name, type: tensor.type, shape: tensor.dimensions.map(Dimension.known), constant: tensor))
        guard !name.isEmpty, scope.define(name, as: id) else {
            throw .model(
                problem: name.isEmpty ? "an initialiser has no name" : "two initialisers are named \(quoted(name))",
                remedy: Remedy.export)
        }
    }

    /// Older files list initialisers among the inputs as well; those are no inputs.
    private mutating func importInputs(into scope: inout Scope) throws(OnnxImportError) {
        let initializers = Set(scope.values.keys)
        for input in model.graph.input where !initializers.contains(input.name) {
            let declared = try DeclaredType(input, role: "input")
            guard let type = declared.type else {
                throw .model(problem: "the input \(quoted(input.name)) has no type", remedy: Remedy.export)
            }
            let id = builder.add(Value(name: input.name, type: type, shape: declared.shape))
            guard !input.name.isEmpty, scope.define(input.name, as: id) else {
                throw .model(
                    problem: input.name.isEmpty
                        ? "an input has no name" : "two inputs are named \(quoted(input.name))",
                    remedy: Remedy.export)
            }
            builder.addInput(id)
        }
    }

    private mutating func importOutputs(from scope: Scope) throws(OnnxImportError) {
        guard !model.graph.output.isEmpty else {
            throw .model(problem: "it has no outputs", remedy: Remedy.export)
        }
        var seen: Set<String> = []
        let inputs = Set(builder.graph.inputs)
        for output in model.graph.output {
            guard case .some(.some(let id)) = scope.values[output.name] else {
                throw .model(
                    problem: "no node makes the output \(quoted(output.name))", remedy: Remedy.export)
            }
            guard seen.insert(output.name).inserted else {
                throw .model(problem: "the output \(quoted(output.name)) is listed twice", remedy: Remedy.export)
            }
            let declared = try DeclaredType(output, role: "output")
            if let type = declared.type, !inputs.contains(id) {
                builder.declare(id, type: type, shape: declared.shape)
            }
            builder.addOutput(id)
        }
    }

    mutating func importNodes(_ nodes: [Onnx_NodeProto], in scope: inout Scope) throws(OnnxImportError) {
        for node in nodes {
            for name in node.input where !name.isEmpty && scope.values[name] == nil {
                throw undefined(name, at: node, among: nodes)
            }
            try importNode(node, in: &scope)
        }
    }

    private func undefined(_ name: String, at node: Onnx_NodeProto, among nodes: [Onnx_NodeProto]) -> OnnxImportError {
        let site = NodeSite(name: node.label, operatorName: node.opType, opset: 0)
        guard let maker = nodes.first(where: { $0.output.contains(name) }) else {
            return site.error("nothing makes its input \(quoted(name))")
        }
        return site.error(
            "its input \(quoted(name)) is made later, by \(quoted(maker.label))",
            remedy: "write the nodes in topological order, without cycles")
    }

    private mutating func importNode(_ node: Onnx_NodeProto, in scope: inout Scope) throws(OnnxImportError) {
        let domain = Scope.canonical(node.domain)
        let site = NodeSite(name: node.label, operatorName: node.opType, opset: scope.opsets[domain] ?? 0)
        nodesLeft -= 1
        guard nodesLeft >= 0 else { throw site.error("the model's functions multiply beyond measure") }
        if Functions.isAdaptiveAveragePool(node) {
            let entry = OperatorEntry(since: 0, inputs: 2...2, .adaptiveAveragePool)
            return try translate(node, by: entry, in: &scope, site)
        }
        if let function = functions[FunctionKey(calledBy: node)] {
            return try inline(function, at: node, in: &scope)
        }
        guard domain.isEmpty else {
            throw site.error(
                "neither the domain \(quoted(domain)) nor a function of that name is known",
                remedy: "export with ONNX's own operators")
        }
        guard let entry = OperatorTable.entries[node.opType] else {
            throw site.error("the operator is not supported", remedy: "export the network without it")
        }
        guard scope.opsets[domain] != nil else {
            throw site.error("no version of ONNX's operator set is given")
        }
        guard entry.opsets.contains(site.opset) else { throw site.outdated() }
        try translate(node, by: entry, in: &scope, site)
    }

    private mutating func translate(
        _ node: Onnx_NodeProto, by entry: OperatorEntry, in scope: inout Scope, _ site: NodeSite
    ) throws(OnnxImportError) {
        var ids = operandIDs(of: node, in: scope)
        while let last = ids.last, last == nil { ids.removeLast() }
        var outputs = node.output
        while outputs.last?.isEmpty == true { outputs.removeLast() }
        guard ids.count <= entry.inputs.upperBound, entry.outputs.contains(outputs.count) else {
            throw site.error("\(ids.count) inputs and \(outputs.count) outputs are more or fewer than it has")
        }
        for position in 0..<entry.inputs.lowerBound where position >= ids.count || ids[position] == nil {
            throw site.error("input \(position) is missing")
        }
        var reader = NodeReader(
            site: site, attributes: try Attributes(scope.bound(node.attribute), site: site),
            inputs: ids.map { $0.map(Operand.value) ?? .absent }, outputs: outputs,
            constants: ids.map { $0.flatMap { builder.graph[$0].constant } }, tensors: tensors)
        let translation = try entry.read(&reader)
        try reader.attributes.requireAllUsed()
        try emit(translation, reader, in: &scope)
    }

    private mutating func emit(
        _ translation: Translation, _ reader: NodeReader, in scope: inout Scope
    ) throws(OnnxImportError) {
        switch translation {
        case .constant(let tensor):
            let id = makeValue(reader.outputs[0], constant: tensor, in: scope)
            try define(reader.outputs[0], as: id, in: &scope, reader.site)
        case .operation(let operation):
            let inputs = reader.inputs.enumerated().map { position, operand in
                materialize(operand, position, reader, in: scope)
            }
            let outputs = try defineOutputs(reader, in: &scope)
            builder.add(Node(name: reader.site.name, operation: operation, inputs: inputs, outputs: outputs))
        case .chains(let chains):
            let input = materialize(reader.inputs[0], 0, reader, in: scope)
            let outputs = try defineOutputs(reader, in: &scope)
            for (chain, output) in zip(chains, outputs) {
                var current = input
                for (position, operation) in chain.enumerated() {
                    let isLast = position == chain.count - 1
                    let next = isLast ? output : builder.addInternal(builder.graph[output].name + "/inner")
                    builder.add(
                        Node(name: reader.site.name, operation: operation, inputs: [current], outputs: [next]))
                    current = next
                }
            }
        }
    }

    private mutating func materialize(
        _ operand: Operand, _ position: Int, _ reader: NodeReader, in scope: Scope
    ) -> ValueID? {
        switch operand {
        case .absent: nil
        case .value(let id): id
        case .constant(let tensor):
            builder.addInternal("\(innerName(reader.outputs[0], in: scope))/input\(position)", constant: tensor)
        }
    }

    private mutating func defineOutputs(
        _ reader: NodeReader, in scope: inout Scope
    ) throws(OnnxImportError) -> [ValueID] {
        var ids: [ValueID] = []
        for (position, name) in reader.outputs.enumerated() {
            if name.isEmpty {
                let last = reader.outputs[reader.outputs.count - 1]
                ids.append(builder.addInternal("\(innerName(last, in: scope))/unused\(position)"))
            } else {
                let id = makeValue(name, constant: nil, in: scope)
                try define(name, as: id, in: &scope, reader.site)
                ids.append(id)
            }
        }
        return ids
    }

    private mutating func makeValue(_ name: String, constant: HostTensor?, in scope: Scope) -> ValueID {
        guard let kept = scope.prefix == nil ? name : scope.outerNames[name] else {
            return builder.addInternal(innerName(name, in: scope), constant: constant)
        }
        return builder.add(
            Value(
                name: kept, type: constant?.type ?? .float32, shape: constant?.dimensions.map(Dimension.known),
                constant: constant))
    }

    mutating func define(
        _ name: String, as id: ValueID, in scope: inout Scope, _ site: NodeSite
    ) throws(OnnxImportError) {
        guard scope.define(name, as: id) else { throw site.error("the value \(quoted(name)) is made a second time") }
    }

    /// The values that the node's inputs name, which are defined; nil for absent ones.
    func operandIDs(of node: Onnx_NodeProto, in scope: Scope) -> [ValueID?] {
        node.input.map { name in name.isEmpty ? nil : scope.values[name] ?? nil }
    }

    /// A name for a value of a function's inside. Parts are cut: names repeat at every call, and may be long.
    func innerName(_ name: String, in scope: Scope) -> String {
        scope.prefix.map { $0.suffix(120) + "/" + name.prefix(80) } ?? name
    }
}
