import Kernels
import ModelGraph
import TestSupport
import Testing

@testable import Inference

/// int8 plans against their definition on real numbers, and against fp32.
struct QuantizationTests {
    static let sets = InstructionSet.allCases.filter(\.isSupported)

    /// Networks of few nodes: every border, zero point, group and stride must come out as defined.
    @Test(arguments: sets)
    func singleStepsEqualTheirDefinition(set: InstructionSet) throws {
        var random = SeededGenerator(label: "int8 steps \(set)")
        var int8Nodes = 0
        for round in 0..<100 {
            let case_ = try Case(&random, nodes: 2 + round % 3, set: set)
            int8Nodes += case_.graph.nodes.count { case_.usesInt8($0) }
            // What falls exactly between two bytes (averages of four do often) may be rounded to the other one: one byte's
            // step, 0.004 of the range, for up to a quarter of the values; far below what a wrong border or zero point does.
            for (result, expected) in zip(try case_.int8(), try case_.definition()) {
                let difference = case_.compare(result, expected)
                #expect(difference.rms <= 0.002, "round \(round): \(difference)\n\(case_.text)")
                #expect(difference.worst <= 0.02, "round \(round): \(difference)\n\(case_.text)")
            }
        }
        #expect(int8Nodes >= 30, "only \(int8Nodes) nodes ran in int8")
    }

    @Test(arguments: sets)
    func randomNetworksEqualTheirDefinition(set: InstructionSet) throws {
        var random = SeededGenerator(label: "int8 networks \(set)")
        var far = 0.0
        var count = 0.0
        for round in 0..<24 {
            let case_ = try Case(&random, nodes: 4 + round / 2, set: set)
            for (result, expected) in zip(try case_.int8(), try case_.definition()) {
                let difference = case_.compare(result, expected)
                far += difference.rms
                count += 1
                #expect(difference.rms <= 0.05, "round \(round): \(difference)\n\(case_.text)")
            }
        }
        // Bytes that were rounded the other way, on the way through many layers.
        #expect(far / count <= 0.005, "mean of all networks: \(far / count)")
    }

    /// Decoders, whose convolutions resize what they add.
    @Test(arguments: sets)
    func laddersEqualTheirDefinition(set: InstructionSet) throws {
        var random = SeededGenerator(label: "int8 ladders \(set)")
        var (resizing, scaling) = (0, 0)
        // More rounds where chance has made few of the fused steps.
        for round in 0..<400 where round < 40 || (set != .blas && (resizing < 5 || scaling < 3)) {
            let case_ = try Case(&random, nodes: 0, set: set) { network in
                let x = network.pictures[0]
                network.ladder(x)
            }
            let steps = try case_.plan().steps.filter { $0.precision == .int8 }
            resizing += steps.count { $0.kind.contains("+resize") }
            scaling += steps.count { $0.kind.hasSuffix("+resize +scale") }
            for (result, expected) in zip(try case_.int8(), try case_.definition()) {
                let difference = case_.compare(result, expected)
                // As for networks of many layers, above.
                #expect(difference.rms <= 0.05, "round \(round): \(difference)\n\(case_.text)")
            }
        }
        #expect(resizing >= 5 || set == .blas, "only \(resizing) convolutions resized what they add")
        #expect(scaling >= 3 || set == .blas, "only \(scaling) of them scaled the sum")
    }

    /// `relu(bn(conv(x) + x))` or with PReLU: the convolution scales the whole sum, whatever its kernel, before it is stored.
    @Test(arguments: sets)
    func affinesOfSumsAreFolded(set: InstructionSet) throws {
        var random = SeededGenerator(label: "int8 folded affines \(set)")
        var winograd = 0
        for (kernel, isDepthwise) in [(1, false), (3, false), (3, true)] {
            for round in 0..<8 {
                // Winograd needs many pixels, which take the definition long.
                let isLarge = kernel == 3 && !isDepthwise && round == 0 && set == .detected
                let height = isLarge ? 41 : Int.random(in: 5...9, using: &random)
                let width = isLarge ? 43 : Int.random(in: 5...20, using: &random)
                let case_ = try Case(&random, nodes: 0, set: set) {
                    $0.scaledSum(kernel: kernel, isDepthwise: isDepthwise, height: height, width: width)
                }
                let steps = try case_.plan().steps
                let folding = steps.filter { $0.kind.contains("+scale") }
                #expect(folding.count == 1 && !steps.contains { $0.kind == "affine" }, "\(steps.map(\.kind))")
                winograd += folding.count { $0.kernel.contains("winograd") }
                for (result, expected) in zip(try case_.int8(), try case_.definition()) {
                    let difference = case_.compare(result, expected)
                    #expect(difference.rms <= 0.002, "\(kernel) round \(round): \(difference)\n\(case_.text)")
                    #expect(difference.worst <= 0.02, "\(kernel) round \(round): \(difference)\n\(case_.text)")
                }
            }
        }
        #expect(winograd >= 1 || set != .detected, "none of Winograd's sums was scaled")
    }

