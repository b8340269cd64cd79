import CKernels
import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// int8 plans with Winograd give the bits of the plans without it.
struct QuantizedWinogradStepTests {
    /// Channels between, out, height, width, padding.
    static let shapes = [
        (96, 64, 20, 79, 1), (128, 40, 19, 45, 1), (70, 96, 22, 26, 0), (128, 32, 10, 88, 2), (80, 64, 61, 70, 1),
    ]

    static let sets = InstructionSet.allCases.filter { $0.isSupported && $0 != .blas }

    @Test(arguments: sets, shapes)
    func equalsTheDirectStep(set: InstructionSet, shape: (Int, Int, Int, Int, Int)) throws {
        var random = SeededGenerator(label: "quantized winograd step \(set) \(shape)")
        for isLast in [false, true] {
            try compare(
                network(shape, isLast: isLast, &random), steps: 1, made: shape.2 * shape.3 > 4096 ? 1 : 0, set, &random)
        }
    }

    /// Steps whose weights each worker transforms for itself, into the same memory: none takes another's for its own, nor
    /// in the next frame.
    @Test(arguments: sets)
    func workersTellTheStepsWeightsApart(set: InstructionSet) throws {
        var random = SeededGenerator(label: "quantized winograd weights \(set)")
        try compare(network((64, 64, 30, 62, 1), isLast: false, repeats: 3, &random), steps: 3, set, &random)
    }

    /// A plan with `steps` of Winograd's, `made` of which have a step before that makes their weights, against the same
    /// without.
    private func compare(
        _ network: Graph, steps: Int, made: Int = 0, _ set: InstructionSet, _ random: inout SeededGenerator
    ) throws {
        let table = try KernelTable(set)
        let graph = GraphPass.all.reduce(network) { $1($0) }
        let extents = try #require(graph[graph.inputs[0]].dimensions)
        let inputs = [EngineTests.randomTensor(extents, &random)]
        let pool = WorkerPool(threads: 2)
        let observer = try ModelCompiler(kernels: try KernelTable(), threads: 2, observes: true).lower(graph)
        let ranges = try GraphRunner.calibrate(observer, inputs: inputs, pool: pool)
        var direct = table.functions
        direct.quantized_winograd.tile = 1  // not vectorised, says the table: not worth it
        let without = KernelTable(
            functions: direct, instructionSet: set == .scalar ? .blas : set)
        var results: [[HostTensor]] = []
        var counts: [Int] = []
        var weightSteps: [Int] = []
        for kernels in [table, without] {
            let plan = try ModelCompiler(kernels: kernels, threads: 2, ranges: ranges).lower(graph)
            counts.append(plan.steps.count { $0.kernel.hasSuffix("winograd 4x4") && $0.precision == .int8 })
            weightSteps.append(plan.steps.count { $0.kind == "winograd weights" })
            results.append(try GraphRunner.engine(plan, inputs: inputs, pool: pool))
        }
        let expected = table.functions.quantized_winograd.tile > 1 || set == .scalar ? steps : 0
        #expect(counts == [expected, 0], "\(set): the 3x3 convolutions are worth it, the same without are not")
        #expect(weightSteps == [expected == 0 ? 0 : made, 0], "large weights are made anew where tiles are many")
        #expect(results[0][0].elements(as: Float.self)! == results[1][0].elements(as: Float.self)!)
    }

    /// relu(conv 1x1), then the 3x3 convolution in question (`repeats` of them, with relus between), then (unless it is the
    /// last) a 1x1 that reads it in int8.
    private func network(
        _ shape: (Int, Int, Int, Int, Int), isLast: Bool, repeats: Int = 1, _ random: inout SeededGenerator
    ) -> Graph {
        var graph = Graph(name: "int8 winograd")
        let (channels, outputs, height, width, pad) = shape
        let (tall, wide) = (height + 2 * pad - 2, width + 2 * pad - 2)
        func value(_ name: String, _ extents: [Int]) -> ValueID {
            graph.add(Value(name: name, shape: ([1] + extents).map(Dimension.known)))
        }
        func constant(_ name: String, _ extents: [Int]) -> ValueID {
            graph.add(
                Value(
                    name: name, shape: extents.map(Dimension.known),
                    constant: EngineTests.randomTensor(extents, &random)))
        }
        func convolution(_ name: String, _ x: ValueID, _ extents: [Int], pad: Int, to output: ValueID) -> Node {
            let attributes = Convolution(
                kernel: Array(extents.suffix(2)), strides: [1, 1], dilations: [1, 1],
                padding: .explicit(begin: [pad, pad], end: [pad, pad]), groups: 1)
            return Node(
                name: name, operation: .convolution(attributes),
                inputs: [x, constant(name + " weights", extents), constant(name + " bias", [extents[0]])],
                outputs: [output])
        }
        let image = value("image", [16, height, width])
        let wideMap = value("wide", [channels, height, width])
        let active = value("active", [channels, height, width])
        var middle = value("middle", [outputs, tall, wide])
        graph.inputs = [image]
        graph.nodes = [
            convolution("first", image, [channels, 16, 1, 1], pad: 0, to: wideMap),
            Node(name: "relu", operation: .unary(.relu), inputs: [wideMap], outputs: [active]),
            convolution("second", active, [outputs, channels, 3, 3], pad: pad, to: middle),
        ]
        for number in 1..<repeats {
            let positive = value("positive \(number)", [outputs, tall, wide])
            graph.nodes.append(
                Node(name: "relu \(number)", operation: .unary(.relu), inputs: [middle], outputs: [positive]))
            middle = value("middle \(number)", [outputs, tall, wide])
            graph.nodes.append(
                convolution("again \(number)", positive, [outputs, outputs, 3, 3], pad: pad, to: middle))
        }
        graph.outputs = [middle]
        if !isLast {
            let last = value("last", [24, tall, wide])
            graph.nodes.append(convolution("third", middle, [24, outputs, 1, 1], pad: 0, to: last))
            graph.outputs = [last]
        }
        return graph
    }
}
