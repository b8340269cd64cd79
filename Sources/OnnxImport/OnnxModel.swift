public import ModelGraph
internal import SwiftProtobuf

/// ONNX model files (opset 13 to 28).
public enum OnnxModel {
    /// Reads the model at `path`, with the data files beside it that it names.
    ///
    /// Weights go from the file straight into the graph's tensors, once. Blocks on the file; run it before the first
    /// frame. Shapes stay as the file gives them: see `GraphSpecializer` for concrete ones.
    ///
    /// - Throws: `OnnxImportError`, one line that names the node or tensor, its operator and a remedy.
    public static func load(contentsOf path: String) throws(OnnxImportError) -> Graph {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return try load(FileBytes(path: path), folder: parent.isEmpty ? "/" : parent)
    }

    /// Reads a model from memory; it cannot have data files.
    ///
    /// - Parameters:
    ///   - bytes: A serialised `ModelProto`.
    ///   - name: Stands in errors where a file's path would.
    public static func load(bytes: [UInt8], name: String = "model") throws(OnnxImportError) -> Graph {
        try load(MemoryBytes(bytes, name: name), folder: nil)
    }

    private static func load(_ source: any ByteSource, folder: String?) throws(OnnxImportError) -> Graph {
        let skeleton = try ModelSkeleton(of: source)
        let model: Onnx_ModelProto = try decode(skeleton.bytes, name: source.name)
        guard model.hasGraph else {
            throw .file(path: source.name, problem: "it holds no graph", remedy: "give the path of an ONNX file")
        }
        var importer = try GraphImporter(
            model, rawData: skeleton.rawData, tensors: TensorReader(source: source, folder: folder))
        return try importer.run()
    }

    static func decode<Message: SwiftProtobuf.Message>(
        _ bytes: [UInt8], name: String
    ) throws(OnnxImportError) -> Message {
        do {
            return try Message(serializedBytes: bytes, partial: true)
        } catch {
            throw .file(path: name, problem: "not a whole ONNX file (\(error))", remedy: Remedy.damaged)
        }
    }
}
