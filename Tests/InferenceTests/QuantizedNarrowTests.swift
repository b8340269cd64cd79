import CKernels
import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// Pointwise int8 convolutions with few outputs give the bits that the same filters give in a convolution with many.
struct QuantizedNarrowTests {
    @Test(arguments: QuantizationTests.sets)
    func equalsABlock(set: InstructionSet) throws {
        var random = SeededGenerator(label: "int8 narrow \(set)")
        let pool = WorkerPool(threads: 2)
        let table = try KernelTable(set)
        let most = Int(table.functions.quantized_planes.narrow_most)
        for _ in 0..<20 {
            let (outputs, channels) = (Int.random(in: 1...most, using: &random), Int.random(in: 9...90, using: &random))
            let (height, width) = (Int.random(in: 4...9, using: &random), Int.random(in: 4...30, using: &random))
            let weights = (0..<40 * channels).map { _ in Float.random(in: -1...1, using: &random) }
            let bias = (0..<40).map { _ in Float.random(in: -9...9, using: &random) }
            let inputs = [EngineTests.randomTensor([1, channels, height, width], &random)]
            func graph(_ count: Int) -> Graph {
                var graph = Graph(name: "head")
                func value(_ name: String, _ extents: [Int], _ elements: [Float]?) -> ValueID {
                    let constant = elements.map { HostTensor(Array($0), dimensions: extents) }
                    return graph.add(Value(name: name, shape: extents.map(Dimension.known), constant: constant))
                }
                let image = value("image", [1, channels, height, width], nil)
                let result = value("result", [1, count, height, width], nil)
                let filter = value("weights", [count, channels, 1, 1], Array(weights[..<(count * channels)]))
                let pointwise = Convolution(
                    kernel: [1, 1], strides: [1, 1], dilations: [1, 1],
                    padding: .explicit(begin: [0, 0], end: [0, 0]), groups: 1)
                graph.inputs = [image]
                graph.outputs = [result]
                graph.nodes = [
                    Node(
                        name: "head", operation: .convolution(pointwise),
                        inputs: [image, filter, value("bias", [count], Array(bias[..<count]))], outputs: [result])
                ]
                return graph
            }
            func plan(_ count: Int) throws -> ExecutionPlan {
                let observer = try ModelCompiler(kernels: table, threads: 2, observes: true).compile(graph(count))
                let ranges = try GraphRunner.calibrate(observer, inputs: inputs, pool: pool)
                return try ModelCompiler(kernels: table, threads: 2, ranges: ranges).compile(graph(count))
            }
            let few = try plan(outputs)
            let many = try plan(40)
            #expect(few.steps.contains { $0.kernel.hasSuffix("narrow") && $0.precision == .int8 })
            #expect(!many.steps.contains { $0.kernel.hasSuffix("narrow") })
            let narrow = try GraphRunner.engine(few, inputs: inputs, pool: pool)[0].elements(as: Float.self)!
            let wide = try GraphRunner.engine(many, inputs: inputs, pool: pool)[0].elements(as: Float.self)!
            #expect(narrow == Array(wide[..<narrow.count]), "\(outputs) of \(channels) at \(height)x\(width)")
        }
    }
}
