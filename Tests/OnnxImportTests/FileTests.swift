import Foundation
import ModelGraph
import Testing

@testable import OnnxImport

@Suite struct FileTests {
    /// A folder that goes away with the test.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "onnx-import-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }

        func path(_ name: String) -> String { url.appending(path: name).path }
        func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: url.appending(path: name)) }
    }

    private func error(_ path: String) -> String {
        do throws(OnnxImportError) {
            return "loaded \(try OnnxModel.load(contentsOf: path).nodes.count) nodes"
        } catch {
            return error.description
        }
    }

    private static let model = Make.model(
        nodes: [Make.node("Add", ["x", "w"], ["y"])], initializers: [Make.floats("w", [2, 3], [1, 2, 3, 4, 5, 6])])

    @Test func loadsAFile() throws {
        let folder = try Folder()
        try folder.write("m.onnx", Self.model.bytes())
        let graph = try OnnxModel.load(contentsOf: folder.path("m.onnx"))
        #expect(graph[try #require(graph.value(named: "w"))].constant?.elements(as: Float.self) == [1, 2, 3, 4, 5, 6])
    }

    @Test func saysWhatIsNoModel() throws {
        let folder = try Folder()
        #expect(error(folder.path("none.onnx")).contains("No such file or directory; give the path"))
        #expect(error(folder.url.path).contains("not a regular file"))
        try #require(mkfifo(folder.path("pipe"), 0o600) == 0)
        #expect(error(folder.path("pipe")).contains("not a regular file"))
        try folder.write("empty", [])
        #expect(error(folder.path("empty")).contains("it holds no graph"))
        try folder.write("text", [UInt8]("version https://git-lfs.github.com/spec/v1".utf8))
        #expect(error(folder.path("text")).contains("not a whole ONNX file"))
        #expect(error("zero\0byte").contains("zero byte"))
    }

    @Test func saysThatAFileIsTruncated() throws {
        // Cut between the versions of operator sets that nobody uses, a file is as good as before.
        var model = Self.model
        model.opsetImport.removeLast(2)
        let bytes = try model.bytes()
        for length in 1..<bytes.count {
            let message: String
            do throws(OnnxImportError) {
                _ = try OnnxModel.load(bytes: Array(bytes[..<length]))
                message = "loaded"
            } catch {
                message = error.description
            }
            #expect(message != "loaded" && !message.contains("\n"), "\(length): \(message)")
        }
    }

    private func external(location: String, offset: String? = nil, length: String? = nil) -> Onnx_ModelProto {
        var model = Self.model
        model.graph.initializer[0].clearRawData()
        model.graph.initializer[0].dataLocation = .external
        for (key, value) in [("location", location), ("offset", offset), ("length", length)] {
            guard let value else { continue }
            var entry = Onnx_StringStringEntryProto()
            entry.key = key
            entry.value = value
            model.graph.initializer[0].externalData.append(entry)
        }
        return model
    }

    @Test func readsExternalData() throws {
        let folder = try Folder()
        let values: [Float] = [9, 1, 2, 3, 4, 5, 6]
        try folder.write("weights.bin", values.withUnsafeBytes { [UInt8]($0) })
        try folder.write("m.onnx", external(location: "weights.bin", offset: "4", length: "24").bytes())
        let graph = try OnnxModel.load(contentsOf: folder.path("m.onnx"))
        #expect(graph[try #require(graph.value(named: "w"))].constant?.elements(as: Float.self) == [1, 2, 3, 4, 5, 6])
    }

    @Test func refusesExternalDataThatCannotBe() throws {
        let folder = try Folder()
        try folder.write("weights.bin", [UInt8](repeating: 0, count: 28))
        let outside = try Folder()
        try outside.write("secret.bin", [UInt8](repeating: 0, count: 28))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link.bin"), withDestinationPath: outside.path("secret.bin"))
        func error(_ location: String, _ offset: String? = nil, _ length: String? = nil) throws -> String {
            try folder.write("m.onnx", external(location: location, offset: offset, length: length).bytes())
            return self.error(folder.path("m.onnx"))
        }
        #expect(try error("weights.bin") == "loaded 1 nodes")
        #expect(try error("weights.bin", "5").contains("24 bytes at offset 5 run past the end of 'weights.bin'"))
        #expect(try error("weights.bin", "9223372036854775807").contains("run past the end"))
        #expect(try error("weights.bin", "-1").contains("is no size"))
        #expect(try error("weights.bin", "0", "20").contains("need 24 bytes of data, and 20 are there"))
        #expect(try error("weights.bin", "99999999999999999999").contains("is no size"))
        #expect(try error("missing.bin").contains("No such file"))
        for escape in ["../weights.bin", "/etc/passwd", "a/../../b", ".", "a//b", "weights.bin\0", "link.bin"] {
            #expect(try error(escape).contains("is not inside the model's folder"), "\(escape)")
        }
        let bytes = try external(location: "weights.bin").bytes()
        #expect(throws: OnnxImportError.self) { try OnnxModel.load(bytes: bytes) }
    }

    /// Ten thousand tensors over one range of one small file.
    @Test func refusesExternalDataThatMultiplies() throws {
        let folder = try Folder()
        try folder.write("weights.bin", [UInt8](repeating: 0, count: 1 << 16))
        var model = external(location: "weights.bin")
        let shared = model.graph.initializer[0]
        model.graph.initializer = (0..<1000).map { number in
            var tensor = shared
            tensor.name = "w\(number)"
            tensor.dims = [1 << 14]
            return tensor
        }
        try folder.write("m.onnx", model.bytes())
        #expect(error(folder.path("m.onnx")).contains("add up to more than 16 times its files"))
    }
}
