import Foundation
import Inference
import Kernels
import ModelGraph
import OnnxImport
import Testing

/// The engine against PyTorch: outputs of whole networks, made by `python -m tools.export.goldens`.
struct GoldenTests {
    /// Small networks that together use every kind of layer.
    static let tiny = [
        "tiny-convolutions-37x45", "tiny-convolutions-64x96", "tiny-pooling-33x50", "tiny-pooling-48x80",
        "tiny-ladder-65x61", "tiny-ladder-47x123", "tiny-deeplab-33x47", "tiny-deeplab-64x64", "tiny-espnetv2-48x64",
    ]
    /// The networks themselves.
    static let large = [
        "espnetv2-512x1024", "ldn121-512x1024", "ldn121-720x1280", "ldn121-375x1242", "deeplab-wrn38-128x256",
    ]

    @Test(arguments: tiny, InstructionSet.allCases.filter(\.isSupported))
    func tinyNetworksEqualPyTorch(name: String, set: InstructionSet) throws {
        try compare(try Golden(name), set: set)
    }

    @Test(arguments: large)
    func wholeNetworksEqualPyTorch(name: String) throws {
        try compare(try Golden(name), set: .detected)
    }

    private func compare(_ golden: Golden, set: InstructionSet) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let graph = try OnnxModel.load(contentsOf: golden.folder + "/model.onnx")
        let image = try golden.tensor("image")
        let specialised = try GraphSpecializer.specialize(graph, inputs: ["image": image.dimensions])
        let compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2)
        let plan = try compiler.compile(specialised)
        let loaded = clock.now - start
        let names = plan.outputs.map(\.name)
        let results = try GraphRunner.engine(plan, inputs: [image], pool: WorkerPool(threads: 2))
        for (name, result) in zip(names, results) where golden.has(name) {
            let reference = try golden.tensor(name)
            let difference = Difference(result, reference)
            print("\(golden.name) \(set) \(name): \(difference), loaded and compiled in \(loaded)")
            #expect(result.dimensions == reference.dimensions)
            #expect(difference.worst <= 1e-4)
            if name == "logits" { #expect(difference.argmaxAgreement >= 0.9999) }
        }
        #expect(names.contains("logits") && names.contains("outlier_logits"))
    }
}

/// One folder of golden data.
struct Golden {
    let name: String
    let folder: String
    private let shapes: [String: [Int]]

    private struct Description: Decodable {
        struct Tensor: Decodable { let shape: [Int] }
        let tensors: [String: Tensor]
    }

    init(_ name: String) throws {
        self.name = name
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let fixtures = ProcessInfo.processInfo.environment["DENSEHYBRID_FIXTURES"] ?? package + "/.fixtures"
        folder = fixtures + "/goldens/" + name
        guard let json = FileManager.default.contents(atPath: folder + "/golden.json") else {
            throw MissingFixture(
                description: "\(folder) is missing: run python -m tools.export.goldens --out .fixtures/goldens")
        }
        shapes = try JSONDecoder().decode(Description.self, from: json).tensors.mapValues(\.shape)
    }

    func has(_ tensor: String) -> Bool { shapes[tensor] != nil }

    func tensor(_ tensor: String) throws -> HostTensor {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(tensor).f32"))
        let shape = try #require(shapes[tensor])
        try #require(data.count == shape.reduce(4, *))
        return HostTensor(type: .float32, dimensions: shape) { target in
            data.withUnsafeBytes { target.copyMemory(from: $0) }
        }
    }
}

struct MissingFixture: Error, CustomStringConvertible {
    let description: String
}

/// How far a result is from its reference, in standard deviations of the reference.
struct Difference: CustomStringConvertible {
    let worst: Double
    let argmaxAgreement: Double

    init(_ result: HostTensor, _ reference: HostTensor) {
        let (a, b) = (result.elements(as: Float.self)!, reference.elements(as: Float.self)!)
        let mean = b.reduce(0.0) { $0 + Double($1) } / Double(b.count)
        let variance = b.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(b.count)
        var largest = 0.0
        for index in a.indices {
            let difference = abs(Double(a[index]) - Double(b[index]))
            largest = difference.isNaN ? .infinity : max(largest, difference)
        }
        worst = largest / variance.squareRoot()
        let classes = reference.dimensions[1]
        let pixels = b.count / classes
        var same = 0
        for pixel in 0..<pixels {
            var first = 0
            var second = 0
            for other in 1..<classes {
                if a[other * pixels + pixel] > a[first * pixels + pixel] { first = other }
                if b[other * pixels + pixel] > b[second * pixels + pixel] { second = other }
            }
            same += first == second ? 1 : 0
        }
        argmaxAgreement = Double(same) / Double(pixels)
    }

    var description: String { "max |difference| / std \(worst), argmax agreement \(argmaxAgreement)" }
}
