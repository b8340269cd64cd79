/// A fault found while looking at one operation, before it is known which node it is.
struct Fault: Error {
    enum Kind { case mismatch, unsupported, excessive, undetermined, malformed }

    let kind: Kind
    let problem: String
    let remedy: String

    static func mismatch(
        _ problem: String, remedy: String = "give an input size that the network allows, or export the model again"
    ) -> Fault {
        Fault(kind: .mismatch, problem: problem, remedy: remedy)
    }

    static func unsupported(_ problem: String, remedy: String) -> Fault {
        Fault(kind: .unsupported, problem: problem, remedy: remedy)
    }

    static func excessive(_ problem: String) -> Fault {
        Fault(kind: .excessive, problem: problem, remedy: "give a smaller input size, or check the model file")
    }

    static func undetermined(_ problem: String) -> Fault {
        Fault(
            kind: .undetermined, problem: problem,
            remedy: "export the model so that this tensor is a constant or follows from input shapes alone")
    }

    static func malformed(_ problem: String) -> Fault {
        Fault(kind: .malformed, problem: problem, remedy: "check the model with onnx.checker and export it again")
    }

    /// The public error, once the node is known.
    func located(node: String, operation: Operation) -> GraphError {
        let fault = GraphError.NodeFault(
            node: node, operatorName: operation.operatorName, problem: problem, remedy: remedy)
        return switch kind {
        case .mismatch: .mismatch(fault)
        case .unsupported: .unsupported(fault)
        case .excessive: .excessive(fault)
        case .undetermined: .undetermined(fault)
        case .malformed: .malformed(fault)
        }
    }
}
