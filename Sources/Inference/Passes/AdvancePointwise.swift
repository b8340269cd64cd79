internal import ModelGraph

extension GraphPass {
    /// Moves pointwise convolutions of large maps up to the node that makes the map (or the last part of it, where it is a
    /// concatenation), if they come soon after it anyway. Next to each other, the two can be one step that works band by
    /// band (`ChainStep`), and the map is in the cache when it is read. One that makes an output of the graph goes behind the
    /// first pointwise convolution that reads the same map, and what reads the picture behind what has read it just before.
    static let advancePointwise = advancePointwise(from: ChainStep.leastBytes)

    /// `least`: bytes of a map beyond what caches keep.
    static func advancePointwise(from least: Int) -> GraphPass {
        GraphPass(name: "advance-pointwise") { graph in
            for position in graph.nodes.indices {
                advance(position, from: least, in: &graph)
                join(position, from: least, in: &graph)
                gather(position, from: least, in: &graph)
            }
        }
    }
}

/// How many nodes a convolution may pass: its result lives longer for each.
private let reach = 6

private func advance(_ position: Int, from least: Int, in graph: inout Graph) {
    let node = graph.nodes[position]
    guard isPointwise(node), joined(position, from: least, graph) == nil,
        let output = graph.image(node.outputs[0]), let map = largestInput(of: node, graph),
        map.bytes >= max(least, output.channels * output.pixels * 4),
        let made = graph.nodes.firstIndex(where: { $0.outputs.contains(map.id) }), made < position
    else { return }
    var maker = made
    if case .concat = graph.nodes[made].operation {
        let parts = graph.nodes[..<made].lastIndex { part in
            part.outputs.contains { graph.nodes[made].inputs.contains($0) }
        }
        guard let parts else { return }
        maker = parts
    }
    guard position - maker > 1, position - maker <= reach else { return }
    // Nodes in between that the convolution needs go first; none of them may need the map.
    var needed: Set<Int> = []
    var wanted = Set(node.inputs.compactMap { $0?.index })
    for between in (maker + 1..<position).reversed() where between != made {
        guard graph.nodes[between].outputs.contains(where: { wanted.contains($0.index) }) else { continue }
        needed.insert(between)
        wanted.formUnion(graph.nodes[between].inputs.compactMap { $0?.index })
    }
    let late = Set(
        ([maker, made] + (maker + 1..<position).filter { !needed.contains($0) })
            .flatMap { graph.nodes[$0].outputs.map(\.index) })
    guard
        needed.allSatisfy({ number in
            graph.nodes[number].inputs.allSatisfy { $0.map { !late.contains($0.index) } ?? true }
        })
    else { return }
    let first = needed.sorted() + [maker] + (made == maker ? [] : [made]) + [position]
    let rest = (maker..<position).filter { !first.contains($0) }
    graph.nodes.replaceSubrange(maker...position, with: (first + rest).map { graph.nodes[$0] })
}

/// Moves a node that ends the graph behind the first pointwise convolution of its input.
private func join(_ position: Int, from least: Int, in graph: inout Graph) {
    guard let first = joined(position, from: least, graph), first + 1 < position else { return }
    graph.nodes.insert(graph.nodes.remove(at: position), at: first + 1)
}

/// The first pointwise convolution of the same map before a node that is one, too, and ends the graph.
private func joined(_ position: Int, from least: Int, _ graph: Graph) -> Int? {
    let node = graph.nodes[position]
    guard isPointwise(node), node.input(3) == nil, graph.outputs.contains(node.outputs[0]),
        let id = node.input(0), let image = graph.image(id), image.channels * image.pixels * 4 >= least,
        !graph.nodes.contains(where: { $0.inputs.contains(node.outputs[0]) }),
        let first = graph.nodes.firstIndex(where: { isPointwise($0) && $0.input(0) == id }), first < position
    else { return nil }
    return first
}

/// Moves a node that reads an input of the graph behind the node that did so last.
private func gather(_ position: Int, from least: Int, in graph: inout Graph) {
    let node = graph.nodes[position]
    guard let id = node.input(0), graph.inputs.contains(id), let image = graph.image(id),
        image.channels * image.pixels * 4 >= least,
        node.inputs.dropFirst().allSatisfy({ $0.map { graph[$0].constant != nil } ?? true }),
        let last = graph.nodes[..<position].lastIndex(where: { $0.inputs.contains(id) }), position - last > 1,
        position - last <= reach
    else { return }
    graph.nodes.remove(at: position)
    graph.nodes.insert(node, at: last + 1)
}

private func isPointwise(_ node: Node) -> Bool {
    guard case .convolution(let attributes) = node.operation else { return false }
    return attributes.isPointwise
}

/// The larger one of what a convolution reads and adds.
private func largestInput(of node: Node, _ graph: Graph) -> (id: ValueID, bytes: Int)? {
    let maps = [node.input(0), node.input(3)].compactMap { id -> (id: ValueID, bytes: Int)? in
        guard let id, graph[id].constant == nil, let image = graph.image(id) else { return nil }
        return (id, image.channels * image.pixels * 4)
    }
    return maps.max { $0.bytes < $1.bytes }
}