    /// Sums of branches that only int8 steps read go straight into 8-bit planes.
    @Test(arguments: sets)
    func branchesEqualTheirDefinition(set: InstructionSet) throws {
        var random = SeededGenerator(label: "int8 branches \(set)")
        var quantizing = 0
        for round in 0..<400 where round < 40 || quantizing == 0 {
            let case_ = try Case(&random, nodes: 0, set: set) { network in
                let x = network.pictures[0]
                network.branches(x, channels: round % 4 == 0 ? 24 : 32)
            }
            quantizing += try case_.plan().steps.count { $0.kind.contains("+ quantize") }
            for (result, expected) in zip(try case_.int8(), try case_.definition()) {
                let difference = case_.compare(result, expected)
                #expect(difference.rms <= 0.002, "round \(round): \(difference)\n\(case_.text)")
            }
        }
        #expect(quantizing > 0, "no step made 8-bit planes")
    }

    /// Every multiplication of these networks is in 8 bits; the result stays close to fp32.
    @Test func randomNetworksAreCloseToFloat() throws {
        var random = SeededGenerator(label: "int8 against fp32")
        var errors: [Double] = []
        for _ in 0..<60 {
            let case_ = try Case(&random, nodes: 8, set: .detected)
            for (result, expected) in zip(try case_.int8(), try case_.float()) {
                errors.append(case_.compare(result, expected).rms)
            }
        }
        // The middle one: an output that is nearly dead in fp32 has no scale that its error could be measured by.
        errors.sort()
        #expect(errors[errors.count / 2] <= 0.03, "median relative error \(errors[errors.count / 2])")
    }

    @Test func plansThatOwnTheirPortsGiveTheSameBits() throws {
        var random = SeededGenerator(label: "int8 plans with their own ports")
        for round in 0..<40 {
            let case_ = try Case(&random, nodes: 2 + round / 3, set: .detected)
            let owned = try GraphRunner.owned(
                try case_.plan(ownsPorts: true), inputs: case_.inputs, pool: case_.pool)
            for (a, b) in zip(owned, try case_.int8()) {
                #expect(a.elements(as: Float.self)! == b.elements(as: Float.self)!, "round \(round)\n\(case_.text)")
            }
        }
    }

    @Test func missingRangesAreAnError() throws {
        var random = SeededGenerator(label: "missing ranges")
        for _ in 0..<50 {
            let case_ = try Case(&random, nodes: 5, set: .detected)
            guard case_.graph.nodes.contains(where: { case_.usesInt8($0) }) else { continue }
            let compiler = ModelCompiler(kernels: try KernelTable(), threads: 2, ranges: ActivationRanges())
            #expect(throws: InferenceError.self) { _ = try compiler.lower(case_.graph) }
            return
        }
    }

    @Test func nodesNamedInTheRangesStayInFloat() throws {
        var random = SeededGenerator(label: "higher precision")
        let case_ = try Case(&random, nodes: 12, set: .detected)
        var ranges = case_.ranges
        ranges.inHigherPrecision = Set(case_.graph.nodes.map(\.name))
        let compiler = ModelCompiler(kernels: try KernelTable(), threads: 2, ranges: ranges)
        let plan = try compiler.lower(case_.graph)
        #expect(plan.steps.allSatisfy { $0.precision == .fp32 })
        let results = try GraphRunner.engine(plan, inputs: case_.inputs, pool: case_.pool)
        let float = try ModelCompiler(kernels: try KernelTable(), threads: 2).lower(case_.graph)
        for (result, expected) in zip(
            results, try GraphRunner.engine(float, inputs: case_.inputs, pool: case_.pool))
        {
            #expect(result.elements(as: Float.self)! == expected.elements(as: Float.self)!)
        }
    }
}

