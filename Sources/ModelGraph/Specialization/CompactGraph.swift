/// Builds a graph out of parts of another, taking along only the values that the parts use.
struct CompactGraph {
    private let source: Graph
    private let facts: [TensorFacts?]
    private(set) var graph: Graph
    private var renumbered: [ValueID?]
    /// Values of the new graph whose name is that of an output.
    private var claimed: Set<ValueID> = []

    init(_ source: Graph, facts: [TensorFacts?]) {
        self.source = source
        self.facts = facts
        graph = Graph(name: source.name)
        renumbered = [ValueID?](repeating: nil, count: source.values.count)
    }

    mutating func addInputs(_ ids: [ValueID]) {
        for id in ids {
            let input = use(id)
            graph.inputs.append(input)
            claimed.insert(input)
        }
    }

    mutating func add(_ node: Node) {
        var node = node
        for position in node.inputs.indices {
            if let id = node.inputs[position] { node.inputs[position] = use(id) }
        }
        for position in node.outputs.indices { node.outputs[position] = use(node.outputs[position]) }
        graph.nodes.append(node)
    }

    /// Makes `id` an output called `name`: by renaming it, or, where its name is taken by an input or another output, by
    /// a copy.
    mutating func addOutput(_ id: ValueID, name: String) {
        let value = use(id)
        if graph[value].name == name {
            graph.outputs.append(value)
        } else if graph[value].constant != nil {
            var copy = graph[value]
            copy.name = name
            graph.outputs.append(graph.add(copy))
            return
        } else if !claimed.contains(value) {
            graph.aliases[graph[value].name] = value
            graph[value].name = name
            graph.outputs.append(value)
        } else {
            var copy = graph[value]
            copy.name = name
            let output = graph.add(copy)
            graph.nodes.append(Node(name: name, operation: .identity, inputs: [value], outputs: [output]))
            graph.outputs.append(output)
            claimed.insert(output)
            return
        }
        claimed.insert(value)
    }

    /// Names of values that were replaced by others, and the source's own aliases, lead to what stands for them now.
    mutating func addAliases(_ standIn: [ValueID]) {
        for (index, id) in standIn.enumerated() where id.index != index {
            addAlias(source.values[index].name, of: id)
        }
        for (name, id) in source.aliases { addAlias(name, of: standIn[id.index]) }
    }

    private mutating func addAlias(_ name: String, of id: ValueID) {
        guard let value = renumbered[id.index], graph[value].name != name else { return }
        graph.aliases[name] = value
    }

    private mutating func use(_ id: ValueID) -> ValueID {
        if let known = renumbered[id.index] { return known }
        var value = source[id]
        if let known = facts[id.index] {
            value.type = known.type
            value.shape = known.dimensions.map { .known($0) }
            value.constant = known.constant
        }
        let new = graph.add(value)
        renumbered[id.index] = new
        return new
    }
}
