import CKernels
import Kernels
import TestSupport
import Testing

/// Every convolution kernel against the scalar reference: random shapes, odd runs, every activation, large values.
struct ConvolutionKernelTests {
    /// One random call; the same inputs go to both tables.
    private struct Case {
        let pixels: Int
        let stride: Int
        let segments: [dh_segment]
        let groups: Int
        let activation: UInt32
        let hasResidual: Bool
        let magnitude: Float

        init(using random: inout SeededGenerator) {
            pixels = Int.random(in: 1...61, using: &random)
            stride = [32, 32, 64, 96].randomElement(using: &random)!
            var segments: [dh_segment] = []
            var groups = 0
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let count = Bool.random(using: &random) ? 8 : Int.random(in: 1...8, using: &random)
                let offset = Int.random(in: 0...64, using: &random) * 4
                segments.append(dh_segment(input: Int32(offset), weights: Int32(groups), count: Int32(count)))
                groups += count
            }
            self.segments = segments
            self.groups = groups
            activation = UInt32.random(in: 0...2, using: &random)
            hasResidual = Bool.random(using: &random)
            magnitude = [1, 1e-20, 1e18].randomElement(using: &random)!
        }
    }

    @Test(arguments: TableUnderTest.all)
    func blocksEqualTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "convolution kernels \(under)")
        let widths = under.table.functions.convolution.width
        let functions = under.table.functions.convolution.run
        for (width, function) in [(widths.0, functions.0), (widths.1, functions.1), (widths.2, functions.2)]
        where width > 0 {
            let kernel = try #require(function)
            let reference = try #require(scalarKernel(width: width))
            for _ in 0..<120 {
                let one = Case(using: &random)
                compare(one, width: Int(width), kernel: kernel, reference: reference, depthwise: false, &random)
            }
        }
    }

    @Test(arguments: TableUnderTest.all)
    func depthwiseEqualsTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "depthwise kernels \(under)")
        let kernel = try #require(under.table.functions.convolution.depthwise)
        let reference = try #require(TableUnderTest.scalar.functions.convolution.depthwise)
        for _ in 0..<200 {
            compare(
                Case(using: &random), width: 8, kernel: kernel, reference: reference, depthwise: true, &random)
        }
    }

    private func scalarKernel(width: Int32) -> dh_convolution_function? {
        switch width {
        case 32: TableUnderTest.scalar.functions.convolution.run.0
        case 16: TableUnderTest.scalar.functions.convolution.run.1
        default: TableUnderTest.scalar.functions.convolution.run.2
        }
    }

    private func compare(
        _ one: Case, width: Int, kernel: dh_convolution_function, reference: dh_convolution_function, depthwise: Bool,
        _ random: inout SeededGenerator
    ) {
        func values(_ count: Int, _ magnitude: Float) -> [Float] {
            (0..<count).map { _ in Float.random(in: -magnitude...magnitude, using: &random) }
        }
        let segments =
            depthwise
            ? one.segments.enumerated().map { dh_segment(input: $1.input, weights: Int32($0), count: 1) } : one.segments
        let groups = depthwise ? segments.count : one.groups
        let inputs = values(one.pixels * one.stride / 4 + 64 + 16, one.magnitude)
        let planes = width / 8
        let outputCount = planes * (one.pixels + 3) * 8
        let input = GuardedBuffer(inputs, shift: 1)
        let weights = GuardedBuffer(values(groups * width, 1))
        let bias = GuardedBuffer(values(width, one.magnitude), shift: 3)
        let slope = GuardedBuffer(values(width, 1), shift: 5)
        let residual = GuardedBuffer(values(outputCount, one.magnitude))
        // A residual may be the output itself.
        let isInPlace = one.hasResidual && Bool.random(using: &random)
        let initial = isInPlace ? residual.elements : values(outputCount, 1)
        let output = GuardedBuffer(initial)
        let expected = GuardedBuffer(initial)
        segments.withUnsafeBufferPointer { table in
            var run = dh_convolution_run()
            run.input = UnsafePointer(input.bytes)
            run.input_stride = Int64(one.stride)
            run.segments = table.baseAddress
            run.segment_count = Int32(table.count)
            run.weights = UnsafePointer(weights.floats.baseAddress)
            run.bias = UnsafePointer(bias.floats.baseAddress)
            run.slope = UnsafePointer(slope.floats.baseAddress)
            run.residual = one.hasResidual ? UnsafePointer(residual.bytes) : nil
            run.residual_plane = Int64((one.pixels + 3) * 32)
            run.output_plane = Int64((one.pixels + 3) * 32)
            run.pixels = Int32(one.pixels)
            run.activation = Int32(one.activation)
            run.output = output.bytes
            if Bool.random(using: &random) {
                run.prefetch = UnsafePointer(input.bytes)
                run.prefetch_plane = Int64.random(in: 0...4096, using: &random)
                run.prefetch_planes = Int32.random(in: 0...9, using: &random)
            }
            if isInPlace { run.residual = UnsafePointer(output.bytes) }
            kernel(&run)
            run.output = expected.bytes
            if isInPlace { run.residual = UnsafePointer(expected.bytes) }
            reference(&run)
        }
        // fused multiply-add and another order of summing: a bound relative to the sum of magnitudes
        let bound = Float(groups + 4) * one.magnitude
        let scale = Array(repeating: bound, count: outputCount)
        #expect(worstRelativeError(output.elements, expected.elements, scale: scale) < 1e-6)
        for buffer in [input, weights, bias, slope, residual, output] { #expect(buffer.isIntact) }
        for plane in 0..<planes {
            for lane in (plane * (one.pixels + 3) + one.pixels) * 8..<(plane + 1) * (one.pixels + 3) * 8 {
                #expect(output.floats[lane] == initial[lane], "wrote beyond the run")
            }
        }
    }
}
