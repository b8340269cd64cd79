import CKernels
import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// Steps that meet bytes on the way: convolutions of groups that share a block, sums that read a map in 8 bits, and
/// branches whose map is stored in 8 bits band by band.
struct QuantizedChainTests {
    private let pool = WorkerPool(threads: 2)

    private func ranges(_ graph: Graph, _ inputs: [HostTensor]) throws -> ActivationRanges {
        let observer = try ModelCompiler(kernels: try KernelTable(), threads: 2, observes: true).compile(graph)
        return try GraphRunner.calibrate(observer, inputs: inputs, pool: pool)
    }

    /// 8 or 16 outputs a group, to bytes and to floats: every set gives the same bits, whether it has parts or not.
    @Test func groupsThatShareABlockGiveTheSameBits() throws {
        var random = SeededGenerator(label: "groups that share a block")
        for (first, last) in [(32, 64), (64, 32)] {
            var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
            let x = network.pictures[0]
            func grouped(_ outputs: Int) {
                let (id, channels, height, width) = network.pictures.last!
                let attributes = Convolution(
                    kernel: [1, 1], strides: [1, 1], dilations: [1, 1],
                    padding: .explicit(begin: [0, 0], end: [0, 0]), groups: 4)
                network.append(
                    .convolution(attributes), [id, network.constant([outputs, channels / 4, 1, 1])], outputs, height,
                    width)
            }
            network.pointwise(x, outputs: 128)
            grouped(first)
            network.pointwise(network.pictures.last!, outputs: 256)
            grouped(last)
            var grown = network.graph
            grown.outputs = [network.pictures.last!.id]
            let graph = try GraphSpecializer.specialize(grown)
            let inputs = graph.inputs.map { EngineTests.randomTensor(graph[$0].dimensions!, &random) }
            let ranges = try ranges(graph, inputs)
            var expected: [Float]?
            for set in QuantizationTests.sets {
                let plan = try ModelCompiler(kernels: try KernelTable(set), threads: 2, ranges: ranges).compile(graph)
                #expect(plan.steps.count { $0.kind == "conv 1x1 g4" && $0.precision == .int8 } == 2)
                let result = try GraphRunner.engine(plan, inputs: inputs, pool: pool)[0].elements(as: Float.self)!
                #expect(result == expected ?? result, "\(set)")
                expected = result
            }
        }
    }

    /// A map that exists in bytes alone is read as it is by the rows of a grouped convolution.
    @Test func sumsReadBytes() throws {
        for set in QuantizationTests.sets where try KernelTable(set).functions.planar.taps != nil {
            var random = SeededGenerator(label: "sums of bytes, \(set)")
            for round in 0..<12 {
                var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
                let outputs = network.sumOfWideMap()
                var grown = network.graph
                grown.outputs = outputs
                let graph = try GraphSpecializer.specialize(grown)
                let inputs = graph.inputs.map { EngineTests.randomTensor(graph[$0].dimensions!, &random) }
                let ranges = try ranges(graph, inputs)
                let plan = try ModelCompiler(kernels: try KernelTable(set), threads: 2, ranges: ranges).compile(graph)
                let kinds = plan.steps.map(\.kind)
                #expect(kinds.contains { $0.hasPrefix("bilinear resize + sum of a convolution") }, "\(kinds)")
                #expect(!kinds.contains("dequantize"), "\(kinds)")
                let other = try ModelCompiler(kernels: try KernelTable(.scalar), threads: 2, ranges: ranges)
                    .compile(graph)
                let results = try GraphRunner.engine(plan, inputs: inputs, pool: pool)
                let expected = try GraphRunner.engine(other, inputs: inputs, pool: pool)
                for (result, wanted) in zip(results, expected) {
                    // An average that rounds the other way moves what int8 makes of it by a step.
                    let (a, b) = (result.elements(as: Float.self)!, wanted.elements(as: Float.self)!)
                    let scale = b.reduce(0) { max($0, abs($1)) }
                    #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 0.02 * scale }, "sums of bytes, round \(round)")
                }
            }
        }
    }

    /// What is stored band by band, the last part of it without ever being a map, has the bits of a step for each.
    @Test(arguments: QuantizationTests.sets)
    func bandsAreStoredInBytes(set: InstructionSet) throws {
        var random = SeededGenerator(label: "bands in bytes, \(set)")
        var chained = 0
        for round in 0..<40 {
            var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
            let exact = network.storedBranches()
            var grown = network.graph
            grown.outputs = [network.pictures.last!.id]
            let graph = try GraphSpecializer.specialize(grown)
            let inputs = graph.inputs.map { EngineTests.randomTensor(graph[$0].dimensions!, &random) }
            var ranges = try ranges(graph, inputs)
            ranges.inHigherPrecision = exact
            var compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2, ranges: ranges)
            let apart = try compiler.compile(graph)
            compiler.leastChainedBytes = 0
            compiler.chainedBandBytes = 4096
            let together = try compiler.compile(graph)
            chained += together.steps.count { $0.kind.contains(", quantize") }
            #expect(!apart.steps.contains { $0.kind.contains(", quantize") })
            let results = try GraphRunner.engine(together, inputs: inputs, pool: pool)
            let expected = try GraphRunner.engine(apart, inputs: inputs, pool: pool)
            #expect(
                results[0].elements(as: Float.self)! == expected[0].elements(as: Float.self)!, "round \(round)")
        }
        #expect(chained >= (set == .blas ? 0 : 8), "only \(chained) maps were stored band by band")
    }
}
