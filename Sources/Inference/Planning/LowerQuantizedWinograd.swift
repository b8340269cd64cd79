internal import CKernels
internal import Kernels
internal import ModelGraph

extension PlanBuilder {
    /// Whether `QuantizedWinogradStep` computes this convolution, exactly and faster than the direct kernel.
    ///
    /// A filter with so large weights that a sum may leave the 26 bits that survive keeps its whole layer direct: such
    /// filters need thousands of weights near 127 of one sign.
    func quantizedWinogradPays(
        _ attributes: Convolution, _ geometry: ConvolutionGeometry, _ filter: QuantizedFilter
    ) -> Bool {
        // The scalar kernels (also on AArch64, where 16-bit products are slow) are for tests.
        let isVectorised = kernels.quantized_winograd.tile > 1
        guard isVectorised || compiler.kernels.instructionSet == .scalar, isWinogradShape(attributes, geometry),
            !filter.dependsOnBorders, QuantizedWinogradCost(geometry).pays
        else { return false }
        let count = filter.weights.count / geometry.output.channels
        return filter.weights.withUnsafeBufferPointer { weights in
            guard let start = weights.baseAddress else { return false }
            return (0..<geometry.output.channels).allSatisfy { dh_winograd_is_exact(start + $0 * count, Int32(count)) }
        }
    }

    /// Emits the step. `epilogue`'s results go to 8-bit planes or, where it stores none, to fp32.
    mutating func lowerQuantizedWinograd(
        _ attributes: Convolution, _ geometry: ConvolutionGeometry, _ filter: QuantizedFilter, _ epilogue: Epilogue,
        input: Operand
    ) {
        let functions = kernels.quantized_winograd
        let planes = geometry.input.quantizedPlanes
        let channels = geometry.output.channels
        let residual = node.input(3).map { operand($0, as: .quantized) } ?? .none
        let isFloat = epilogue.stored == nil
        let output = destination(node.outputs[0], as: isFloat ? .blocked : .quantized)
        let weights = transformedWeights(filter, geometry)
        let stored: [Operand] = if case .stored(let operand) = weights { [operand] } else { [] }
        // Two blocks of transformed input, if so few tiles as share a read of the weights leave room for them.
        let worksAside = functions.aside != 0
        let isBehind = worksAside && !isFloat
        let transformedBytes = WinogradWeights.points * planes * 64
        let sumBytes = WinogradWeights.points * 128 * (isBehind ? 2 : 1)
        let isAhead = worksAside && (2 * transformedBytes + sumBytes) * Int(functions.tile) <= 620_000
        let step = QuantizedWinogradStep(
            kernels: functions, input: input, output: output, residual: residual,
            source: .init(
                planes: Int32(planes), height: Int32(geometry.input.height), width: Int32(geometry.input.width)),
            target: .init(
                planes: Int32(geometry.output.quantizedPlanes), height: Int32(geometry.output.height),
                width: Int32(geometry.output.width)),
            floatPlanes: isFloat ? Int32(geometry.output.planes) : 0,
            top: Int32(geometry.window.rows.padBegin), left: Int32(geometry.window.columns.padBegin),
            weights: weights,
            vectors: .init(
                scale: vector(epilogue.scale(filter), channels: channels),
                bias: biases(filter, epilogue, geometry.window),
                slope: vector(graph.floats(node.input(4)), channels: channels),
                zero: vector(epilogue.stored?.zero, channels: channels),
                residualScale: vector(epilogue.residualScale, channels: channels)),
            activation: activationCode(attributes.activation),
            tiling: WinogradTiling(
                height: geometry.output.height, width: geometry.output.width,
                bytesPerTile: (isAhead ? 2 : 1) * transformedBytes + sumBytes, tile: Int(functions.tile),
                threads: threads, blocksPerChunk: worksAside ? 4 : 1),
            isAhead: isAhead, isBehind: isBehind)
        scratchBytes = max(scratchBytes, step.scratchBytes)
        emit(
            .quantizedWinograd(step), kind: "conv 3x3" + foldedForm, kernel: "\(instructionSetName) winograd 4x4",
            multiplyAccumulates: geometry.multiplyAccumulates, precision: .int8,
            reads: [input, residual] + stored, writes: [output])
    }

    /// Most tiles of a map whose weights are transformed once and for all. Making them anew takes the time of as many products
    /// as a few tiles have: 11 % of the convolution over LDN-121's 128 tiles of 512 to 256 channels on two Zen 4 cores, 3 % over
    /// 512 tiles, 0.8 % over 2048. Kept, they take eight times the memory, for good.
    private static let fewTiles = 256

