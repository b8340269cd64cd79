internal import ModelGraph

/// Where in a model an operator's importer works: for messages and for what depends on the operator set.
struct NodeSite {
    /// The node's name, or what identifies it when it has none.
    let name: String
    let operatorName: String
    /// Version of the operator set of the node's domain.
    let opset: Int

    func error(_ problem: String, remedy: String = Remedy.export) -> OnnxImportError {
        .node(name: name, operatorName: operatorName, problem: problem, remedy: remedy)
    }

    /// The operator means something else, or is spelled otherwise, in the model's operator set.
    func outdated() -> OnnxImportError {
        error(
            "\(oneLine(operatorName)) of opset \(opset) is not supported",
            remedy: "re-export with opset \(OperatorEntry.oldestOpset) to \(OperatorEntry.newestOpset)")
    }
}

extension Onnx_NodeProto {
    /// The node's name; one made from its first output when it has none.
    var label: String {
        if !name.isEmpty { return name }
        if let output = output.first(where: { !$0.isEmpty }) { return "the node that makes " + output }
        return "without name"
    }
}
