import CKernels
import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// A network cut in two whose border is crossed in 8 bits, against the same network as one plan.
struct QuantizedPortsTests {
    /// Odd extents, and channels that leave a part of the last plane empty.
    private let size = (channels: 40, height: 7, width: 11)
    private let pool = WorkerPool(threads: 2)

    @Test(arguments: QuantizationTests.sets)
    func givesTheBitsOfOnePlan(set: InstructionSet) throws {
        var random = SeededGenerator(label: "8-bit border \(set)")
        let graph = try GraphSpecializer.specialize(network(&random))
        let picture = [EngineTests.randomTensor([1, 3, size.height, size.width], &random)]
        let ranges = try ranges(of: graph, picture)
        let table = try KernelTable(set)
        let whole = try ModelCompiler(kernels: table, threads: 2, ranges: ranges).compile(graph)
        let expected = try GraphRunner.engine(whole, inputs: picture, pool: pool)

        let parts = try graph.split(at: try #require(graph.value(named: "border")))
        let compiler = compiler(table, ranges)
        let backbone = try compiler.compile(parts.backbone)
        let heads = try compiler.compile(parts.heads)
        let border = backbone.outputs[0]
        #expect(border.layout == .quantized && border.byteCount == 2 * size.height * size.width * 32)
        #expect(heads.inputs[0] == border)
        #expect(!heads.steps.contains { $0.kind == "quantize" }, "\(heads.steps.map(\.kind))")
        // What has few outputs has a kernel of its own, unless its prologue is no clamp.
        for step in heads.steps where step.kind.contains("+clamp") {
            let isNarrow = step.output[1] <= Int(table.functions.quantized_planes.narrow_most)
            #expect(step.kernel.hasSuffix("narrow") == isNarrow, "\(step)")
        }
        let results = try run(backbone, heads, picture[0])
        for (result, wanted) in zip(results, expected) {
            #expect(result == wanted.elements(as: Float.self)!, "\(set)")
        }
    }

    /// What fp32 reads, or has another's scales, or no ranges, crosses in fp32.
    @Test func staysInFloatWhereOneSideNeedsIt() throws {
        var random = SeededGenerator(label: "fp32 border")
        let graph = try GraphSpecializer.specialize(network(&random))
        let picture = [EngineTests.randomTensor([1, 3, size.height, size.width], &random)]
        let ranges = try ranges(of: graph, picture)
        let table = try KernelTable()
        let parts = try graph.split(at: try #require(graph.value(named: "border")))
        #expect(try compiler(table, nil).prepare(parts.heads).inputs[0].layout == .blocked)
        var float = ranges
        float.inHigherPrecision = ["second"]
        #expect(try compiler(table, float).prepare(parts.heads).inputs[0].layout == .blocked)
        float.inHigherPrecision = ["last"]
        #expect(try compiler(table, float).prepare(parts.backbone).outputs[0].layout == .blocked)
        let pooled = try GraphSpecializer.specialize(network(&random, endsInPool: true))
        let moved = try pooled.split(at: try #require(pooled.value(named: "border")))
        let others = try self.ranges(of: pooled, picture)
        #expect(try compiler(table, others).prepare(moved.backbone).outputs[0].layout == .blocked)
    }

    private func compiler(_ table: KernelTable, _ ranges: ActivationRanges?) -> ModelCompiler {
        var compiler = ModelCompiler(
            kernels: table, threads: 2, nativePorts: true, plainOutputs: ["first", "second"], ranges: ranges)
        compiler.quantizedPorts = ["border"]
        return compiler
    }

    private func ranges(of graph: Graph, _ picture: [HostTensor]) throws -> ActivationRanges {
        let observer = try ModelCompiler(kernels: try KernelTable(), threads: 2, observes: true).compile(graph)
        return try GraphRunner.calibrate(observer, inputs: picture, pool: pool)
    }

    private func run(
        _ backbone: consuming ExecutionPlan, _ heads: consuming ExecutionPlan, _ picture: HostTensor
    ) throws -> [[Float]] {
        var backbone = backbone
        var heads = heads
        let pixels = size.height * size.width
        let elements = picture.elements(as: Float.self)!
        let packed = (0..<pixels * 3).map { elements[$0 % 3 * pixels + $0 / 3] }
        let sizes = (backbone.inputs + heads.inputs + heads.outputs).map(\.byteCount)
        let memory = sizes.map { UnsafeMutableRawPointer.allocate(byteCount: $0 + 64, alignment: 64) }
        defer { for address in memory { address.deallocate() } }
        packed.withUnsafeBytes { memory[0].copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        try Array(memory[..<2]).withUnsafeBufferPointer { try backbone.run($0, on: pool) }
        try Array(memory[1...]).withUnsafeBufferPointer { try heads.run($0, on: pool) }
        return heads.outputs.indices.map { position in
            let floats = memory[2 + position].assumingMemoryBound(to: Float.self)
            return Array(UnsafeBufferPointer(start: floats, count: sizes[2 + position] / 4))
        }
    }

    /// Two pointwise heads with normalisations of their own behind two convolutions.
    private func network(_ random: inout SeededGenerator, endsInPool: Bool = false) -> Graph {
        var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
        network.graph[network.graph.inputs[0]].shape = [1, 3, size.height, size.width].map(Dimension.known)
        let (channels, height, width) = size
        let pointwise = Convolution(
            kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: .explicit(begin: [0, 0], end: [0, 0]),
            groups: 1)
        func convolve(_ x: ValueID, _ inputs: Int, _ outputs: Int, _ name: String) -> ValueID {
            let weights = network.constant([outputs, inputs, 1, 1])
            network.append(.convolution(pointwise), [x, weights], outputs, height, width)
            network.graph.nodes[network.graph.nodes.count - 1].name = name
            let made = network.pictures.last!.id
            network.graph[made].name = name
            return made
        }
        let before = convolve(network.graph.inputs[0], 3, channels, "stem")
        var border = convolve(before, channels, channels, endsInPool ? "pooled" : "last")
        if endsInPool {
            let pooling = Pooling(
                kind: .max, kernel: [3, 3], strides: [1, 1], padding: .explicit(begin: [1, 1], end: [1, 1]),
                countIncludesPadding: false)
            network.append(.pool(pooling), [border], channels, height, width)
            border = network.pictures.last!.id
        }
        network.graph[border].name = "border"
        let picture = (id: border, channels: channels, height: height, width: width)
        network.graph.outputs = [("first", 19), ("second", 2)].map { name, outputs in
            network.normalization(picture)
            if case .batchNormalization = network.graph.nodes.last!.operation {
                network.append(.unary(.relu), [network.pictures.last!.id], channels, height, width)
            }
            return convolve(network.pictures.last!.id, channels, outputs, name)
        }
        return network.graph
    }
}
