internal import ModelGraph

/// Nodes that one step computes together, row by row, so that what lies between them is never stored. Found before
/// lowering, by operations and extents alone.
enum RowFusion {
    case depthwiseSum(DepthwiseSum)
    case planarSum(PlanarSum)
    case branches(DepthwiseBranches)
    case upsampleSum(UpsampleSum)
}

/// The fusions of a graph: which node ends one, and which nodes lie inside.
struct RowFusions {
    private(set) var byLast: [Int: RowFusion] = [:]
    private(set) var absorbed: Set<Int> = []
    private var ends: [Int: Int] = [:]

    mutating func add(_ fusion: RowFusion, last: Int, inner: some Sequence<Int>) {
        byLast[last] = fusion
        absorbed.formUnion(inner)
        for position in inner { ends[position] = last }
    }

    /// Lets the node at `last`, which is lowered as ever, compute `inner` as well.
    mutating func absorb(_ inner: some Sequence<Int>, into last: Int) {
        absorbed.formUnion(inner)
        for position in inner { ends[position] = last }
    }

    /// The node whose step computes the node at `position`.
    func end(of position: Int) -> Int { ends[position] ?? position }

    /// Whether another fusion has the node already.
    func contains(_ position: Int) -> Bool { absorbed.contains(position) || byLast[position] != nil }
}

/// Looks at nodes and at who made their inputs.
struct ProducerView {
    let graph: Graph
    let index: GraphIndex

    init(_ graph: Graph) {
        self.graph = graph
        index = GraphIndex(graph)
    }

    /// The node that makes `id`, if `uses` inputs or outputs read it in all.
    func maker(of id: ValueID?, uses: Int = 1) -> Int? {
        guard let id, index.useCount[id.index] == uses else { return nil }
        return index.producer[id.index]
    }
}

extension PlanBuilder {
    /// Finds fusions, last node first: what ends a chain decides about it.
    func findRowFusions() -> RowFusions {
        var fusions = RowFusions()
        // Calibration wants to see every value.
        if compiler.observes { return fusions }
        let view = ProducerView(graph)
        for position in graph.nodes.indices.reversed() where !fusions.contains(position) {
            if let sum = PlanarSum(endingAt: position, view, self), !sum.inner.contains(where: fusions.contains) {
                fusions.add(.planarSum(sum), last: position, inner: sum.inner)
            } else if let sum = DepthwiseSum(endingAt: position, view, self),
                !sum.inner.contains(where: fusions.contains)
            {
                fusions.add(.depthwiseSum(sum), last: position, inner: sum.inner)
            } else if let branches = DepthwiseBranches(endingAt: position, view, self),
                !branches.inner.contains(where: fusions.contains)
            {
                fusions.add(.branches(branches), last: position, inner: branches.inner)
            } else if let sum = UpsampleSum(endingAt: position, view, self),
                !sum.inner.contains(where: fusions.contains)
            {
                fusions.add(.upsampleSum(sum), last: position, inner: sum.inner)
            }
        }
        return fusions
    }

    /// Lowers the fusion that ends at the current node.
    mutating func lower(_ fusion: RowFusion) throws(InferenceError) {
        switch fusion {
        case .depthwiseSum(let sum): try lowerDepthwiseSum(sum)
        case .planarSum(let sum): try lowerPlanarSum(sum)
        case .branches(let branches): try lowerBranches(branches)
        case .upsampleSum(let sum): try lowerUpsampleSum(sum)
        }
    }

    /// The facts of a fast depthwise convolution whose output has its input's extents, or nil.
    func sameDepthwise(_ position: Int) -> (attributes: Convolution, window: Window)? {
        let node = graph.nodes[position]
        guard case .convolution(let attributes) = node.operation, lowering(of: node) == .depthwise,
            let facts = try? convolutionFacts(node), facts.1.input == facts.1.output, facts.1.window.rows.stride == 1,
            facts.1.window.columns.stride == 1
        else { return nil }
        return (attributes, facts.1.window)
    }
}
