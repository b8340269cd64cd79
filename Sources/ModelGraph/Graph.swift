/// Identifies a value (an edge) of a graph.
public struct ValueID: Hashable, Sendable {
    /// Index into `Graph.values`.
    public let index: Int

    /// Names the value at `index`.
    public init(index: Int) { self.index = index }
}

/// One extent of a tensor that is described before sizes are known.
public enum Dimension: Hashable, Sendable {
    case known(Int)
    /// A named extent such as `height`.
    case symbolic(String)
    /// Neither number nor name is known.
    case unknown
}

/// An edge: what flows between nodes.
public struct Value: Sendable {
    /// The name in the model file, or one made by a pass.
    public var name: String
    /// Element type.
    public var type: DataType
    /// nil while unknown (before specialisation).
    public var shape: [Dimension]?
    /// The value itself where it is known at load (an initialiser, or folded).
    public var constant: HostTensor?

    /// A value; `shape` is nil while it is not known.
    public init(name: String, type: DataType = .float32, shape: [Dimension]? = nil, constant: HostTensor? = nil) {
        self.name = name
        self.type = type
        self.shape = shape
        self.constant = constant
    }

    /// The extents, when every one of them is known.
    public var dimensions: [Int]? {
        guard let shape else { return nil }
        var known: [Int] = []
        known.reserveCapacity(shape.count)
        for dimension in shape {
            guard case .known(let extent) = dimension else { return nil }
            known.append(extent)
        }
        return known
    }
}

/// One operation with its edges.
public struct Node: Sendable {
    /// The node's name in the model file, for messages.
    public var name: String
    /// What the node computes.
    public var operation: Operation
    /// In the order that `Operation` documents; nil where an optional input is absent. Trailing nils may be left out.
    public var inputs: [ValueID?]
    /// The values that the node computes.
    public var outputs: [ValueID]

    /// A node.
    public init(name: String, operation: Operation, inputs: [ValueID?], outputs: [ValueID]) {
        self.name = name
        self.operation = operation
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Input `position`, or nil when it is absent.
    public func input(_ position: Int) -> ValueID? {
        position < inputs.count ? inputs[position] : nil
    }
}

/// A network as a list of nodes in topological order over single-assignment values. Knows no kernels and no files.
public struct Graph: Sendable {
    /// The model's name.
    public var name: String
    /// All edges.
    public private(set) var values: [Value] = []
    /// Topologically ordered.
    public var nodes: [Node] = []
    /// What the caller binds before a run.
    public var inputs: [ValueID] = []
    /// What a run gives.
    public var outputs: [ValueID] = []
    /// Further names of values, such as those of identities that were removed.
    public var aliases: [String: ValueID] = [:]

    /// An empty graph.
    public init(name: String) { self.name = name }

    /// The value that `id` names.
    public subscript(id: ValueID) -> Value {
        get { values[id.index] }
        set { values[id.index] = newValue }
    }

    /// Adds a value and returns its id.
    public mutating func add(_ value: Value) -> ValueID {
        values.append(value)
        return ValueID(index: values.count - 1)
    }

    /// The first value called `name`, or the value that `name` is an alias of.
    public func value(named name: String) -> ValueID? {
        values.firstIndex { $0.name == name }.map(ValueID.init(index:)) ?? aliases[name]
    }
}
