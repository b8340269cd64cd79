internal import ModelGraph
internal import OnnxImport
internal import Synchronization

/// The network's file as a graph: read when it is wanted, and given away when plans are made of it, so that its weights
/// are not kept beside the packed ones. Then the next one who wants it reads the file again.
final class GraphFile: Sendable {
    private let path: String
    private let digest: String
    private let loaded: Mutex<Graph?>

    /// Reads the file of `bundle`, whose digest was checked when the bundle was opened.
    init(of bundle: ModelBundle) throws(ModelError) {
        path = bundle.modelPath
        digest = bundle.description.modelSHA256.lowercased()
        loaded = Mutex(try Self.load(path))
    }

    /// The graph, which stays. Blocks on the file if it was given away.
    func graph() throws(ModelError) -> Graph {
        let graph = try taken()
        loaded.withLock { $0 = graph }
        return graph
    }

    /// The graph, which is the caller's now. Blocks on the file if it was given away before.
    func taken() throws(ModelError) -> Graph {
        let kept = loaded.withLock { graph in
            defer { graph = nil }
            return graph
        }
        if let kept { return kept }
        guard try ModelBundle.digest(of: path) == digest else {
            throw ModelError("\(path) is another file than when the program started: start again, or restore it")
        }
        return try Self.load(path)
    }

    private static func load(_ path: String) throws(ModelError) -> Graph {
        do throws(OnnxImportError) {
            return try OnnxModel.load(contentsOf: path)
        } catch {
            // Errors of the file itself name it already.
            if case .file = error { throw ModelError("\(error)") }
            throw ModelError("\(path): \(error)")
        }
    }
}
