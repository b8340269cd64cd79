import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// Convolutions in int8 that gather the windows of a picture, and that pool their rows: to the bit what they are one
/// by one over planes that are stored.
struct QuantizedBandsTests {
    @Test(arguments: InstructionSet.allCases.filter(\.isSupported))
    func picturesEqualPlanes(set: InstructionSet) throws {
        var random = SeededGenerator(label: "pictures in int8 \(set)")
        for round in 0..<30 {
            let network = try Network(&random, channels: 3, set: set)
            let plain = try network.run(try network.plan())
            let plan = try network.plan(nativePorts: true)
            #expect(plan.inputs[0].layout == .packed)
            let isQuantized = plan.steps.contains { $0.kind == "quantize picture" }
            #expect(isQuantized, "round \(round): \(plan.steps.map(\.kind))\n\(network.text)")
            let native = try network.run(plan, packed: true)
            #expect(native == plain, "round \(round)\n\(network.text)")
        }
    }

    @Test(arguments: InstructionSet.allCases.filter(\.isSupported))
    func pooledRowsEqualPooledMaps(set: InstructionSet) throws {
        var random = SeededGenerator(label: "pooled rows in int8 \(set)")
        var fused = 0
        for round in 0..<40 {
            let channels = round.isMultiple(of: 2) ? 3 : Int.random(in: 9...40, using: &random)
            let network = try Network(&random, channels: channels, set: set, pools: true)
            let usesPicture = channels == 3
            let plan = try network.plan(nativePorts: usesPicture)
            let isFused = plan.steps.contains { $0.kind.contains(" +max pool") }
            fused += isFused ? 1 : 0
            #expect(plan.steps.count { $0.kind.contains("max pool") } == 1)
            let work = plan.steps.reduce(0) { $0 + $1.multiplyAccumulates }
            let whole = try network.run(plan, packed: usesPicture)
            // An output of the map between them keeps the two apart.
            let apart = try network.plan(nativePorts: usesPicture, showsMap: true)
            #expect(apart.steps.contains { $0.kind.hasPrefix("max pool") })
            #expect(apart.steps.reduce(0) { $0 + $1.multiplyAccumulates } == work)
            let parts = try network.run(apart, packed: usesPicture)
            #expect(whole == parts, "round \(round)\n\(network.text)")
        }
        #expect(fused >= 15, "only \(fused) of 40 networks were fused")
    }
}

/// A convolution of a picture, perhaps a max pool, and a convolution that reads the result.
private struct Network {
    private let graph: Graph
    private let picture: HostTensor
    private let ranges: ActivationRanges
    private let set: InstructionSet
    private let map: ValueID
    private let pool = WorkerPool(threads: 2)

    init(_ random: inout SeededGenerator, channels: Int, set: InstructionSet, pools: Bool = false) throws {
        var graph = Graph(name: "int8 bands")
        var nodes: [Node] = []
        func value(_ name: String, _ shape: [Int]) -> ValueID {
            graph.add(Value(name: name, shape: ([1] + shape).map(Dimension.known)))
        }
        func constant(_ name: String, _ shape: [Int]) -> ValueID {
            let tensor = EngineTests.randomTensor(shape, &random)
            return graph.add(Value(name: name, shape: shape.map(Dimension.known), constant: tensor))
        }
        func convolution(_ name: String, _ x: ValueID, _ attributes: Convolution, from inputs: Int, to y: ValueID) {
            let outputs = graph[y].dimensions![1]
            let weights = constant(name + " weights", [outputs, inputs] + attributes.kernel)
            nodes.append(
                Node(
                    name: name, operation: .convolution(attributes),
                    inputs: [x, weights, constant(name + " bias", [outputs])], outputs: [y]))
        }
        let kernel = [1, 2, 3, 5, 7].randomElement(using: &random)!
        let stride = Int.random(in: 1...3, using: &random)
        let pad = Int.random(in: 0...kernel, using: &random)
        let (height, width) = (Int.random(in: 15...24, using: &random), Int.random(in: 60...160, using: &random))
        let outputs = Int.random(in: 1...2, using: &random) * 24
        let rows = (height + 2 * pad - kernel) / stride + 1
        let columns = (width + 2 * pad - kernel) / stride + 1
        let image = value("image", [channels, height, width])
        let map = value("map", [outputs, rows, columns])
        let attributes = Convolution(
            kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1],
            padding: .explicit(begin: [pad, pad], end: [pad, pad]), groups: 1)
        convolution("first", image, attributes, from: channels, to: map)
        var last = (id: map, rows: rows, columns: columns)
        if pools {
            let window = [Int.random(in: 1...3, using: &random), Int.random(in: 2...3, using: &random)]
            last = (
                value("pooled", [outputs, rows / window[0], columns / window[1]]), rows / window[0],
                columns / window[1]
            )
            let pooling = Pooling(
                kind: .max, kernel: window, strides: window, padding: .explicit(begin: [0, 0], end: [0, 0]))
            nodes.append(Node(name: "pool", operation: .pool(pooling), inputs: [map], outputs: [last.id]))
        }
        let result = value("result", [20, last.rows, last.columns])
        let pointwise = Convolution(
            kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: .explicit(begin: [0, 0], end: [0, 0]),
            groups: 1)
        convolution("second", last.id, pointwise, from: outputs, to: result)
        graph.nodes = nodes
        (graph.inputs, graph.outputs) = ([image], [result])
        // Not centred, so that padding is no byte of 0.
        picture = HostTensor(
            (0..<channels * height * width).map { _ in Float.random(in: -1...0.3, using: &random) },
            dimensions: [1, channels, height, width])
        self.graph = GraphPass.all.reduce(graph) { $1($0) }
        self.set = set
        self.map = map
        let observer = try ModelCompiler(kernels: try KernelTable(), threads: 2, observes: true).lower(self.graph)
        ranges = try GraphRunner.calibrate(observer, inputs: [picture], pool: pool)
    }

    var text: String { GraphDescription(graph).description }

    /// Compiled with its input as a camera delivers it, or in planes.
    func plan(nativePorts: Bool = false, showsMap: Bool = false) throws -> ExecutionPlan {
        var shown = graph
        if showsMap { shown.outputs.append(map) }
        let compiler = ModelCompiler(
            kernels: try KernelTable(set), threads: 2, nativePorts: nativePorts, plainOutputs: ["result", "map"],
            ranges: ranges)
        return try compiler.lower(shown)
    }

    /// The last result.
    func run(_ plan: consuming ExecutionPlan, packed: Bool = false) throws -> [Float] {
        var input = picture
        if packed {
            let (elements, extents) = (picture.elements(as: Float.self)!, picture.dimensions)
            let pixels = extents[2] * extents[3]
            input = HostTensor(
                (0..<elements.count).map { elements[$0 % extents[1] * pixels + $0 / extents[1]] }, dimensions: extents)
        }
        return try GraphRunner.engine(plan, inputs: [input], pool: pool)[0].elements(as: Float.self)!
    }
}
