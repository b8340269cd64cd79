import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// A pointwise convolution behind a clamp takes its input panel by panel, each but a chunk's first clamped while the one
/// before it is computed. How the panels fall into chunks makes no difference.
struct QuantizedPanelTests {
    /// Channels, height, width: a last panel of another size, an odd one, and planes that blocks share unequally.
    static let shapes = [(64, 57, 61), (160, 30, 45), (96, 33, 64)]

    @Test(arguments: InstructionSet.allCases.filter { $0.isSupported && $0 != .blas }, shapes)
    func panelsMadeAheadEqualThoseMadeAtOnce(set: InstructionSet, shape: (Int, Int, Int)) throws {
        var random = SeededGenerator(label: "quantized panels \(set) \(shape)")
        let graph = GraphPass.all.reduce(network(shape, &random)) { $1($0) }
        let inputs = [EngineTests.randomTensor([1, 16, shape.1, shape.2], &random)]
        let pool = WorkerPool(threads: 1)
        let observer = try ModelCompiler(kernels: try KernelTable(), threads: 1, observes: true).lower(graph)
        let ranges = try GraphRunner.calibrate(observer, inputs: inputs, pool: pool)
        var results: [[HostTensor]] = []
        // Few chunks of several panels, and one chunk a panel: then none is made ahead.
        for threads in [1, 64] {
            let plan = try ModelCompiler(kernels: try KernelTable(set), threads: threads, ranges: ranges).lower(graph)
            #expect(plan.steps.count { $0.kind == "conv 1x1 +clamp" } == 1, "\(plan.steps.map(\.kind))")
            results.append(try GraphRunner.engine(plan, inputs: inputs, pool: pool))
        }
        #expect(results[0][0].elements(as: Float.self)! == results[1][0].elements(as: Float.self)!)
    }

    /// Two convolutions, concatenated; batch norm, ReLU and a convolution of what they made.
    private func network(_ shape: (Int, Int, Int), _ random: inout SeededGenerator) -> Graph {
        let (channels, height, width) = shape
        var graph = Graph(name: "int8 panels")
        func value(_ name: String, _ count: Int) -> ValueID {
            graph.add(Value(name: name, shape: [1, count, height, width].map(Dimension.known)))
        }
        func constant(_ name: String, _ tensor: HostTensor) -> ValueID {
            graph.add(Value(name: name, shape: tensor.dimensions.map(Dimension.known), constant: tensor))
        }
        func convolution(_ name: String, _ x: ValueID, from inputs: Int, to outputs: Int, _ result: ValueID) -> Node {
            let attributes = Convolution(
                kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: .explicit(begin: [0, 0], end: [0, 0]),
                groups: 1)
            let weights = EngineTests.randomTensor([outputs, inputs, 1, 1], &random)
            return Node(
                name: name, operation: .convolution(attributes), inputs: [x, constant(name + " weights", weights)],
                outputs: [result])
        }
        let image = value("image", 16)
        let left = value("left", 32)
        let right = value("right", channels - 32)
        let joined = value("joined", channels)
        let active = value("active", channels)
        let last = value("last", 96)
        let gain = HostTensor(
            (0..<channels).map { _ in Float.random(in: 0.9...1.1, using: &random) }, dimensions: [channels])
        let shift = HostTensor(
            (0..<channels).map { _ in Float.random(in: -0.1...0.1, using: &random) }, dimensions: [channels])
        graph.inputs = [image]
        graph.nodes = [
            convolution("first", image, from: 16, to: 32, left),
            convolution("second", image, from: 16, to: channels - 32, right),
            Node(name: "join", operation: .concat(axis: 1), inputs: [left, right], outputs: [joined]),
            Node(
                name: "norm", operation: .channelAffine(.relu),
                inputs: [joined, constant("gain", gain), constant("shift", shift)], outputs: [active]),
            convolution("third", active, from: channels, to: 96, last),
        ]
        graph.outputs = [last]
        return graph
    }
}
