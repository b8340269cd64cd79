import Foundation
import ModelGraph
import OnnxImport

/// One case of the ONNX project, as tools/conformance/generate.py writes it.
struct ConformanceCase: Sendable {
    /// `node`, `simple`, `pytorch-operator` or `pytorch-converted`.
    let kind: String
    let name: String
    let relativeTolerance: Double
    let absoluteTolerance: Double

    var id: String { kind + "/" + name }
    var folder: URL { ConformanceFixtures.root.appending(path: id) }
    var modelPath: String { folder.appending(path: "model.onnx").path }

    /// Inputs and expected outputs in the model's order.
    struct DataSet {
        let inputs: [HostTensor]
        let outputs: [HostTensor]
    }

    func dataSets() throws -> [DataSet] {
        var sets: [DataSet] = []
        while true {
            let data = folder.appending(path: "test_data_set_\(sets.count)")
            guard FileManager.default.fileExists(atPath: data.path) else { return sets }
            sets.append(
                DataSet(inputs: try Self.tensors("input", in: data), outputs: try Self.tensors("output", in: data)))
        }
    }

    private static func tensors(_ role: String, in folder: URL) throws -> [HostTensor] {
        var tensors: [HostTensor] = []
        while true {
            let path = folder.appending(path: "\(role)_\(tensors.count).pb").path
            guard FileManager.default.fileExists(atPath: path) else { return tensors }
            tensors.append(try OnnxTensor.load(contentsOf: path).tensor)
        }
    }
}

/// The generated folder.
enum ConformanceFixtures {
    static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let root: URL = {
        let fixtures = ProcessInfo.processInfo.environment["DENSEHYBRID_FIXTURES"].map { URL(filePath: $0) }
        return (fixtures ?? packageRoot.appending(path: ".fixtures")).appending(path: "conformance")
    }()

    /// Every case of the index.
    static func cases() throws -> [ConformanceCase] {
        let index = root.appending(path: "cases.tsv")
        guard let text = try? String(contentsOf: index, encoding: .utf8) else {
            throw ConformanceFailure(
                "\(index.path) is missing; make it with: pip install -r tools/conformance/requirements.txt && "
                    + "python3 tools/conformance/generate.py --out \(root.path)")
        }
        return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let fields = line.split(separator: "\t").map(String.init)
            guard fields.count == 4, let relative = Double(fields[2]), let absolute = Double(fields[3]) else {
                throw ConformanceFailure("\(index.path): cannot read the line: \(line)")
            }
            return ConformanceCase(
                kind: fields[0], name: fields[1], relativeTolerance: relative, absoluteTolerance: absolute)
        }
    }
}

struct ConformanceFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
