/// Which nodes stay in fp32, so that the rest in int8 is accurate enough: few, and those that int8 would hardly make faster.
///
/// Each node is tried alone in int8; those with the largest error for the time that int8 may save then stay in fp32, as few
/// as the wanted agreement needs. At last each of them, the dearest first, goes back to int8 if the agreement can spare it.
struct NodeChoice {
    /// A node that can run in either precision.
    struct Node {
        let name: String
        /// What it costs in fp32, in multiply-accumulates.
        let work: Int
    }

    /// How a network with some nodes in int8 compares with the one in fp32.
    struct Comparison {
        /// Share of pixels with the same largest class.
        let agreement: Double
        /// Mean square of the logits' difference.
        let error: Double
    }

    let nodes: [Node]
    /// Least agreement.
    let wanted: Double
    /// Measures the network with the named nodes in fp32 and all others in int8.
    let compare: (_ exact: Set<String>) throws(ModelError) -> Comparison

    /// The nodes that stay in fp32, and the agreement with them: 1 where all do. `report` is told how far the search is.
    func make(report: (String) -> Void) throws(ModelError) -> (exact: Set<String>, agreement: Double) {
        let dearest = try byErrorForTheirWork(report: report)
        var low = 0
        var high = dearest.count
        var agreement = 1.0
        while low < high {
            let count = (low + high) / 2
            report("keeping \(count) of \(nodes.count) nodes in fp32")
            let tried = try compare(Set(dearest.prefix(count).map(\.name))).agreement
            if tried >= wanted {
                high = count
                agreement = tried
            } else {
                low = count + 1
            }
        }
        var exact = Set(dearest.prefix(high).map(\.name))
        for node in dearest.prefix(high).sorted(by: { $0.work > $1.work }) {
            report("keeping \(exact.count) of \(nodes.count) nodes in fp32, trying one less")
            let tried = try compare(exact.subtracting([node.name])).agreement
            if tried >= wanted {
                exact.remove(node.name)
                agreement = tried
            }
        }
        return (exact, agreement)
    }

    /// The nodes, first those whose error is the largest for what int8 saves.
    private func byErrorForTheirWork(report: (String) -> Void) throws(ModelError) -> [Node] {
        let total = nodes.reduce(0) { $0 + $1.work }
        let all = Set(nodes.map(\.name))
        var costs: [(node: Node, cost: Double)] = []
        for (number, node) in nodes.enumerated() {
            report("int8 node by node: \(number + 1) of \(nodes.count)")
            let error = try compare(all.subtracting([node.name])).error
            // Work counts, but a small node is no bargain for being small.
            costs.append((node, error / (Double(node.work) + 0.01 * Double(total))))
        }
        return costs.sorted { $0.cost > $1.cost }.map(\.node)
    }
}
