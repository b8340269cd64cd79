public import ModelGraph

/// Single tensors as ONNX stores them (`TensorProto`), such as the data sets beside conformance models.
public enum OnnxTensor {
    /// A tensor with the name that its file gives it.
    public struct Named: Sendable {
        /// Empty when the file names none.
        public let name: String
        /// 16-bit floats are widened to float32.
        public let tensor: HostTensor
    }

    /// Reads the tensor file at `path`. Blocks on the file.
    ///
    /// - Throws: `OnnxImportError` when it is no whole tensor file or of a type that is not supported.
    public static func load(contentsOf path: String) throws(OnnxImportError) -> Named {
        let file = try FileBytes(path: path)
        var reader = WireReader(file)
        var bytes: [UInt8] = []
        try reader.append(0..<file.byteCount, to: &bytes)
        let stored: Onnx_TensorProto = try OnnxModel.decode(bytes, name: path)
        let tensor = try TensorReader(source: file, folder: nil).read(stored, named: stored.name)
        return Named(name: stored.name, tensor: tensor)
    }
}
