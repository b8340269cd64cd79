internal import ModelGraph

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Data files beside a model, opened once each. A model cannot reach outside its own folder.
struct ExternalFiles {
    /// The `external_data` of a tensor.
    struct Entry {
        let location: String
        let offset: Int
        let length: Int?

        init(_ entries: [Onnx_StringStringEntryProto], tensor: String) throws(OnnxImportError) {
            var location: String?
            var offset = 0
            var length: Int?
            for entry in entries {
                switch entry.key {
                case "location": location = entry.value
                case "offset": offset = try Self.number(entry, tensor)
                case "length": length = try Self.number(entry, tensor)
                default: break
                }
            }
            guard let location, !location.isEmpty else {
                throw .tensor(
                    name: tensor, problem: "it is stored outside the model without saying where", remedy: Remedy.damaged
                )
            }
            self.location = location
            self.offset = offset
            self.length = length
        }

        private static func number(
            _ entry: Onnx_StringStringEntryProto, _ tensor: String
        ) throws(OnnxImportError) -> Int {
            guard let number = Int(entry.value), number >= 0 else {
                throw .tensor(
                    name: tensor, problem: "\(entry.key) \(quoted(entry.value)) of its data is no size",
                    remedy: Remedy.damaged)
            }
            return number
        }
    }

    private let folder: String?
    private var files: [String: FileBytes] = [:]

    init(folder: String?) { self.folder = folder }

    /// The file at `location`, relative to the model's folder, and whether it was opened just now.
    mutating func file(
        at location: String, tensor: String
    ) throws(OnnxImportError) -> (file: FileBytes, isNew: Bool) {
        if let file = files[location] { return (file, false) }
        guard let folder else {
            throw .tensor(
                name: tensor, problem: "its data is in the file \(quoted(location)), and the model is not in a folder",
                remedy: "load the model from its file")
        }
        let parts = location.split(separator: "/", omittingEmptySubsequences: false)
        guard !location.utf8.contains(0), !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw outside(location, tensor)
        }
        let path = folder + "/" + location
        // Links are resolved: what counts is where the bytes are.
        guard let base = Self.resolved(folder), let target = Self.resolved(path) else {
            throw .file(
                path: path, problem: String(cString: strerror(errno)), remedy: "put the model's data file there")
        }
        guard target.hasPrefix(base == "/" ? base : base + "/") else { throw outside(location, tensor) }
        let file = try FileBytes(path: target)
        files[location] = file
        return (file, true)
    }

    private func outside(_ location: String, _ tensor: String) -> OnnxImportError {
        .tensor(
            name: tensor, problem: "its data file \(quoted(location)) is not inside the model's folder",
            remedy: "put the data file beside the model and export it again")
    }

    private static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
