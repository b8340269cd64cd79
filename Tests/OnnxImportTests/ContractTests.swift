import ModelGraph
import Testing

@testable import OnnxImport

@Suite struct ContractTests {
    private func graph(
        input: Onnx_ValueInfoProto = Make.value("image", [1, 3, -1, -2]), outputs: [Onnx_ValueInfoProto]
    ) throws -> Graph {
        var model = Make.model(
            nodes: outputs.map { Make.node("Relu", [input.name], [$0.name]) }, inputs: [input],
            outputs: outputs.map(\.name))
        model.graph.output = outputs
        return try model.load()
    }

    private static let logits = Make.value("logits", [1, 19, -3, -4])

    private func failure(_ graph: Graph) -> String {
        do throws(OnnxImportError) {
            _ = try ModelContract(of: graph)
            return "holds"
        } catch {
            return error.description
        }
    }

    @Test func acceptsBothKindsOfNetwork() throws {
        let both = try ModelContract(
            of: graph(outputs: [Self.logits, Make.value("outlier_logits", [1, 2, -3, -4])]))
        #expect(both.outlierLogits != nil && both.fixedHeight == nil)
        let plain = try ModelContract(
            of: graph(input: Make.value("image", [1, 3, 512, 1024]), outputs: [Make.value("logits", nil)]))
        #expect(plain.outlierLogits == nil && plain.fixedHeight == 512 && plain.fixedWidth == 1024)
    }

    @Test func saysWhatIsThereInstead() throws {
        let name = try failure(graph(input: Make.value("x", [1, 3, 4, 4]), outputs: [Self.logits]))
        #expect(name.contains("its inputs are 'x', and must be 'image' alone"), "\(name)")
        let rank = try failure(graph(input: Make.value("image", [3, 4, 4]), outputs: [Self.logits]))
        #expect(rank.contains("the input 'image' is [3, 4, 4], and must be [1, 3, H, W]"), "\(rank)")
        let gray = try failure(graph(input: Make.value("image", [1, 1, 4, 4]), outputs: [Self.logits]))
        #expect(gray.contains("[1, 1, 4, 4]"), "\(gray)")
        let bytes = try failure(graph(input: Make.value("image", [1, 3, 4, 4], type: .uint8), outputs: [Self.logits]))
        #expect(bytes.contains("of type uint8"), "\(bytes)")
        let missing = try failure(graph(outputs: [Make.value("scores", nil)]))
        #expect(missing.contains("no output 'logits' (its outputs: 'scores')"), "\(missing)")
        let head = try failure(graph(outputs: [Self.logits, Make.value("outlier_logits", [1, 3, -3, -4])]))
        #expect(
            head.contains("'outlier_logits' is float32 [1, 3, n3, n4], and must be float32 [1, 2, h, w]"), "\(head)")
    }

    @Test func findsThePreLogits() throws {
        let graph = try graph(outputs: [Self.logits])
        #expect(try ModelContract.preLogits(named: "logits", in: graph) == graph.outputs[0])
        #expect(throws: OnnxImportError.self) { try ModelContract.preLogits(named: "nowhere", in: graph) }
        #expect(throws: OnnxImportError.self) { try ModelContract.preLogits(named: "image", in: graph) }
    }
}
