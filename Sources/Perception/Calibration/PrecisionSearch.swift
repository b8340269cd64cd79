internal import FrameIO
internal import Inference
internal import Kernels

/// Finds the nodes that int8 would cost too much accuracy, by measurement: int8 against fp32 on a few pictures, node by node
/// as `NodeChoice` says. Names no network and no kind of layer.
struct PrecisionSearch {
    /// A normalised picture, as the network takes it.
    struct Picture: Sendable {
        let size: NetworkSize
        let pixels: [Float]
    }

    private let settings: PerceptionSettings
    private let pictures: [Picture]
    private let reference: [[Float]]
    private let classes: [Int32]

    /// `settings` has the network in fp32. Runs it on the pictures.
    init(settings: PerceptionSettings, pictures: [Picture]) throws(ModelError) {
        self.settings = settings
        self.pictures = pictures
        let (logits, classes) = try Self.logits(of: settings.network, pictures, settings)
        reference = logits
        self.classes = classes
    }

    /// Adds to `ranges` the nodes that stay in fp32, so that `wanted` of all labels agree; returns the agreement that was
    /// measured before and after. `report` is told how far the search is.
    func narrow(
        _ ranges: inout ActivationRanges, wanted: Double, report: (String) -> Void
    ) throws(ModelError) -> (before: Double, after: Double) {
        let before = try compare(ranges).agreement
        if before >= wanted { return (before, before) }
        let original = ranges
        let choice = NodeChoice(nodes: try multiplyingNodes(ranges), wanted: wanted) { exact throws(ModelError) in
            var tried = original
            tried.inHigherPrecision.formUnion(exact)
            return try compare(tried)
        }
        let (exact, after) = try choice.make(report: report)
        ranges.inHigherPrecision.formUnion(exact)
        return (before, after)
    }

    /// What moving an element of a result costs in fp32, written once and read once, in multiply-accumulates: a core does
    /// about two of them while its share of the memory moves a byte.
    private static let multiplicationsPerElement = 16

    /// Nodes with products that run in int8, and about what they cost in fp32, in multiply-accumulates.
    private func multiplyingNodes(_ ranges: ActivationRanges) throws(ModelError) -> [NodeChoice.Node] {
        guard let size = pictures.first?.size else { return [] }
        let network = try settings.network.inInt8(with: ranges).compile(
            size: size, kernels: settings.kernels, threads: settings.pool.threadCount)
        return (network.steps.backbone + network.steps.heads)
            .filter { $0.precision == .int8 && $0.multiplyAccumulates > 0 }
            .map { step in
                let elements = step.output.reduce(1, *)
                return NodeChoice.Node(
                    name: step.name, work: step.multiplyAccumulates + Self.multiplicationsPerElement * elements)
            }
    }

    private func compare(_ ranges: ActivationRanges) throws(ModelError) -> NodeChoice.Comparison {
        let (logits, _) = try Self.logits(of: settings.network.inInt8(with: ranges), pictures, settings)
        var same = 0
        var pixels = 0
        var error = 0.0
        for (result, expected) in zip(logits, reference) {
            let plane = expected.count / classes.count
            for pixel in 0..<plane {
                var best = (0, 0)
                for channel in 0..<classes.count {
                    let place = channel * plane + pixel
                    let difference = Double(result[place] - expected[place])
                    error += difference * difference
                    if result[place] > result[best.0 * plane + pixel] { best.0 = channel }
                    if expected[place] > expected[best.1 * plane + pixel] { best.1 = channel }
                }
                same += best.0 == best.1 ? 1 : 0
            }
            pixels += plane
        }
        return NodeChoice.Comparison(agreement: Double(same) / Double(pixels), error: error / Double(pixels))
    }

    /// Class logits [class][pixel] of every picture.
    private static func logits(
        of network: ImportedNetwork, _ pictures: [Picture], _ settings: PerceptionSettings
    ) throws(ModelError) -> (logits: [[Float]], classes: [Int32]) {
        var compiled: [CompiledNetwork] = []
        var result: [[Float]] = []
        let slot = FrameSlot()
        for picture in pictures {
            var fitting = compiled.first { $0.size == picture.size }
            if fitting == nil {
                fitting = try network.compile(
                    size: picture.size, kernels: settings.kernels, threads: settings.pool.threadCount)
            }
            guard let plan = fitting else { continue }
            compiled.append(plan)
            slot.prepareNetwork(plan)
            picture.pixels.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { slot.input.base.copyMemory(from: base, byteCount: bytes.count) }
            }
            do throws(InferenceError) {
                try plan.runBackbone(
                    image: slot.input.base, preLogits: slot.preLogits.base, outlierLogits: slot.outlierLogits.base,
                    on: settings.pool)
                try plan.runHeads(
                    preLogits: slot.preLogits.base, logits: slot.logits.base,
                    outlierLogits: plan.outlierLogits == nil ? nil : slot.outlierLogits.base, on: settings.pool)
            } catch {
                throw ModelError(error.description)
            }
            let plane = plan.logits.dimensions[2] * plan.logits.dimensions[3]
            let all = slot.logits.base.assumingMemoryBound(to: Float.self)
            result.append(
                plan.classChannels.flatMap { Array(UnsafeBufferPointer(start: all + Int($0) * plane, count: plane)) })
        }
        return (result, compiled.first?.classChannels ?? [])
    }
}
