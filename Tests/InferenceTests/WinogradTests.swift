import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// Convolutions that the compiler gives to Winograd, against the definition of convolution.
struct WinogradTests {
    /// Channels in and out, height, width, padding.
    static let shapes = [
        (32, 32, 9, 61, 1), (32, 24, 19, 23, 1), (16, 32, 37, 12, 1), (64, 32, 13, 22, 0), (24, 64, 6, 33, 2),
        (29, 61, 21, 20, 1),
    ]

    @Test(arguments: InstructionSet.allCases.filter { $0.isSupported && $0 != .blas }, shapes)
    func equalsTheDefinition(set: InstructionSet, shape: (Int, Int, Int, Int, Int)) throws {
        var random = SeededGenerator(label: "winograd step \(set) \(shape)")
        let (channels, outputs, height, width, pad) = shape
        let graph = try network(
            channels: channels, outputs: outputs, height: height, width: width, pad: pad, random: &random)
        let compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2)
        let plan = try compiler.compile(graph)
        let kernels = plan.steps.filter { $0.kind == "conv 3x3" }.map(\.kernel)
        #expect(kernels == Array(repeating: "\(set) winograd 4x4", count: 2), "both convolutions are worth it")
        let inputs = [EngineTests.randomTensor([1, channels, height, width], &random)]
        let expected = try GraphRunner.reference(graph, inputs: inputs)
        let results = try GraphRunner.engine(plan, inputs: inputs, pool: WorkerPool(threads: 2))
        EngineTests.expectClose(results[0], expected[0], "\(set) \(shape)")
    }

    /// relu(conv(x)) + prelu(conv(x) + that): bias, residual and both activations.
    private func network(
        channels: Int, outputs: Int, height: Int, width: Int, pad: Int, random: inout SeededGenerator
    ) throws -> Graph {
        var graph = Graph(name: "winograd")
        let extents = [1, outputs, height + 2 * pad - 2, width + 2 * pad - 2]
        func value(_ name: String, _ extents: [Int]) -> ValueID {
            graph.add(Value(name: name, shape: extents.map(Dimension.known)))
        }
        func constant(_ name: String, _ extents: [Int]) -> ValueID {
            let tensor = EngineTests.randomTensor(extents, &random)
            return graph.add(Value(name: name, shape: extents.map(Dimension.known), constant: tensor))
        }
        let attributes = Convolution(
            kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
            padding: .explicit(begin: [pad, pad], end: [pad, pad]), groups: 1)
        let image = value("image", [1, channels, height, width])
        let names = ["first", "second"]
        let convolved = names.map { value($0, extents) }
        for (name, output) in zip(names, convolved) {
            let weights = constant("\(name) weights", [outputs, channels, 3, 3])
            let bias = constant("\(name) bias", [outputs])
            graph.nodes.append(
                Node(
                    name: name, operation: .convolution(attributes), inputs: [image, weights, bias], outputs: [output]))
        }
        let active = value("active", extents)
        let sum = value("sum", extents)
        let result = value("result", extents)
        let slope = constant("slope", [outputs, 1, 1])
        graph.nodes += [
            Node(name: "relu", operation: .unary(.relu), inputs: [convolved[0]], outputs: [active]),
            Node(name: "add", operation: .binary(.add), inputs: [convolved[1], active], outputs: [sum]),
            Node(name: "prelu", operation: .parametricRelu, inputs: [sum, slope], outputs: [result]),
        ]
        graph.inputs = [image]
        graph.outputs = [result]
        return graph
    }

    @Test func smallOrNarrowConvolutionsStayDirect() throws {
        var random = SeededGenerator(label: "winograd rule")
        for (channels, outputs, height, width) in [(3, 32, 40, 40), (64, 32, 2, 2), (256, 4, 3, 3)] {
            let graph = try network(
                channels: channels, outputs: outputs, height: height, width: width, pad: 1, random: &random)
            let plan = try ModelCompiler(kernels: try KernelTable(), threads: 1).compile(graph)
            #expect(plan.steps.allSatisfy { !$0.kernel.contains("winograd") })
        }
    }

    @Test func everyTileIsInOneBlockOfOneChunk() {
        var random = SeededGenerator(label: "winograd tiling")
        for _ in 0..<500 {
            let height = Int.random(in: 1...80, using: &random)
            let width = Int.random(in: 1...200, using: &random)
            let tiling = WinogradTiling(
                height: height, width: width, bytesPerTile: Int.random(in: 100...200_000, using: &random),
                tile: [1, 6, 12].randomElement(using: &random)!, threads: Int.random(in: 1...9, using: &random),
                blocksPerChunk: Int.random(in: 1...5, using: &random))
            var covered: Int32 = 0
            for chunk in 0..<tiling.chunkCount {
                for block in tiling.blocks(of: chunk) {
                    let tiles = tiling.tiles(of: block)
                    #expect(tiles.lowerBound == covered && 1...tiling.tilesPerBlock ~= Int32(tiles.count))
                    covered = tiles.upperBound
                }
            }
            #expect(covered == tiling.tiles && Int(covered) == (height + 3) / 4 * ((width + 3) / 4))
            #expect(tiling.tilesPerBlock >= 1 && tiling.tilesPerBlock <= 64)
        }
    }
}
