internal import FrameIO
internal import Inference
internal import Kernels

/// Finds the nodes that int8 would cost too much accuracy, by measurement: int8 against fp32 on a few pictures.
///
/// Each node that multiplies is tried alone in int8; those with the largest error of the logits for the time that int8
/// may save then stay in fp32, as few as the wanted agreement of labels needs. At last each of them, the dearest first,
/// goes back to int8 if the agreement can spare it. Names no network and no kind of layer.
struct PrecisionSearch {
    /// A normalised picture, as the network takes it.
    struct Picture: Sendable {
        let size: NetworkSize
        let pixels: [Float]
    }

    /// How a network compares with the one in fp32.
    private struct Comparison {
        /// Share of pixels, at the logits' resolution, with the same largest class.
        let agreement: Double
        /// Mean square of the logits' difference.
        let error: Double
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
        let before = try compare(ranges)
        if before.agreement >= wanted { return (before.agreement, before.agreement) }
        let nodes = try multiplyingNodes(ranges)
        let total = nodes.reduce(0) { $0 + $1.work }
        var costs: [(name: String, work: Int, cost: Double)] = []
        for (number, node) in nodes.enumerated() {
            report("int8 node by node: \(number + 1) of \(nodes.count)")
            var alone = ranges
            alone.inHigherPrecision.formUnion(nodes.map(\.name).filter { $0 != node.name })
            let error = try compare(alone).error
            // Work counts, but a small node is no bargain for being small.
            costs.append((node.name, node.work, error / (Double(node.work) + 0.01 * Double(total))))
        }
        costs.sort { $0.cost > $1.cost }
        var low = 0
        var high = costs.count
        var after = 1.0
        while low < high {
            let count = (low + high) / 2
            report("keeping \(count) of \(nodes.count) nodes in fp32")
            var tried = ranges
            tried.inHigherPrecision.formUnion(costs.prefix(count).map(\.name))
            let agreement = try compare(tried).agreement
            if agreement >= wanted {
                high = count
                after = agreement
            } else {
                low = count + 1
            }
        }
        var kept = Set(costs.prefix(high).map(\.name))
        for node in costs.prefix(high).sorted(by: { $0.work > $1.work }) {
            report("keeping \(kept.count) of \(nodes.count) nodes in fp32, trying one less")
            var tried = ranges
            tried.inHigherPrecision.formUnion(kept.subtracting([node.name]))
            let agreement = try compare(tried).agreement
            if agreement >= wanted {
                kept.remove(node.name)
                after = agreement
            }
        }
        ranges.inHigherPrecision.formUnion(kept)
        return (before.agreement, after)
    }

    /// What moving an element of a result costs in fp32, written once and read once, in multiply-accumulates: a core does
    /// about two of them while its share of the memory moves a byte.
    private static let multiplicationsPerElement = 16

    /// Nodes with products that run in int8, and about what they cost in fp32, in multiply-accumulates.
    private func multiplyingNodes(_ ranges: ActivationRanges) throws(ModelError) -> [(name: String, work: Int)] {
        guard let size = pictures.first?.size else { return [] }
        let network = try settings.network.inInt8(with: ranges).compile(
            size: size, kernels: settings.kernels, threads: settings.pool.threadCount)
        return (network.steps.backbone + network.steps.heads)
            .filter { $0.precision == .int8 && $0.multiplyAccumulates > 0 }
            .map { step in
                let elements = step.output.reduce(1, *)
                return (step.name, step.multiplyAccumulates + Self.multiplicationsPerElement * elements)
            }
    }

    private func compare(_ ranges: ActivationRanges) throws(ModelError) -> Comparison {
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
        return Comparison(agreement: Double(same) / Double(pixels), error: error / Double(pixels))
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
