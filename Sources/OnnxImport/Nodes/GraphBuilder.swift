internal import ModelGraph

/// The graph while it grows: keeps names unique and edges single-assignment.
struct GraphBuilder {
    private(set) var graph: Graph
    private var names: Set<String>

    /// - Parameter reserved: The names of the model's own values, which must stay theirs.
    init(name: String, reserved: Set<String>) {
        graph = Graph(name: name)
        names = reserved
    }

    /// Adds a value under a reserved name.
    mutating func add(_ value: Value) -> ValueID { graph.add(value) }

    /// Adds a value of the importer's making under a name like `base`.
    mutating func addInternal(_ base: String, constant: HostTensor? = nil) -> ValueID {
        var name = base
        var attempt = 2
        while !names.insert(name).inserted {
            name = "\(base)#\(attempt)"
            attempt += 1
        }
        return graph.add(
            Value(
                name: name, type: constant?.type ?? .float32, shape: constant?.dimensions.map(Dimension.known),
                constant: constant))
    }

    mutating func add(_ node: Node) { graph.nodes.append(node) }

    mutating func addInput(_ id: ValueID) { graph.inputs.append(id) }

    mutating func addOutput(_ id: ValueID) { graph.outputs.append(id) }

    /// Notes what the file says of an output.
    mutating func declare(_ id: ValueID, type: DataType, shape: [Dimension]?) {
        guard graph[id].constant == nil else { return }
        graph[id].type = type
        graph[id].shape = shape
    }
}
