import Kernels
import ModelGraph
import OnnxImport
import Testing

@testable import Inference

/// Whole networks in int8, calibrated on the very picture, against PyTorch's fp32 logits.
struct QuantizedGoldenTests {
    /// Random weights make a network that trained ones do not resemble: errors grow through its layers instead of dying
    /// out. The bounds hold the order of magnitude, so that a wrong fold or border is seen.
    @Test(arguments: [
        ("tiny-convolutions-37x45", 0.05, 0.95), ("tiny-pooling-33x50", 0.05, 0.7), ("tiny-ladder-47x123", 0.1, 0.95),
        ("tiny-deeplab-33x47", 0.25, 0.9), ("tiny-espnetv2-48x64", 0.05, 0.3),
    ])
    func tinyNetworksStayClose(name: String, bound: Double, share: Double) throws {
        for set in InstructionSet.allCases where set.isSupported {
            try compare(name, set: set, bound: bound, share: share)
        }
    }

    @Test(arguments: [("ldn121-512x1024", 0.3, 0.95), ("espnetv2-512x1024", 0.3, 0.75)])
    func wholeNetworksStayClose(name: String, bound: Double, share: Double) throws {
        try compare(name, set: .detected, bound: bound, share: share)
    }

    private func compare(_ name: String, set: InstructionSet, bound: Double, share: Double) throws {
        let golden = try Golden(name)
        let image = try golden.tensor("image")
        let graph = try GraphSpecializer.specialize(
            try OnnxModel.load(contentsOf: golden.folder + "/model.onnx"), inputs: ["image": image.dimensions])
        let pool = WorkerPool(threads: 2)
        let kernels = try KernelTable(set)
        let observer = try ModelCompiler(kernels: kernels, threads: 2, observes: true).compile(graph)
        let ranges = try GraphRunner.calibrate(observer, inputs: [image], pool: pool)
        let plan = try ModelCompiler(kernels: kernels, threads: 2, ranges: ranges).compile(graph)
        let work = plan.steps.reduce(0) { $0 + $1.multiplyAccumulates }
        let int8 = plan.steps.filter { $0.precision == .int8 }.reduce(0) { $0 + $1.multiplyAccumulates }
        let names = plan.outputs.map(\.name)
        let results = try GraphRunner.engine(plan, inputs: [image], pool: pool)
        for (name, result) in zip(names, results) where golden.has(name) {
            let error = Self.relativeError(result, try golden.tensor(name))
            print("\(golden.name) \(set) \(name): relative rms error \(error), \(100 * int8 / work) % of MACs in int8")
            #expect(error <= bound, "\(golden.name) \(set) \(name)")
            #expect(error > 0, "a network in int8 does not equal fp32 bit for bit")
        }
        #expect(Double(int8) >= share * Double(work))
    }

    /// Root mean square of the difference over that of the reference's distance from its mean.
    private static func relativeError(_ tensor: HostTensor, _ reference: HostTensor) -> Double {
        let (a, b) = (tensor.elements(as: Float.self)!, reference.elements(as: Float.self)!)
        let mean = b.reduce(0.0) { $0 + Double($1) } / Double(b.count)
        let spread = b.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) } / spread).squareRoot()
    }
}