    /// Where transformed weights come from; emits the step that makes them unless they are kept or workers make their own.
    private mutating func transformedWeights(
        _ filter: QuantizedFilter, _ geometry: ConvolutionGeometry
    ) -> QuantizedWinogradStep.Weights {
        let functions = kernels.quantized_winograd
        let planes = Int32(geometry.input.quantizedPlanes)
        let blocks = Int32(geometry.output.quantizedPlanes)
        let packedBytes = Int(blocks) * Int(dh_winograd_packed_bytes(planes))
        func expansion(of packed: UnsafeMutablePointer<Int8>) -> WinogradExpansion {
            packQuantizedWinogradWeights(filter, geometry, into: packed)
            return WinogradExpansion(
                function: functions.expand, packed: UnsafePointer(packed), planes: planes, blocks: blocks,
                groups: planes * 1024 / functions.group)
        }
        let bytes = Int(blocks) * Int(dh_winograd_weight_bytes(planes))
        // A third of a second-level cache of 1 MB, beside a block's tiles.
        if bytes <= 349_440 {
            let expansion = expansion(of: memory.allocate(Int8.self, count: packedBytes))
            keepBytes = max(keepBytes, expansion.keepBytes)
            return .own(expansion)
        }
        if (geometry.output.height + 3) / 4 * ((geometry.output.width + 3) / 4) <= Self.fewTiles {
            let packed = ZeroedMemory.allocate(byteCount: packedBytes)
            defer { ZeroedMemory.deallocate(packed, byteCount: packedBytes) }
            let made = memory.allocate(UInt8.self, count: bytes)
            expansion(of: packed.bindMemory(to: Int8.self, capacity: packedBytes)).expand(into: made)
            return .kept(UnsafeRawPointer(made))
        }
        let expansion = expansion(of: memory.allocate(Int8.self, count: packedBytes))
        let output = addArena(byteCount: expansion.byteCount)
        let pieces = (Int32(threads) * 2 + blocks - 1) / blocks
        let step = WinogradWeightsStep(
            expansion: expansion, output: output, groupsPerChunk: (expansion.groups + pieces - 1) / pieces)
        emit(
            .winogradWeights(step), kind: "winograd weights", kernel: instructionSetName, precision: .int8, reads: [],
            writes: [output])
        return .stored(output)
    }

    private func packQuantizedWinogradWeights(
        _ filter: QuantizedFilter, _ geometry: ConvolutionGeometry, into packed: UnsafeMutablePointer<Int8>
    ) {
        let planes = geometry.input.quantizedPlanes
        let blockBytes = Int(dh_winograd_packed_bytes(Int32(planes)))
        let blocks = geometry.output.quantizedPlanes
        let perOutput = geometry.input.channels * 9
        for block in 0..<blocks {
            // Channels that a last plane or block lacks stay zero.
            var natural = [Int8](repeating: 0, count: 32 * planes * 32 * 9)
            for lane in 0..<min(32, geometry.output.channels - block * 32) {
                let source = (block * 32 + lane) * perOutput
                natural.replaceSubrange(
                    lane * planes * 288..<lane * planes * 288 + perOutput,
                    with: filter.weights[source..<source + perOutput])
            }
            kernels.quantized_winograd.pack(natural, Int32(planes), packed + block * blockBytes)
        }
    }
}

/// Nanoseconds of a 3x3 convolution over bytes both ways on one core.
///
/// The constants were measured on a Zen 4 core with AVX-512 VNNI, where the direct kernel gains most; other sets gain more
/// from Winograd.
struct QuantizedWinogradCost {
    let direct: Double
    let winograd: Double

    /// With a margin: transforming the weights is not counted, nor the memory that they take meanwhile.
    var pays: Bool { winograd * 1.15 < direct }

    init(_ geometry: ConvolutionGeometry) {
        let inputs = Double(geometry.input.quantizedPlanes)
        let outputs = Double(geometry.output.quantizedPlanes)
        let tiles = Double((geometry.output.height + 3) / 4 * ((geometry.output.width + 3) / 4))
        // A plane times a block: products, and reading the weights from memory once.
        direct = (Double(geometry.output.pixels) * 40.5 + 460) * inputs * outputs
        winograd = tiles * (329 * inputs * outputs + 75 * inputs + 160 * outputs) + 3700 * inputs * outputs
    }
}
