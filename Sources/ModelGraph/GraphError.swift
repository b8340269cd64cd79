/// What is wrong with a graph, or with what it was asked to do. Every case prints as one line: what, where, what to do.
public enum GraphError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The shapes or types that reach a node do not fit each other or the node's attributes.
    case mismatch(NodeFault)
    /// The node asks for something that ONNX allows and this engine does not do.
    case unsupported(NodeFault)
    /// A value would be larger than the engine's ceiling.
    case excessive(NodeFault)
    /// A shape depends on data that is known only while the network runs.
    case undetermined(NodeFault)
    /// The node itself is wrong: missing inputs, attributes out of range.
    case malformed(NodeFault)
    /// A graph input was bound wrongly.
    case input(name: String, problem: String, remedy: String)
    /// The graph's edges are wrong: no producer, two producers, an order that is not topological.
    case structure(problem: String, remedy: String)
    /// A cut at the value `at` does not separate the graph, because `crossing` also crosses.
    case uncleanCut(at: String, crossing: String)

    /// Where in the graph a node error is, what is wrong, and what to do.
    public struct NodeFault: Sendable, Hashable {
        /// The node's name in the model file; empty where it has none.
        public var node: String
        /// ONNX's name of the operator.
        public var operatorName: String
        /// What is wrong.
        public var problem: String
        /// What to do.
        public var remedy: String

        /// A fault at a node.
        public init(node: String, operatorName: String, problem: String, remedy: String) {
            self.node = node
            self.operatorName = operatorName
            self.problem = problem
            self.remedy = remedy
        }
    }

    /// The node fault, for the cases that have one.
    public var nodeFault: NodeFault? {
        switch self {
        case .mismatch(let fault), .unsupported(let fault), .excessive(let fault), .undetermined(let fault),
            .malformed(let fault):
            fault
        case .input, .structure, .uncleanCut: nil
        }
    }

    /// One line for people.
    public var description: String {
        switch self {
        case .mismatch(let fault), .unsupported(let fault), .excessive(let fault), .undetermined(let fault),
            .malformed(let fault):
            "node \(quoted(fault.node)) (\(oneLine(fault.operatorName))): \(fault.problem); \(fault.remedy)"
        case .input(let name, let problem, let remedy):
            "graph input \(quoted(name)): \(problem); \(remedy)"
        case .structure(let problem, let remedy):
            "graph: \(problem); \(remedy)"
        case .uncleanCut(let value, let crossing):
            "the graph cannot be cut at \(quoted(value)): \(quoted(crossing)) also crosses the cut; "
                + "name a tensor that all paths to the outputs go through"
        }
    }
}

/// A name from a model file in quotes, safe to print on one line.
package func quoted(_ name: String) -> String { "'" + oneLine(name) + "'" }

/// Names come from files: control characters are replaced and the length is bounded, so that an error stays one line.
package func oneLine(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars.prefix(120) {
        let isControl =
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value)
        line.unicodeScalars.append(isControl ? "?" : scalar)
    }
    return text.unicodeScalars.count > 120 ? line + "..." : line
}