extension QuantizationTests {
    /// The made-up step of a channel that calibration saw at zero alone must not set the step of an output's weights.
    @Test func deadChannelsCostTheOthersNothing() {
        let weights: [Float] = [0.5, -0.25, 3]
        let seen = PrologueStatistics(maximum: [1, 1, 0], mean: [0.3, 0.4, 0], activity: [0.5, 0.5, 0])
        let measured = ChannelStatistics(minimum: [0, 0, 0], maximum: [1, 1, 0], mean: [0.3, 0.4, 0])
        let stored = ChannelQuantization(measured)
        let forms = [
            InputTerms(stored, measured),
            InputTerms.affine(stored, gain: [1, 1, 1], shift: [0, 0, -1], seen).terms,
        ]
        for terms in forms {
            let filter = QuantizedFilter(weights: weights, outputs: 1, groups: 1, taps: 1, bias: nil, input: terms)
            #expect(filter.weights == [127, -64, 0])
        }
    }
}

/// A random network after all passes, an input, and the ranges that calibration on that input gives.
private struct Case {
    let graph: Graph
    let inputs: [HostTensor]
    let ranges: ActivationRanges
    let pool = WorkerPool(threads: 2)
    let set: InstructionSet
    private let reference: QuantizedReference

    init(
        _ random: inout SeededGenerator, nodes: Int, set: InstructionSet, grow: ((inout RandomNetwork) -> Void)? = nil
    ) throws {
        var network = RandomNetwork(random: SeededGenerator(seed: random.next()), nodes: nodes)
        if let grow {
            grow(&network)
            network.graph.outputs = [network.pictures.last!.id]
        }
        let graph = try GraphPass.all.reduce(GraphSpecializer.specialize(network.graph)) { $1($0) }
        self.graph = graph
        // Not centred, so that zero points are not 0.
        let low = Float.random(in: -2...0, using: &random)
        inputs = graph.inputs.map { id in
            let dimensions = graph[id].dimensions!
            return HostTensor(
                (0..<dimensions.reduce(1, *)).map { _ in Float.random(in: low...1, using: &random) },
                dimensions: dimensions)
        }
        self.set = set
        let observer = try ModelCompiler(kernels: try KernelTable(), threads: 2, observes: true).lower(graph)
        ranges = try GraphRunner.calibrate(observer, inputs: inputs, pool: pool)
        let compiler = ModelCompiler(kernels: try KernelTable(set), threads: 2, ranges: ranges)
        var builder = PlanBuilder(graph: graph, compiler: compiler)
        _ = try builder.build()
        // The builder's own graph has no weights any more.
        let whole = PlanBuilder(graph: graph, compiler: compiler)
        let readers = builder.int8Readers
        let convolutions = Set(
            graph.nodes.filter { [.convolution, .winograd].contains(whole.lowering(of: $0)) }.flatMap(\.outputs).map(
                \.index))
        let folded = Set(builder.foldedAffines.keys.flatMap { graph.nodes[$0].outputs }.map(\.index))
        reference = QuantizedReference(
            graph: graph, quantized: builder.quantized, ranges: ranges,
            keepsFloat: {
                folded.contains($0.index) || (convolutions.contains($0.index) && !readers.contains($0.index))
            })
    }

    var text: String { GraphDescription(graph).description }

    func usesInt8(_ node: Node) -> Bool { reference.quantized.contains(node) }

    func plan(ownsPorts: Bool = false) throws -> ExecutionPlan {
        try ModelCompiler(kernels: try KernelTable(set), threads: 2, ranges: ranges, ownsPorts: ownsPorts).lower(graph)
    }

    func int8() throws -> [HostTensor] { try GraphRunner.engine(try plan(), inputs: inputs, pool: pool) }

    func definition() throws -> [HostTensor] { try reference.run(inputs) }

    func float() throws -> [HostTensor] { try GraphRunner.reference(graph, inputs: inputs) }

    struct Difference: CustomStringConvertible {
        /// Largest, and root mean square, relative to the largest magnitude, or to 1e-5 where that is less: of what is
        /// zero but for the rounding of floats.
        var worst: Double
        var rms: Double
        var description: String { "worst \(worst), rms \(rms)" }
    }

    func compare(_ result: HostTensor, _ expected: HostTensor) -> Difference {
        let (a, b) = (result.elements(as: Float.self)!, expected.elements(as: Float.self)!)
        let scale = max(Double(b.reduce(0) { max($0, abs($1)) }), 1e-5)
        let distances = zip(a, b).map { Double(abs($0 - $1)) / scale }
        return Difference(
            worst: distances.max() ?? 0,
            rms: (distances.reduce(0) { $0 + $1 * $1 } / Double(distances.count)).squareRoot())
    }
}
