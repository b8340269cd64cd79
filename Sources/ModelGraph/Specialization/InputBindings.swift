/// The extents (and constants) that the caller gives graph inputs, checked against what the graph declares.
struct InputBindings {
    private(set) var facts: [(ValueID, TensorFacts)] = []
    private var symbols: [String: Int] = [:]

    init(_ graph: Graph, inputs: [String: [Int]], constants: [String: HostTensor]) throws(GraphError) {
        let names = graph.inputs.map { graph[$0].name }
        for name in (Array(inputs.keys) + Array(constants.keys)).sorted() where !names.contains(name) {
            throw .input(
                name: name, problem: "the graph has no such input",
                remedy: "its inputs are \(names.map(quoted).joined(separator: ", "))")
        }
        for id in graph.inputs {
            let value = graph[id]
            let facts: TensorFacts
            if let constant = constants[value.name] ?? value.constant {
                facts = TensorFacts(constant: constant)
                guard constant.type == value.type else {
                    throw .input(
                        name: value.name, problem: "it is \(value.type.rawValue), not \(constant.type.rawValue)",
                        remedy: "give a tensor of the declared type")
                }
            } else if let extents = inputs[value.name] ?? value.dimensions {
                facts = TensorFacts(type: value.type, dimensions: extents)
            } else {
                throw .input(
                    name: value.name, problem: "its extents \(describe(value.shape)) are not all known",
                    remedy: "give extents for it")
            }
            try check(facts.dimensions, value)
            self.facts.append((id, facts))
        }
    }

    private mutating func check(_ extents: [Int], _ value: Value) throws(GraphError) {
        do {
            try Extents.count(extents)
        } catch {
            throw .input(name: value.name, problem: error.problem, remedy: error.remedy)
        }
        guard let shape = value.shape else { return }
        let isFitting =
            shape.count == extents.count
            && zip(shape, extents).allSatisfy { declared, extent in
                if case .known(let fixed) = declared { fixed == extent } else { true }
            }
        guard isFitting else {
            throw .input(
                name: value.name,
                problem: "extents \(Extents.describe(extents)) do not fit the declared \(describe(shape))",
                remedy: "give extents that agree with every fixed number")
        }
        for case (.symbolic(let name), let extent) in zip(shape, extents) {
            guard symbols[name, default: extent] == extent else {
                throw .input(
                    name: value.name, problem: "\(quoted(name)) is \(extent) here and \(symbols[name] ?? 0) elsewhere",
                    remedy: "give the same extent wherever the name occurs")
            }
            symbols[name] = extent
        }
    }
}

/// `1x3xheightxwidth` with `?` for what is not named.
func describe(_ shape: [Dimension]?) -> String {
    guard let shape else { return "(unknown rank)" }
    if shape.isEmpty { return "scalar" }
    return shape.map { dimension in
        switch dimension {
        case .known(let extent): String(extent)
        case .symbolic(let name): oneLine(name)
        case .unknown: "?"
        }
    }.joined(separator: "x")
}
