import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// Which convolutions stay in fp32 because int8 would save less than their input's conversion costs, and averages that are
/// taken from bytes.
struct SparedConversionsTests {
    private let pool = WorkerPool(threads: 2)

    /// 1x1 convolutions in turn, and where `averages` the global average of the first one's result.
    private func graph(_ outputs: [Int], averages: Bool = false, _ random: inout SeededGenerator) -> Graph {
        var graph = Graph(name: "chain")
        func value(_ name: String, _ extents: [Int], _ elements: [Float]? = nil) -> ValueID {
            let constant = elements.map { HostTensor($0, dimensions: extents) }
            return graph.add(Value(name: name, shape: extents.map(Dimension.known), constant: constant))
        }
        let (height, width) = (9, 37)
        var last = value("image", [1, 40, height, width])
        graph.inputs = [last]
        var channels = 40
        for (number, count) in outputs.enumerated() {
            let weights = (0..<count * channels).map { _ in Float.random(in: -1...1, using: &random) }
            let filter = value("weights\(number)", [count, channels, 1, 1], weights)
            let result = value("result\(number)", [1, count, height, width])
            let pointwise = Convolution(
                kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: .explicit(begin: [0, 0], end: [0, 0]),
                groups: 1)
            graph.nodes.append(
                Node(
                    name: "node\(number)", operation: .convolution(pointwise), inputs: [last, filter], outputs: [result]
                ))
            (last, channels) = (result, count)
        }
        graph.outputs = [last]
        if averages {
            let mean = value("mean", [1, outputs[0], 1, 1])
            let first = graph.nodes[0].outputs
            graph.nodes.append(
                Node(name: "mean", operation: .globalAveragePool, inputs: first.map { $0 }, outputs: [mean]))
            graph.outputs.append(mean)
        }
        return graph
    }

    private func plan(
        _ graph: Graph, _ picture: HostTensor, set: InstructionSet, spares: Bool = true
    ) throws -> ExecutionPlan {
        let table = try KernelTable(set)
        let observer = try ModelCompiler(kernels: table, threads: 2, observes: true).compile(graph)
        let ranges = try GraphRunner.calibrate(observer, inputs: [picture], pool: pool)
        return try ModelCompiler(kernels: table, threads: 2, ranges: ranges, sparesConversions: spares).compile(graph)
    }

    @Test(arguments: [
        ([20], [Precision.fp32]), ([48], [.int8]), ([48, 8], [.int8, .int8]), ([20, 8], [.fp32, .fp32]),
        ([8, 48], [.fp32, .int8]),
    ])
    func whatIsMultipliedSeldomStaysInFloat(outputs: [Int], wanted: [Precision]) throws {
        var random = SeededGenerator(label: "spared conversions \(outputs)")
        let graph = graph(outputs, &random)
        let picture = EngineTests.randomTensor([1, 40, 9, 37], &random)
        for set in QuantizationTests.sets {
            let spared = try plan(graph, picture, set: set)
            #expect(spared.steps.filter { $0.multiplyAccumulates > 0 }.map(\.precision) == wanted, "\(set)")
            let everywhere = try plan(graph, picture, set: set, spares: false)
            #expect(everywhere.steps.allSatisfy { $0.multiplyAccumulates == 0 || $0.precision == .int8 }, "\(set)")
        }
    }

    /// A convolution that stays in fp32 since little is multiplied is part of the step that makes its input.
    @Test func sparedConvolutionsAreFused() throws {
        for set in QuantizationTests.sets {
            var random = SeededGenerator(label: "spared and fused \(set)")
            var fused = 0
            for _ in 0..<30 {
                var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
                if Bool.random(using: &random) {
                    network.widePyramid(network.pictures[0])
                } else {
                    network.branches(network.pictures[0], channels: 16)
                }
                network.pointwise(network.pictures.last!, outputs: Int.random(in: 9...24, using: &random))
                var grown = network.graph
                grown.outputs = [network.pictures.last!.id]
                let graph = try GraphSpecializer.specialize(grown)
                let inputs = graph.inputs.map { EngineTests.randomTensor(graph[$0].dimensions!, &random) }
                let table = try KernelTable(set)
                let observer = try ModelCompiler(kernels: table, threads: 2, observes: true).compile(graph)
                let ranges = try GraphRunner.calibrate(observer, inputs: inputs, pool: pool)
                let exact = try ModelCompiler(kernels: table, threads: 2).compile(graph)
                let spared = try ModelCompiler(kernels: table, threads: 2, ranges: ranges, sparesConversions: true)
                    .compile(graph)
                let kinds = exact.steps.map(\.kind)
                guard kinds.contains(where: { $0.contains(" + conv 1x1") }) else { continue }
                // What is multiplied often enough pays for its conversion.
                guard spared.steps.allSatisfy({ $0.precision == .fp32 }) else { continue }
                fused += 1
                #expect(spared.steps.map(\.kind) == kinds)
                let expected = try GraphRunner.engine(exact, inputs: inputs, pool: pool)
                let results = try GraphRunner.engine(spared, inputs: inputs, pool: pool)
                #expect(results[0].elements(as: Float.self)! == expected[0].elements(as: Float.self)!)
            }
            #expect(fused > 0 || set == .blas, "\(set)")
        }
    }

    /// A map that exists in 8 bits alone is averaged as it is: no map of floats is made for it.
    @Test(arguments: QuantizationTests.sets)
    func averagesAreTakenFromBytes(set: InstructionSet) throws {
        var random = SeededGenerator(label: "averages of bytes \(set)")
        // The second convolution keeps the first one's result in bytes.
        let graph = graph([48, 70], averages: true, &random)
        let picture = EngineTests.randomTensor([1, 40, 9, 37], &random)
        let quantized = try plan(graph, picture, set: set)
        #expect(!quantized.steps.contains { $0.kind == "dequantize" }, "\(quantized.steps.map(\.kind))")
        let exact = try ModelCompiler(kernels: try KernelTable(set), threads: 2).compile(graph)
        let results = try GraphRunner.engine(quantized, inputs: [picture], pool: pool)
        let expected = try GraphRunner.engine(exact, inputs: [picture], pool: pool)
        let (means, wanted) = (results[1].elements(as: Float.self)!, expected[1].elements(as: Float.self)!)
        let size = wanted.map(abs).max()!
        #expect(zip(means, wanted).allSatisfy { abs($0 - $1) < 0.02 * size }, "\(means) \(wanted)")
    }
}
