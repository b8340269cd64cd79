import CKernels
import Kernels
import TestSupport
import Testing

/// The int8 convolutions of every instruction set give the bits of the scalar reference: random, odd and saturating cases.
struct QuantizedConvolutionTests {
    enum Output: CaseIterable { case bytes, floats, depthwise }

    @Test(arguments: TableUnderTest.vectors, Output.allCases)
    func equalsTheReference(under: TableUnderTest, output: Output) throws {
        var random = SeededGenerator(label: "quantized convolution to \(output), \(under)")
        let kernels = under.table.functions.quantized_convolution
        let reference = TableUnderTest.scalar.functions.quantized_convolution
        for _ in 0..<100 {
            QuantizedCase(output: output, using: &random).compare(kernels, reference, using: &random)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func everyRunLengthIsSplitWithoutGaps(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "quantized convolution lengths, \(under)")
        let kernels = under.table.functions.quantized_convolution
        let reference = TableUnderTest.scalar.functions.quantized_convolution
        for pixels in 1...60 {
            for output in Output.allCases {
                var one = QuantizedCase(output: output, using: &random)
                one.pixels = pixels
                one.compare(kernels, reference, using: &random)
            }
        }
    }

    /// Blocks whose outputs read in two or four places, on the sets that have them.
    @Test(arguments: TableUnderTest.vectors, [2, 4])
    func partsEqualTheReference(under: TableUnderTest, parts: Int) throws {
        var random = SeededGenerator(label: "quantized convolution in \(parts) parts, \(under)")
        let kernels = under.table.functions.quantized_convolution
        #expect((kernels.parted == nil) == (kernels.parted_float == nil))
        guard kernels.parted != nil else { return }
        let reference = TableUnderTest.scalar.functions.quantized_convolution
        for round in 0..<160 {
            var one = QuantizedCase(output: round % 2 == 0 ? .bytes : .floats, using: &random)
            one.pixels = 1 + round * 3 / 8
            one.stride = 32
            one.parts = parts
            one.partStep = 4 * Int.random(in: 0...100, using: &random)
            one.compare(kernels, reference, using: &random)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func longSumsAreExact(under: TableUnderTest) throws {
        // 4608 inputs at the ends of their ranges: no 16-bit sum may saturate, no 32-bit one lose a bit.
        var random = SeededGenerator(label: "quantized convolution sums, \(under)")
        let kernels = under.table.functions.quantized_convolution
        let reference = TableUnderTest.scalar.functions.quantized_convolution
        for weight: Int8 in [-128, 127] {
            var one = QuantizedCase(output: .floats, using: &random)
            one.pixels = 29
            one.segments = (0..<48).map { dh_segment(input: 4 * $0, weights: 24 * $0, count: 24) }
            one.extremes = true
            one.onlyWeight = weight
            one.compare(kernels, reference, using: &random)
        }
    }
}

/// One random call; the same inputs go to the kernel and to the reference.
private struct QuantizedCase {
    let output: QuantizedConvolutionTests.Output
    var pixels: Int
    var segments: [dh_segment]
    /// Inputs are 0 or 255, weights -128, -127 or 127.
    var extremes: Bool
    var onlyWeight: Int8?
    var stride: Int
    var parts = 0
    var partStep = 0
    let activation: UInt32
    let hasResidual: Bool
    /// Typical size of a result before rounding: some saturate all outputs, some none.
    let magnitude: Float

    init(output: QuantizedConvolutionTests.Output, using random: inout SeededGenerator) {
        self.output = output
        pixels = Int.random(in: 1...61, using: &random)
        stride = [32, 32, 64, 4, 8, 0, 96, 36].randomElement(using: &random)!
        var groups = 0
        segments = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let count = [8, 24, Int.random(in: 1...9, using: &random)].randomElement(using: &random)!
            let offset = Int.random(in: 0...64, using: &random) * 4
            segments.append(dh_segment(input: Int32(offset), weights: Int32(groups), count: Int32(count)))
            groups += output == .depthwise ? 1 : count
        }
        // In any order, with gaps: as border pixels leave out taps.
        segments.shuffle(using: &random)
        if segments.count > 1 { segments.removeLast() }
        extremes = Int.random(in: 0..<4, using: &random) == 0
        activation = UInt32.random(in: 0...2, using: &random)
        hasResidual = Bool.random(using: &random)
        magnitude = [60, 60, 200, 1, 1e4, 1e12, 1e30].randomElement(using: &random)!
    }

    func compare(
        _ kernels: dh_quantized_convolution_kernels, _ reference: dh_quantized_convolution_kernels,
        using random: inout SeededGenerator
    ) {
        let isDepthwise = output == .depthwise
        let groups = segments.map { Int($0.weights) + (isDepthwise ? 1 : Int($0.count)) }.max()!
        let reach =
            segments.map { Int($0.input) + (isDepthwise ? 32 : 4 * Int($0.count)) }.max()! + max(0, parts - 1)
            * partStep
        let inputs = groups * (isDepthwise ? 1 : 4)
        func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in
                extremes ? (Bool.random(using: &random) ? 255 : 0) : UInt8.random(in: 0...255, using: &random)
            }
        }
        let natural: [Int8] = (0..<groups * 32 * (isDepthwise ? 1 : 4)).map { _ in
            if let onlyWeight { return onlyWeight }
            return extremes
                ? [-128, -127, 127].randomElement(using: &random)! : Int8.random(in: -128...127, using: &random)
        }
        func floats(_ magnitude: Float) -> FencedBuffer<Float> {
            FencedBuffer((0..<32).map { _ in Float.random(in: -magnitude...magnitude, using: &random) })
        }
        let input = FencedBuffer(
            onlyWeight == nil
                ? bytes((pixels - 1) * stride + reach)
                : .init(
                    repeating: 255, count: (pixels - 1) * stride + reach))
        let sum = Float(inputs).squareRoot() * 128 * 74
        let (scale, bias, slope) = (floats(magnitude / sum * 2), floats(magnitude), floats(1.5))
        let (zero, residualScale) = (floats(255), floats(magnitude / 128))
        let residual = FencedBuffer(bytes(pixels * 32))
        // Floats go to 4 planes with a gap between them.
        let plane = (pixels + 3) * 32
        let initial = bytes(output == .floats ? 3 * plane + pixels * 32 : pixels * 32)
        let (result, expected) = (FencedBuffer(initial), FencedBuffer(initial))
        segments.withUnsafeBufferPointer { table in
            var run = dh_quantized_convolution_run()
            run.input = UnsafePointer(input.pointer)
            run.input_stride = Int64(stride)
            run.segments = table.baseAddress
            run.segment_count = Int32(table.count)
            run.scale = UnsafePointer(scale.pointer)
            run.bias = UnsafePointer(bias.pointer)
            run.slope = activation == DH_ACTIVATION_PRELU.rawValue ? UnsafePointer(slope.pointer) : nil
            run.zero = output == .floats ? nil : UnsafePointer(zero.pointer)
            run.residual = hasResidual ? UnsafePointer(residual.pointer) : nil
            run.residual_scale = hasResidual ? UnsafePointer(residualScale.pointer) : nil
            run.output_plane = Int64(plane)
            run.pixels = Int32(pixels)
            run.activation = Int32(activation)
            run.parts = Int32(parts)
            run.part_step = Int64(partStep)
            if Bool.random(using: &random) {
                run.prefetch = UnsafePointer(input.pointer)
                run.prefetch_plane = Int64.random(in: 0...4096, using: &random)
                run.prefetch_planes = Int32.random(in: 0...9, using: &random)
            }
            call(kernels, run, natural: natural, groups: groups, into: result)
            call(reference, run, natural: natural, groups: groups, into: expected)
        }
        #expect(result.elements == expected.elements, "\(self)")
        for buffer in [input, residual, result] { #expect(buffer.isIntact) }
    }

    private func call(
        _ kernels: dh_quantized_convolution_kernels, _ prepared: dh_quantized_convolution_run, natural: [Int8],
        groups: Int, into output: FencedBuffer<UInt8>
    ) {
        var run = prepared
        run.output = output.pointer
        if self.output == .depthwise {
            natural.withUnsafeBytes { weights in
                run.weights = weights.baseAddress
                kernels.depthwise(&run)
            }
        } else {
            let weights = FencedBuffer<UInt8>(repeating: 0, count: groups * Int(kernels.group_bytes))
            kernels.pack(natural, Int32(groups), weights.pointer)
            #expect(weights.isIntact)
            run.weights = UnsafeRawPointer(weights.pointer)
            if parts > 0 {
                (self.output == .bytes ? kernels.parted : kernels.parted_float)?(&run)
            } else {
                (self.output == .bytes ? kernels.run : kernels.run_float)(&run)
            }
        }
    }
}
