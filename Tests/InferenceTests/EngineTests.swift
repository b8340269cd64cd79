import Inference
import Kernels
import ModelGraph
import TestSupport
import Testing

/// The whole engine against the reference definitions, on random networks.
struct EngineTests {
    static let sets = InstructionSet.allCases.filter(\.isSupported)

    @Test(arguments: sets)
    func randomNetworksEqualTheReference(set: InstructionSet) throws {
        var random = SeededGenerator(label: "random networks \(set)")
        let pool = WorkerPool(threads: 2)
        let compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2)
        for round in 0..<60 {
            let network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 2 + round / 3)
            let graph = try GraphSpecializer.specialize(network.graph)
            let inputs = graph.inputs.map { Self.randomTensor(graph[$0].dimensions!, &random) }
            let expected = try GraphRunner.reference(graph, inputs: inputs)
            let fused = try GraphRunner.engine(try compiler.compile(graph), inputs: inputs, pool: pool)
            let plain = try GraphRunner.engine(try compiler.lower(graph), inputs: inputs, pool: pool)
            for position in expected.indices {
                Self.expectClose(fused[position], expected[position], "fused, round \(round)")
                Self.expectClose(plain[position], expected[position], "unfused, round \(round)")
            }
        }
    }

    @Test func plansThatOwnTheirPortsGiveTheSameBits() throws {
        var random = SeededGenerator(label: "plans with their own ports")
        let pool = WorkerPool(threads: 2)
        let kernels = try KernelTable()
        for round in 0..<60 {
            let network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 2 + round / 3)
            let graph = try GraphSpecializer.specialize(network.graph)
            let inputs = graph.inputs.map { Self.randomTensor(graph[$0].dimensions!, &random) }
            let plain = ModelCompiler(kernels: kernels, threads: 2)
            let owner = ModelCompiler(kernels: kernels, threads: 2, ownsPorts: true)
            let expected = try GraphRunner.engine(try plain.compile(graph), inputs: inputs, pool: pool)
            let owned = try GraphRunner.owned(try owner.compile(graph), inputs: inputs, pool: pool)
            for (a, b) in zip(owned, expected) {
                #expect(a.elements(as: Float.self)! == b.elements(as: Float.self)!, "round \(round)")
            }
        }
    }

    @Test func everyPassKeepsTheResult() throws {
        var random = SeededGenerator(label: "passes")
        for round in 0..<60 {
            let network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 12)
            var graph = try GraphSpecializer.specialize(network.graph)
            let inputs = graph.inputs.map { Self.randomTensor(graph[$0].dimensions!, &random) }
            let expected = try GraphRunner.reference(graph, inputs: inputs)
            for pass in GraphPass.all {
                graph = pass(graph)
                try GraphValidation.check(graph)
                let results = try GraphRunner.reference(graph, inputs: inputs)
                for position in expected.indices {
                    Self.expectClose(results[position], expected[position], "\(pass.name), round \(round)")
                }
            }
        }
    }

    @Test func oneThreadEqualsMany() throws {
        var random = SeededGenerator(label: "threads")
        let network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 30)
        let graph = try GraphSpecializer.specialize(network.graph)
        let inputs = graph.inputs.map { Self.randomTensor(graph[$0].dimensions!, &random) }
        var results: [[HostTensor]] = []
        for threads in [1, 2, 5] {
            let compiler = ModelCompiler(kernels: try KernelTable(), threads: threads)
            let plan = try compiler.compile(graph)
            results.append(try GraphRunner.engine(plan, inputs: inputs, pool: WorkerPool(threads: threads)))
        }
        for other in results.dropFirst() {
            for (a, b) in zip(results[0], other) {
                #expect(a.elements(as: Float.self)! == b.elements(as: Float.self)!, "threads change no bit")
            }
        }
    }

    static func randomTensor(_ dimensions: [Int], _ random: inout SeededGenerator) -> HostTensor {
        HostTensor(
            (0..<dimensions.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }, dimensions: dimensions)
    }

    /// Compares relative to the largest magnitude of the reference.
    static func expectClose(_ tensor: HostTensor, _ reference: HostTensor, _ label: String) {
        #expect(tensor.dimensions == reference.dimensions, "\(label)")
        let (a, b) = (tensor.elements(as: Float.self)!, reference.elements(as: Float.self)!)
        let scale = max(b.reduce(0) { max($0, abs($1)) }, 1e-6)
        var worst: Float = 0
        for index in a.indices { worst = max(worst, abs(a[index] - b[index])) }
        #expect(worst <= 2e-5 * scale, "\(label): off by \(worst) of \(scale)")
    }
}
