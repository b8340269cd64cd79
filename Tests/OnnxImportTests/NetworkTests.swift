import Foundation
import ModelGraph
import OnnxImport
import Testing

/// The exporter's networks, from file to specialised graph, and, for the tiny ones, to PyTorch's numbers.
@Suite struct NetworkTests {
    private struct Golden: Decodable {
        struct Tensor: Decodable {
            let shape: [Int]
            let std: Double
        }
        let network: String
        let tensors: [String: Tensor]
    }

    private static func folder(_ name: String) throws -> URL {
        let folder = Fixtures.root.appending(path: "goldens/\(name)")
        guard FileManager.default.fileExists(atPath: folder.appending(path: "golden.json").path) else {
            throw MissingFixture(
                description: "\(folder.path) is missing; make it with: python3 -m tools.export.goldens "
                    + "--out \(Fixtures.root.path)/goldens")
        }
        return folder
    }

    private static func specialized(_ folder: URL, _ golden: Golden) throws -> Graph {
        let graph = try OnnxModel.load(contentsOf: folder.appending(path: "model.onnx").path)
        let contract = try ModelContract(of: graph)
        #expect((contract.outlierLogits != nil) == (golden.tensors["outlier_logits"] != nil))
        _ = try ModelContract.preLogits(named: "pre_logits", in: graph)
        let image = try #require(golden.tensors["image"])
        let special = try GraphSpecializer.specialize(graph, inputs: ["image": image.shape])
        _ = try ModelContract(of: special)
        return special
    }

    @Test(arguments: [
        "espnetv2-512x1024", "ldn121-512x1024", "ldn121-720x1280", "ldn121-375x1242", "deeplab-wrn38-128x256",
        "tiny-convolutions-37x45", "tiny-pooling-33x50", "tiny-ladder-65x61", "tiny-deeplab-33x47",
        "tiny-espnetv2-48x64",
    ])
    func everyNetworkSpecializes(_ name: String) throws {
        let folder = try Self.folder(name)
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: folder.appending(path: "golden.json")))
        let clock = ContinuousClock()
        let (start, startOfWork) = (clock.now, Self.threadSeconds())
        let special = try Self.specialized(folder, golden)
        let work = Self.threadSeconds() - startOfWork
        print(
            "\(name): loaded and specialised in \(clock.now - start), \(work) s of work, \(special.nodes.count) nodes")
        for (tensor, expected) in golden.tensors {
            let id = try #require(special.value(named: tensor), "\(tensor)")
            #expect(special[id].dimensions == expected.shape, "\(tensor)")
        }
        // The promise is 2 s in a release build, on a machine that does nothing else: this thread's own time, then.
        #if !DEBUG
            if name.hasPrefix("ldn121") { #expect(work < 2) }
        #endif
    }

    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    @Test(arguments: [
        "tiny-convolutions-37x45", "tiny-pooling-33x50", "tiny-ladder-65x61", "tiny-deeplab-33x47",
        "tiny-espnetv2-48x64",
    ])
    func tinyNetworksMatchPyTorch(_ name: String) throws {
        let folder = try Self.folder(name)
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: folder.appending(path: "golden.json")))
        let graph = try Self.specialized(folder, golden)
        var values = graph.values.map(\.constant)
        let image = try #require(golden.tensors["image"])
        values[graph.inputs[0].index] = try tensor("image", image.shape, in: folder)
        for node in graph.nodes {
            let results = try ReferenceEvaluator.evaluate(
                node.operation, inputs: node.inputs.map { id in id.flatMap { values[$0.index] } },
                outputCount: node.outputs.count, node: node.name)
            for (id, result) in zip(node.outputs, results) { values[id.index] = result }
        }
        for (output, expected) in golden.tensors where output != "image" {
            let id = try #require(graph.value(named: output))
            let result = try #require(values[id.index]?.elements(as: Float.self))
            let wanted = try #require(tensor(output, expected.shape, in: folder).elements(as: Float.self))
            let worst = zip(result, wanted).map { Double(abs($0 - $1)) }.max() ?? .infinity
            print("\(name) \(output): max |difference| / std \(worst / expected.std)")
            #expect(result.count == wanted.count && worst / expected.std <= 1e-4)
        }
    }

    private func tensor(_ name: String, _ shape: [Int], in folder: URL) throws -> HostTensor {
        let data = try Data(contentsOf: folder.appending(path: "\(name).f32"))
        try #require(data.count == shape.reduce(4, *))
        return HostTensor(type: .float32, dimensions: shape) { data.copyBytes(to: $0) }
    }
}
