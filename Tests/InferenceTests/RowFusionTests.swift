import CKernels
import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

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

    /// Few channels in long rows, sometimes with a pointwise convolution that ends the network.
    @Test(arguments: EngineTests.sets)
    func planarPyramidsEqualTheReference(set: InstructionSet) throws {
        let isPlanar = try KernelTable(set).functions.planar.taps != nil
        let mark = isPlanar ? " planar" : "sum of"
        try compare(set, label: "planar pyramids", mark: mark, least: 2, of: 80) { network in
            let x = network.pictures[0]
            network.widePyramid(x)
        }
        guard isPlanar && set != .blas else { return }
        try compare(set, label: "planar pyramids and convolutions", mark: " + conv 1x1", least: 1, of: 80) { network in
            let x = network.pictures[0]
            network.widePyramid(x)
            network.pointwise(network.pictures.last!, outputs: Int.random(in: 1...24, using: &network.random))
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
    func groupedSumsEqualTheReference(set: InstructionSet) throws {
        let isPlanar = try KernelTable(set).functions.planar.taps != nil
        try compare(set, label: "grouped sums", mark: isPlanar ? " planar" : "resize + sum", least: 10) { network in
            let x = network.pictures[0]
            network.groupedSum(x)
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

    /// Grows networks of one module each; `mark` is part of the fused step's kind, and `least` networks must have it.
    private func compare(
        _ set: InstructionSet, label: String, mark: String, least: Int = 20, of count: Int = 40,
        grow: (inout RandomNetwork) -> Void
    ) throws {
        var random = SeededGenerator(label: "\(label) \(set)")
        let pool = WorkerPool(threads: 2)
        let compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2)
        var fused = 0
        for round in 0..<count {
            var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
            grow(&network)
            var grown = network.graph
            grown.outputs = [network.pictures.last!.id]
            let graph = try GraphSpecializer.specialize(grown)
            let inputs = graph.inputs.map { EngineTests.randomTensor(graph[$0].dimensions!, &random) }
            let expected = try GraphRunner.reference(graph, inputs: inputs)
            let plan = try compiler.compile(graph)
            fused += plan.steps.contains { "\($0.kind) \($0.kernel)".contains(mark) } ? 1 : 0
            let results = try GraphRunner.engine(plan, inputs: inputs, pool: pool)
            EngineTests.expectClose(results[0], expected[0], "\(label), round \(round)")
        }
        #expect(fused >= least, "only \(fused) of \(count) networks were fused")
    }

    /// Compares all outputs of a network whose maps are chained however small they are with the reference's; the graph after
    /// all passes, and its steps.
    private func compare(
        _ grown: Graph, by compiler: ModelCompiler, on pool: WorkerPool, _ random: inout SeededGenerator,
        _ label: String
    ) throws -> (graph: Graph, steps: [StepDescription]) {
        var graph = try GraphSpecializer.specialize(grown)
        let inputs = graph.inputs.map { EngineTests.randomTensor(graph[$0].dimensions!, &random) }
        let expected = try GraphRunner.reference(graph, inputs: inputs)
        for pass in GraphPass.all + [.advancePointwise(from: 0)] { graph = pass(graph) }
        try GraphValidation.check(graph)
        let plan = try compiler.lower(graph)
        let steps = plan.steps
        let results = try GraphRunner.engine(plan, inputs: inputs, pool: pool)
        for position in expected.indices {
            EngineTests.expectClose(results[position], expected[position], label)
        }
        return (graph, steps)
    }

    /// Steps that work band by band together give what they give one after the other.
    @Test(arguments: EngineTests.sets)
    func chainsEqualTheReference(set: InstructionSet) throws {
        var random = SeededGenerator(label: "chains \(set)")
        let pool = WorkerPool(threads: 2)
        var compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2)
        compiler.leastChainedBytes = 0
        var (chained, joined) = (0, 0)
        for round in 0..<40 {
            var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
            let outputs = network.chain(network.pictures[0])
            var grown = network.graph
            grown.outputs = outputs
            let (graph, steps) = try compare(grown, by: compiler, on: pool, &random, "chains, round \(round)")
            chained += steps.count { $0.kind.contains(", conv 1x1") }
            let last = graph.nodes.first { $0.outputs[0] == graph.outputs[3] }?.name
            joined += steps.count { $0.name == last && $0.kind.contains(", ") }
        }
        // OpenBLAS multiplies what lies in memory, and small 3x3 convolutions may be Winograd's.
        #expect(chained >= (set == .blas ? 0 : 40), "only \(chained) convolutions were chained")
        #expect(joined >= (set == .blas ? 0 : 20), "only \(joined) outputs were computed beside another convolution")
    }

    /// A sum whose map only convolutions read is no map any more: workers write one band over the other.
    @Test(arguments: EngineTests.sets)
    func chainedSumsEqualTheReference(set: InstructionSet) throws {
        var random = SeededGenerator(label: "chained sums \(set)")
        let pool = WorkerPool(threads: 2)
        var compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2)
        compiler.leastChainedBytes = 0
        compiler.chainedBandBytes = 4096
        var (chained, joined) = (0, 0)
        for round in 0..<40 {
            var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 0)
            let outputs = network.chainedSum(network.pictures[0])
            var grown = network.graph
            grown.outputs = outputs
            let (_, steps) = try compare(grown, by: compiler, on: pool, &random, "chained sums, round \(round)")
            let kinds = steps.map(\.kind).filter { $0.hasPrefix("bilinear resize + sum") }
            chained += kinds.count { $0.contains(", conv 1x1") }
            joined += kinds.count { $0.split(separator: ",").count > 2 }
        }
        #expect(chained >= (set == .blas ? 0 : 10), "only \(chained) convolutions were chained")
        #expect(joined >= (set == .blas ? 0 : 4), "only \(joined) outputs were computed beside another convolution")
    }

    /// A map that a pool reads row by row is not read once more to be averaged.
    @Test(arguments: EngineTests.sets)
    func averagesOfRowsEqualTheReference(set: InstructionSet) throws {
        var random = SeededGenerator(label: "averages of rows \(set)")
        let pool = WorkerPool(threads: 2)
        for _ in 0..<6 {
            let channels = Int.random(in: 1...20, using: &random)
            let (height, width) = (2 * Int.random(in: 20...40, using: &random), Int.random(in: 30...70, using: &random))
            var graph = Graph(name: "pooling")
            func value(_ name: String, _ extents: [Int]) -> ValueID {
                graph.add(Value(name: name, shape: extents.map(Dimension.known)))
            }
            let image = value("image", [1, channels, height, width])
            let small = value("small", [1, channels, height / 2, (width + 1) / 2])
            let average = value("average", [1, channels, 1, 1])
            let attributes = Pooling(
                kind: .average, kernel: [3, 3], strides: [2, 2], padding: .explicit(begin: [1, 1], end: [1, 1]),
                countIncludesPadding: true)
            graph.nodes = [
                Node(name: "pool", operation: .pool(attributes), inputs: [image], outputs: [small]),
                Node(name: "average", operation: .globalAveragePool, inputs: [image], outputs: [average]),
            ]
            (graph.inputs, graph.outputs) = ([image], [small, average])
            let picture = EngineTests.randomTensor([1, channels, height, width], &random)
            let plan = try ModelCompiler(kernels: try KernelTable(set), threads: 2).compile(graph)
            #expect(plan.steps.contains { $0.kind == "adaptive average pool of rows" })
            let results = try GraphRunner.engine(plan, inputs: [picture], pool: pool)
            let expected = try GraphRunner.reference(graph, inputs: [picture])
            for position in 0..<2 { EngineTests.expectClose(results[position], expected[position], "row \(position)") }
        }
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

    /// A picture that a pool and a convolution read is read once: the result equals that of plain ports.
    @Test func picturesArePooledBesideAConvolution() throws {
        var random = SeededGenerator(label: "packed pooling beside a convolution")
        let pool = WorkerPool(threads: 2)
        for _ in 0..<10 {
            let (height, width) = (Int.random(in: 3...60, using: &random), Int.random(in: 8...60, using: &random))
            let outputs = Int.random(in: 1...40, using: &random)
            let half = [(height + 1) / 2, (width + 1) / 2]
            var graph = Graph(name: "stem")
            func value(_ name: String, _ extents: [Int], _ elements: [Float]? = nil) -> ValueID {
                let constant = elements.map { HostTensor($0, dimensions: extents) }
                return graph.add(Value(name: name, shape: extents.map(Dimension.known), constant: constant))
            }
            let image = value("image", [1, 3, height, width])
            let weights = (0..<outputs * 27).map { _ in Float.random(in: -1...1, using: &random) }
            let filter = value("filter", [outputs, 3, 3, 3], weights)
            let pooled = value("pooled", [1, 3] + half)
            let made = value("made", [1, outputs] + half)
            let padding = Padding.explicit(begin: [1, 1], end: [1, 1])
            let average = Pooling(
                kind: .average, kernel: [3, 3], strides: [2, 2], padding: padding, countIncludesPadding: true)
            let convolution = Convolution(kernel: [3, 3], strides: [2, 2], padding: padding)
            graph.nodes = [
                Node(name: "pool", operation: .pool(average), inputs: [image], outputs: [pooled]),
                Node(name: "stem", operation: .convolution(convolution), inputs: [image, filter], outputs: [made]),
            ]
            (graph.inputs, graph.outputs) = ([image], [pooled, made])
            let picture = EngineTests.randomTensor([1, 3, height, width], &random)
            let kernels = try KernelTable()
            let plain = ModelCompiler(kernels: kernels, threads: 2)
            var native = ModelCompiler(
                kernels: kernels, threads: 2, nativePorts: true, plainOutputs: ["pooled", "made"])
            native.leastChainedBytes = 0
            let expected = try GraphRunner.engine(try plain.compile(graph), inputs: [picture], pool: pool)
            let plan = try native.compile(graph)
            #expect(plan.steps.contains { $0.kind == "average pool 3x3 packed, conv 3x3" })
            let results = try GraphRunner.engine(plan, inputs: [packed(picture)], pool: pool)
            for (result, wanted) in zip(results, expected) { EngineTests.expectClose(result, wanted, "stem") }
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
