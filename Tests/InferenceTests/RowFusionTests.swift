import Inference
import Kernels
import ModelGraph
import TestSupport
import Testing

/// Steps that compute several nodes row by row: that they are found, and that they equal the reference.
struct RowFusionTests {
    @Test(arguments: EngineTests.sets)
    func branchesEqualTheReference(set: InstructionSet) throws {
        try compare(set, label: "branches", mark: "3x3 x") { network in
            let x = network.pictures[0]
            network.branches(x)
        }
    }

    @Test(arguments: EngineTests.sets)
    func pyramidsEqualTheReference(set: InstructionSet) throws {
        try compare(set, label: "pyramids", mark: "sum of") { network in
            let x = network.pictures[0]
            network.pyramid(x)
        }
    }

    @Test(arguments: EngineTests.sets)
    func upsampleSumsEqualTheReference(set: InstructionSet) throws {
        try compare(set, label: "upsample sums", mark: "resize + sum") { network in
            let x = network.pictures[0]
            network.upsampleSum(x)
        }
    }

    @Test(arguments: EngineTests.sets)
    func laddersEqualTheReference(set: InstructionSet) throws {
        // OpenBLAS multiplies what lies in memory.
        let mark = set == .blas ? "conv" : "+resize"
        try compare(set, label: "ladders", mark: mark, least: 10) { network in
            let x = network.pictures[0]
            network.ladder(x)
        }
    }

    /// Grows 40 networks of one module each; `mark` is part of the fused step's kind, and `least` networks must have it.
    private func compare(
        _ set: InstructionSet, label: String, mark: String, least: Int = 20, grow: (inout RandomNetwork) -> Void
    ) throws {
        var random = SeededGenerator(label: "\(label) \(set)")
        let pool = WorkerPool(threads: 2)
        let compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2)
        var fused = 0
        for round in 0..<40 {
            var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
            grow(&network)
            var grown = network.graph
            grown.outputs = [network.pictures.last!.id]
            let graph = try GraphSpecializer.specialize(grown)
            let inputs = graph.inputs.map { EngineTests.randomTensor(graph[$0].dimensions!, &random) }
            let expected = try GraphRunner.reference(graph, inputs: inputs)
            let plan = try compiler.compile(graph)
            fused += plan.steps.contains { $0.kind.contains(mark) } ? 1 : 0
            let results = try GraphRunner.engine(plan, inputs: inputs, pool: pool)
            EngineTests.expectClose(results[0], expected[0], "\(label), round \(round)")
        }
        #expect(fused >= least, "only \(fused) of 40 networks were fused")
    }

    /// A packed picture is pooled as it lies: the result equals that of plain ports.
    @Test func packedPoolingEqualsPlain() throws {
        var random = SeededGenerator(label: "packed pooling")
        let pool = WorkerPool(threads: 2)
        for _ in 0..<30 {
            let (channels, height, width) = (
                Int.random(in: 1...4, using: &random), Int.random(in: 3...40, using: &random),
                Int.random(in: 3...40, using: &random)
            )
            var graph = Graph(name: "pooling")
            let image = graph.add(
                Value(name: "image", shape: [.known(1), .known(channels), .known(height), .known(width)]))
            let (kernel, stride) = (Int.random(in: 1...3, using: &random), Int.random(in: 1...2, using: &random))
            let pad = Int.random(in: 0...kernel / 2, using: &random)
            let attributes = Pooling(
                kind: .average, kernel: [kernel, kernel], strides: [stride, stride],
                padding: .explicit(begin: [pad, pad], end: [pad, pad]),
                countIncludesPadding: Bool.random(using: &random))
            let shape = [
                1, channels, (height + 2 * pad - kernel) / stride + 1, (width + 2 * pad - kernel) / stride + 1,
            ]
            let output = graph.add(Value(name: "pooled", shape: shape.map(Dimension.known)))
            graph.nodes = [Node(name: "pool", operation: .pool(attributes), inputs: [image], outputs: [output])]
            (graph.inputs, graph.outputs) = ([image], [output])
            let picture = EngineTests.randomTensor([1, channels, height, width], &random)
            let kernels = try KernelTable()
            let plain = ModelCompiler(kernels: kernels, threads: 2)
            let native = ModelCompiler(kernels: kernels, threads: 2, nativePorts: true, plainOutputs: ["pooled"])
            let expected = try GraphRunner.engine(try plain.compile(graph), inputs: [picture], pool: pool)
            let plan = try native.compile(graph)
            #expect(plan.inputs[0].layout == .packed && plan.steps.contains { $0.kind.hasSuffix("packed") })
            let results = try GraphRunner.engine(plan, inputs: [packed(picture)], pool: pool)
            EngineTests.expectClose(results[0], expected[0], "packed pooling")
        }
    }

    /// [1, C, H, W] as [H][W][C].
    private func packed(_ picture: HostTensor) -> HostTensor {
        let (elements, extents) = (picture.elements(as: Float.self)!, picture.dimensions)
        let pixels = extents[2] * extents[3]
        let moved = (0..<elements.count).map { elements[$0 % extents[1] * pixels + $0 / extents[1]] }
        return HostTensor(moved, dimensions: extents)
    }
}
