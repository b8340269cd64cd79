import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// `averagePool(conv1x1(relu(bn(x))))` with the pool first, against the definition.
struct SwapPoolTests {
    struct Shape: Sendable, CustomStringConvertible {
        var channels = 20
        var outputs = 40
        var height = 9
        var width = 31
        var kernel = 3
        var stride = 2
        var pad = 1
        var countsPadding = false
        var hasBias = true
        var isNormalised = true
        /// Whether something else reads what is pooled.
        var isRead = false
        var swaps = true

        var description: String {
            "\(channels) \(outputs) \(height)x\(width) k\(kernel) s\(stride) p\(pad) \(countsPadding) \(isNormalised)"
        }
    }

    static let shapes = [
        Shape(), Shape(height: 40, width: 18), Shape(kernel: 2, pad: 0, countsPadding: true),
        Shape(channels: 70, outputs: 80, height: 1, width: 40), Shape(isNormalised: false),
        Shape(kernel: 3, stride: 3, countsPadding: true, hasBias: false),
        // Counted padding would weaken the bias; a pool that keeps the size gains nothing, nor does one of few outputs.
        Shape(countsPadding: true, swaps: false), Shape(stride: 1, swaps: false), Shape(outputs: 8, swaps: false),
        Shape(isRead: true, swaps: false),
    ]

    @Test(arguments: shapes)
    func keepsTheResult(shape: Shape) throws {
        var random = SeededGenerator(label: "swap pool \(shape)")
        let graph = network(shape, random: &random)
        let inputs = [EngineTests.randomTensor([1, shape.channels, shape.height, shape.width], &random)]
        let expected = try GraphRunner.reference(graph, inputs: inputs)
        let fused = GraphPass.all.reduce(graph) { $1($0) }
        try GraphValidation.check(fused)
        let kinds = fused.nodes.map(\.operation.operatorName)
        #expect(kinds == ["Conv"] + (shape.swaps ? ["AveragePool", "Conv"] : ["Conv", "AveragePool"]))
        EngineTests.expectClose(try GraphRunner.reference(fused, inputs: inputs)[0], expected[0], "by definition")
        for set in InstructionSet.allCases where set.isSupported {
            let plan = try ModelCompiler(kernels: try KernelTable(set), threads: 2).compile(graph)
            let results = try GraphRunner.engine(plan, inputs: inputs, pool: WorkerPool(threads: 2))
            EngineTests.expectClose(results[0], expected[0], "\(set) \(shape)")
        }
    }

    /// Ranges that were measured on a graph without the pass serve the one with it, and all multiplications are in int8.
    @Test(arguments: shapes.filter(\.swaps))
    func rangesOfTheOldOrderServe(shape: Shape) throws {
        var random = SeededGenerator(label: "swap pool int8 \(shape)")
        let graph = network(shape, random: &random)
        let inputs = [EngineTests.randomTensor([1, shape.channels, shape.height, shape.width], &random)]
        let expected = try GraphRunner.reference(graph, inputs: inputs)[0].elements(as: Float.self)!
        let pool = WorkerPool(threads: 2)
        let old = GraphPass.all.filter { $0.name != GraphPass.swapPoolAndPointwise.name }.reduce(graph) { $1($0) }
        let observer = try ModelCompiler(kernels: try KernelTable(), threads: 2, observes: true).lower(old)
        let ranges = try GraphRunner.calibrate(observer, inputs: inputs, pool: pool)
        for set in InstructionSet.allCases where set.isSupported {
            let compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2, ranges: ranges)
            let plan = try compiler.compile(graph)
            let kinds = plan.steps.map(\.kind)
            #expect(plan.steps.allSatisfy { $0.multiplyAccumulates == 0 || $0.precision == .int8 }, "\(kinds)")
            #expect(plan.steps.contains { $0.kind.hasPrefix("average pool") && $0.precision == .int8 }, "\(kinds)")
            let results = try GraphRunner.engine(plan, inputs: inputs, pool: pool)[0].elements(as: Float.self)!
            let scale = expected.reduce(0) { max($0, abs($1)) }
            let errors = zip(results, expected).map { abs($0 - $1) / scale }
            #expect(errors.max()! <= 0.03, "\(set): off by \(errors.max()!)")
        }
    }

    private func network(_ shape: Shape, random: inout SeededGenerator) -> Graph {
        var graph = Graph(name: "transition")
        func value(_ name: String, _ channels: Int, _ height: Int, _ width: Int) -> ValueID {
            graph.add(Value(name: name, shape: [1, channels, height, width].map(Dimension.known)))
        }
        func constant(_ name: String, _ extents: [Int], _ range: ClosedRange<Float> = -1...1) -> ValueID {
            let elements = (0..<extents.reduce(1, *)).map { _ in Float.random(in: range, using: &random) }
            return graph.add(
                Value(
                    name: name, shape: extents.map(Dimension.known),
                    constant: HostTensor(elements, dimensions: extents)))
        }
        let channels = shape.channels
        let image = value("image", channels, shape.height, shape.width)
        var x = value("features", channels, shape.height, shape.width)
        graph.inputs = [image]
        let none = Padding.explicit(begin: [0, 0], end: [0, 0])
        let pointwise = Convolution(kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: none, groups: 1)
        let stem = constant("stem weights", [channels, channels, 1, 1])
        graph.nodes = [Node(name: "stem", operation: .convolution(pointwise), inputs: [image, stem], outputs: [x])]
        // Read outside, so that nothing is folded into the stem.
        graph.outputs = [x]
        if shape.isNormalised {
            let normal = value("normal", channels, shape.height, shape.width)
            let active = value("active", channels, shape.height, shape.width)
            let vectors = ["gain", "bias", "mean"].map { constant($0, [channels]) }
            graph.nodes += [
                Node(
                    name: "norm", operation: .batchNormalization(epsilon: 1e-5),
                    inputs: [x] + vectors + [constant("variance", [channels], 0.5...2)], outputs: [normal]),
                Node(name: "relu", operation: .unary(.relu), inputs: [normal], outputs: [active]),
            ]
            x = active
        }
        let convolved = value("convolved", shape.outputs, shape.height, shape.width)
        let height = (shape.height + 2 * shape.pad - shape.kernel) / shape.stride + 1
        let width = (shape.width + 2 * shape.pad - shape.kernel) / shape.stride + 1
        let pooled = value("pooled", shape.outputs, height, width)
        let weights = constant("weights", [shape.outputs, channels, 1, 1])
        let pad = [shape.pad, shape.pad]
        graph.nodes += [
            Node(
                name: "conv", operation: .convolution(pointwise),
                inputs: [x, weights] + (shape.hasBias ? [constant("offset", [shape.outputs])] : []),
                outputs: [convolved]),
            Node(
                name: "pool",
                operation: .pool(
                    Pooling(
                        kind: .average, kernel: [shape.kernel, shape.kernel], strides: [shape.stride, shape.stride],
                        padding: .explicit(begin: pad, end: pad), countIncludesPadding: shape.countsPadding)),
                inputs: [convolved], outputs: [pooled]),
        ]
        graph.outputs = [pooled] + graph.outputs + (shape.isRead ? [convolved] : [])
        return graph
    }
}
