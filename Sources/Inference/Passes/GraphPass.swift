public import ModelGraph

/// One rewriting of a graph that keeps its outputs' values: one pass, one file, Graph -> Graph.
public struct GraphPass: Sendable {
    /// The name that `inspect --after` takes.
    public let name: String
    let rewrite: @Sendable (inout Graph) -> Void

    /// Applies the pass to a specialised graph (every extent known).
    public func callAsFunction(_ graph: Graph) -> Graph {
        var graph = graph
        rewrite(&graph)
        return graph
    }

    /// Applies the pass in place.
    func apply(to graph: inout Graph) { rewrite(&graph) }

    /// All passes, in the order in which the compiler applies them.
    public static let all: [GraphPass] = [
        .normalizeElementwise, .chainConcats, .fuseElementwise, .distributeShuffledConcat, .fuseElementwise,
        .fusePrologue, .swapPoolAndPointwise, .eliminateDeadNodes, .advancePointwise,
    ]
}
