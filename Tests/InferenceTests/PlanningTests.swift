import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

struct PlanningTests {
    @Test func aPlanThatNeedsMoreMemoryThanThereIsIsRefused() throws {
        var random = SeededGenerator(label: "memory limit")
        for _ in 0..<20 {
            let network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 20)
            let graph = try GraphSpecializer.specialize(network.graph)
            var compiler = ModelCompiler(kernels: try KernelTable(.scalar), threads: 3)
            let plan = try compiler.compile(graph)
            let needed = plan.arenaBytes + plan.scratchBytes
            compiler.memoryLimit = needed
            _ = try compiler.compile(graph).arenaBytes
            compiler.memoryLimit = needed - 1
            let error = #expect(throws: InferenceError.self) { _ = try compiler.compile(graph).arenaBytes }
            let text = try #require(error).description
            #expect(text.contains("smaller input size"))
        }
    }

    /// Of the graph's constants only those stay that the plan gives out.
    @Test func weightsAreFreedOnceTheyArePacked() throws {
        var random = SeededGenerator(label: "freed weights")
        for _ in 0..<20 {
            let network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: 20)
            let graph = try GraphPass.all.reduce(GraphSpecializer.specialize(network.graph)) { $1($0) }
            var builder = PlanBuilder(graph: graph, compiler: ModelCompiler(kernels: try KernelTable(), threads: 1))
            _ = try builder.build()
            for (index, value) in builder.graph.values.enumerated() where value.constant != nil {
                #expect(graph.outputs.contains(ValueID(index: index)), "\(value.name) is still there")
            }
        }
    }

    @Test func spansNameExactlyTheTapsInsideTheInput() {
        var random = SeededGenerator(label: "spans")
        for _ in 0..<500 {
            let axis = WindowAxis(
                input: Int.random(in: 1...20, using: &random), output: Int.random(in: 1...20, using: &random),
                kernel: Int.random(in: 1...7, using: &random), stride: Int.random(in: 1...3, using: &random),
                dilation: Int.random(in: 1...5, using: &random),
                padding: .explicit(begin: [Int.random(in: 0...9, using: &random)], end: [3]), axis: 0)
            var covered = 0
            for span in axis.spans {
                #expect(span.outputs.lowerBound == covered)
                covered = span.outputs.upperBound
                for position in span.outputs {
                    let start = position * axis.stride - axis.padBegin
                    let inside = (0..<axis.kernel).filter { 0..<axis.input ~= start + $0 * axis.dilation }
                    #expect(Array(span.taps) == inside)
                    let counted = (0..<axis.kernel).filter { start + $0 * axis.dilation < axis.input + axis.padEnd }
                    #expect(span.counted == counted.count)
                }
            }
            #expect(covered == axis.output)
        }
    }
}
