internal import ModelGraph

/// Why a model file cannot be used. Every case prints as one line: where, what, what to do.
public enum OnnxImportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file cannot be read, or is not a whole ONNX file.
    case file(path: String, problem: String, remedy: String)
    /// The model as a whole is wrong: its graph, edges, inputs, outputs or functions.
    case model(problem: String, remedy: String)
    /// A stored tensor is wrong or of a type that is not supported.
    case tensor(name: String, problem: String, remedy: String)
    /// A node is wrong or not supported.
    case node(name: String, operatorName: String, problem: String, remedy: String)
    /// A sound model that is not what the pipeline needs.
    case contract(problem: String, remedy: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .file(let path, let problem, let remedy):
            "\(oneLine(path)): \(oneLine(problem)); \(remedy)"
        case .model(let problem, let remedy), .contract(let problem, let remedy):
            "model: \(problem); \(remedy)"
        case .tensor(let name, let problem, let remedy):
            "tensor \(quoted(name)): \(problem); \(remedy)"
        case .node(let name, let operatorName, let problem, let remedy):
            "node \(quoted(name)) (\(oneLine(operatorName))): \(problem); \(remedy)"
        }
    }
}

/// Remedies that several errors share.
enum Remedy {
    static let damaged = "the file is damaged; copy or export it again"
    static let export = "check the model with onnx.checker and export it again"
    static let float32 = "export the model in float32"
}
