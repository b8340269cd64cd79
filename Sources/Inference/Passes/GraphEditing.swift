internal import ModelGraph

/// Look-ups that passes share. Valid until the graph's nodes change.
struct GraphIndex {
    /// The node that makes a value, by value index.
    private(set) var producer: [Int?]
    /// How many node inputs and graph outputs read a value, by value index.
    private(set) var useCount: [Int]

    init(_ graph: Graph) {
        producer = Array(repeating: nil, count: graph.values.count)
        useCount = Array(repeating: 0, count: graph.values.count)
        for (position, node) in graph.nodes.enumerated() {
            for output in node.outputs { producer[output.index] = position }
            for case .some(let input) in node.inputs { useCount[input.index] += 1 }
        }
        for output in graph.outputs { useCount[output.index] += 1 }
    }
}

extension Graph {
    /// The elements of a float constant, or nil when the value is computed or of another type.
    func floats(_ id: ValueID?) -> [Float]? {
        guard let id, let constant = self[id].constant else { return nil }
        return constant.elements(as: Float.self)
    }

    /// Extents [1, C, H, W] of a float32 value, the only kind that fast steps take; nil for anything else.
    func image(_ id: ValueID?) -> ImageShape? {
        guard let id, self[id].type == .float32, let extents = self[id].dimensions, extents.count == 4, extents[0] == 1,
            extents.allSatisfy({ $0 > 0 })
        else { return nil }
        return ImageShape(channels: extents[1], height: extents[2], width: extents[3])
    }

    /// Adds a constant vector of floats and returns its id.
    mutating func addVector(_ elements: [Float], name: String) -> ValueID {
        add(
            Value(
                name: name, shape: [.known(elements.count)],
                constant: HostTensor(elements, dimensions: [elements.count])))
    }

    /// Makes every reader of `old` read `new`.
    mutating func replaceUses(of old: ValueID, with new: ValueID) {
        for position in nodes.indices {
            for input in nodes[position].inputs.indices where nodes[position].inputs[input] == old {
                nodes[position].inputs[input] = new
            }
        }
        for position in outputs.indices where outputs[position] == old { outputs[position] = new }
    }

    /// Restores topological order after a pass has given a node inputs from later nodes.
    mutating func sortTopologically() {
        var made = Array(repeating: false, count: values.count)
        var producer: [Int: Int] = [:]
        for (position, node) in nodes.enumerated() {
            for output in node.outputs { producer[output.index] = position }
        }
        var ordered: [Node] = []
        ordered.reserveCapacity(nodes.count)
        var placed = Array(repeating: false, count: nodes.count)
        // Depth first from each node in the old order, on an explicit stack: networks can be thousands of nodes deep.
        for start in nodes.indices where !placed[start] {
            var stack = [start]
            while let position = stack.last {
                if placed[position] {
                    stack.removeLast()
                    continue
                }
                let missing = nodes[position].inputs.compactMap { id -> Int? in
                    guard let id, !made[id.index], let maker = producer[id.index], !placed[maker] else { return nil }
                    return maker
                }
                if missing.isEmpty {
                    stack.removeLast()
                    placed[position] = true
                    for output in nodes[position].outputs { made[output.index] = true }
                    ordered.append(nodes[position])
                } else {
                    stack.append(contentsOf: missing)
                }
            }
        }
        nodes = ordered
    }
}

/// Extents of one picture-like tensor, batch 1.
struct ImageShape: Equatable, Sendable {
    let channels: Int
    let height: Int
    let width: Int

    /// Planes of 8 channels.
    var planes: Int { (channels + 7) / 8 }
    /// Pixels of one plane.
    var pixels: Int { height * width }
}
