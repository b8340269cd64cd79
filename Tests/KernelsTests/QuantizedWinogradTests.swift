import CKernels
import Kernels
import TestSupport
import Testing

/// The integer Winograd kernels together give the bits of the direct int8 convolution, on every instruction set: random
/// and saturating inputs, any size of map and block, sums up to the bound.
struct QuantizedWinogradTests {
    @Test(arguments: TableUnderTest.all)
    func givesTheBitsOfTheDirectConvolution(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "quantized winograd \(under)")
        for _ in 0..<8 {
            try ChainCase(using: &random).compare(under.table.functions.quantized_winograd, using: &random)
        }
    }

    @Test(arguments: TableUnderTest.all)
    func isExactAtTheBound(under: TableUnderTest) throws {
        // The largest sums that `dh_winograd_is_exact` lets pass: 255 * 127 * 1036 and a rest, within 2^25.
        var random = SeededGenerator(label: "quantized winograd bound \(under)")
        for sign in [-1, 1] {
            var one = ChainCase(using: &random)
            one.planes = 16
            (one.height, one.width, one.pad, one.tilesPerBlock) = (6, 7, 0, 3)
            one.inputs = 255...255
            one.budget = sign * ((1 << 25) / 255)
            try one.compare(under.table.functions.quantized_winograd, using: &random)
        }
    }

    @Test func theBoundIsTheSumOfEitherSign() {
        let limit = (1 << 25) / 255  // 131586: 255 times it is 2^25 - 2
        var filter = [Int8](repeating: 127, count: limit / 127) + [Int8(limit % 127)]
        #expect(dh_winograd_is_exact(filter, Int32(filter.count)))
        #expect(dh_winograd_is_exact(filter.map { -$0 }, Int32(filter.count)))
        #expect(dh_winograd_is_exact(filter + filter.map { -$0 }, Int32(2 * filter.count)), "signs are bounded apart")
        filter.append(1)
        #expect(!dh_winograd_is_exact(filter, Int32(filter.count)))
        #expect(!dh_winograd_is_exact(filter.map { -$0 }, Int32(filter.count)))
    }
}

/// One convolution of 32 outputs.
private struct ChainCase {
    var planes: Int
    var height: Int
    var width: Int
    var pad: Int
    var tilesPerBlock: Int
    /// Range of the inputs, ends more often.
    var inputs: ClosedRange<UInt8> = 0...255
    /// Sum of each output's weights of one sign, the others zero; random weights if nil.
    var budget: Int?
    let activation: UInt32
    let hasResidual: Bool

    init(using random: inout SeededGenerator) {
        planes = Int.random(in: 1...2, using: &random)
        pad = Int.random(in: 0...1, using: &random)
        height = Int.random(in: (pad == 0 ? 3 : 1)...9, using: &random)
        width = Int.random(in: (pad == 0 ? 3 : 1)...30, using: &random)
        tilesPerBlock = Int.random(in: 1...DH_WINOGRAD_MOST, using: &random)
        activation = UInt32.random(in: 0...2, using: &random)
        hasResidual = Bool.random(using: &random)
    }

    private var outputHeight: Int { height + 2 * pad - 2 }
    private var outputWidth: Int { width + 2 * pad - 2 }
    private var channels: Int { planes * 32 }

    func compare(_ kernels: dh_quantized_winograd_kernels, using random: inout SeededGenerator) throws {
        let input = (0..<planes * height * width * 32).map { _ -> UInt8 in
            [inputs.lowerBound, inputs.upperBound, UInt8.random(in: inputs, using: &random)]
                .randomElement(using: &random)!
        }
        let filters: [Int8] =
            budget.map(spread)
            ?? (0..<32 * channels * 9).map { _ in
                [-128, 127, .random(in: -128...127, using: &random)].randomElement(using: &random)!
            }
        func vector(_ range: ClosedRange<Float>) -> [Float] { (0..<32).map { _ in .random(in: range, using: &random) } }
        // Sums are of the order of a hundred times the root of the number of weights, or at the bound.
        let gain: Float = budget == nil ? 0.01 / Float(channels).squareRoot() : 2e-6
        let scale = vector(-gain...gain)
        let bias = vector(-50...50)
        let slope = vector(-1...1)
        let zero = vector(0...200)
        let residualScale = vector(-1...1)
        let residual = (0..<outputHeight * outputWidth * 32).map { _ in UInt8.random(in: 0...255, using: &random) }

        let padded = pad == 0 ? input : paddedInput(input)
        var expected = [UInt8](repeating: 0, count: residual.count)
        var result = expected
        direct(padded, filters, scale, bias, slope, zero, hasResidual ? residual : nil, residualScale, &expected)
        try winograd(
            kernels, input, filters, scale, bias, slope, zero, hasResidual ? residual : nil, residualScale, &result)
        #expect(result == expected, "\(self)")
    }

    /// The budget in weights of 127 at random, the rest in one weight.
    private func spread(_ budget: Int) -> [Int8] {
        let one: [Int8] = (0..<channels * 9).map { position in
            let left = abs(budget) - position * 127
            return Int8(max(0, min(127, left)) * budget.signum())
        }
        return (0..<32).flatMap { output in one[output * 100..<one.count] + one[0..<output * 100] }
    }

    private func paddedInput(_ input: [UInt8]) -> [UInt8] {
        let (rows, columns) = (height + 2 * pad, width + 2 * pad)
        var result = [UInt8](repeating: 0, count: planes * rows * columns * 32)
        for row in 0..<planes * height {
            let target = ((row / height * rows + row % height + pad) * columns + pad) * 32
            result.replaceSubrange(target..<target + width * 32, with: input[row * width * 32..<(row + 1) * width * 32])
        }
        return result
    }

    private func direct(
        _ input: [UInt8], _ filters: [Int8], _ scale: [Float], _ bias: [Float], _ slope: [Float], _ zero: [Float],
        _ residual: [UInt8]?, _ residualScale: [Float], _ output: inout [UInt8]
    ) {
        let (rows, columns) = (height + 2 * pad, width + 2 * pad)
        var segments: [dh_segment] = []
        var weights: [Int8] = []
        for tap in 0..<9 {
            for plane in 0..<planes {
                let place = ((plane * rows + tap / 3) * columns + tap % 3) * 32
                segments.append(dh_segment(input: Int32(place), weights: Int32(weights.count / 128), count: 8))
                for group in 0..<8 {
                    for output in 0..<32 {
                        for lane in 0..<4 {
                            let channel = plane * 32 + group * 4 + lane
                            weights.append(filters[(output * channels + channel) * 9 + tap])
                        }
                    }
                }
            }
        }
        let (width, height) = (outputWidth, outputHeight)
        let inputAddress = UnsafeMutablePointer<UInt8>.allocate(capacity: input.count)
        defer { inputAddress.deallocate() }
        inputAddress.initialize(from: input, count: input.count)
        for row in 0..<height {
            var run = dh_quantized_convolution_run()
            run.input_stride = 32
            run.segment_count = Int32(segments.count)
            run.pixels = Int32(width)
            run.activation = Int32(activation)
            // Nested so that every pointer outlives the call.
            segments.withUnsafeBufferPointer { segments in
                weights.withUnsafeBufferPointer { weights in
                    run.input = UnsafePointer(inputAddress) + row * columns * 32
                    run.segments = segments.baseAddress
                    run.weights = UnsafeRawPointer(weights.baseAddress!)
                    Self.withVectors([scale, bias, slope, zero, residualScale]) { vectors in
                        (run.scale, run.bias, run.slope) = (vectors[0], vectors[1], vectors[2])
                        (run.zero, run.residual_scale) = (vectors[3], vectors[4])
                        (residual ?? []).withUnsafeBufferPointer { residual in
                            run.residual = hasResidual ? residual.baseAddress! + row * width * 32 : nil
                            output.withUnsafeMutableBufferPointer { output in
                                run.output = output.baseAddress! + row * width * 32
                                TableUnderTest.scalar.functions.quantized_convolution.run(&run)
                            }
                        }
                    }
                }
            }
        }
    }

    private func winograd(
        _ kernels: dh_quantized_winograd_kernels, _ input: [UInt8], _ filters: [Int8], _ scale: [Float],
        _ bias: [Float], _ slope: [Float], _ zero: [Float], _ residual: [UInt8]?, _ residualScale: [Float],
        _ output: inout [UInt8]
    ) throws {
        let pack = try #require(kernels.pack)
        let expand = try #require(kernels.expand)
        let transform = try #require(kernels.transform)
        let multiply = try #require(kernels.multiply)
        let finish = try #require(kernels.finish)
        let point = planes * tilesPerBlock * 32 + 32
        let transformed = UnsafeMutableRawPointer.allocate(byteCount: 36 * point * 2, alignment: 64)
        let products = UnsafeMutableRawPointer.allocate(byteCount: tilesPerBlock * 36 * 128, alignment: 64)
        let weightBytes = Int(dh_winograd_weight_bytes(Int32(planes)))
        let weights = UnsafeMutableRawPointer.allocate(byteCount: weightBytes, alignment: 64)
        let packedBytes = Int(dh_winograd_packed_bytes(Int32(planes)))
        let packed = UnsafeMutablePointer<Int8>.allocate(capacity: packedBytes)
        defer {
            packed.deallocate()
            for memory in [transformed, products, weights] { memory.deallocate() }
        }
        pack(filters, Int32(planes), packed)
        let groups = Int32(planes) * 1024 / kernels.group
        for first in stride(from: 0, to: groups, by: 5) {
            var part = dh_quantized_winograd_expand_run()
            part.packed = UnsafePointer(packed)
            part.weights = weights.assumingMemoryBound(to: Int16.self)
            part.planes = Int32(planes)
            part.first = first
            part.count = min(5, groups - first)
            expand(&part)
        }
        let columns = (outputWidth + 3) / 4
        let tiles = columns * ((outputHeight + 3) / 4)
        for first in stride(from: 0, to: tiles, by: tilesPerBlock) {
            let count = min(tilesPerBlock, tiles - first)
            func place(_ height: Int, _ width: Int) -> dh_winograd_tiles {
                dh_winograd_tiles(
                    first: Int32(first), count: Int32(count), columns: Int32(columns), height: Int32(height),
                    width: Int32(width), top: Int32(pad), left: Int32(pad), reserved: 0)
            }
            var forward = dh_quantized_winograd_input_run()
            forward.tiles = place(height, width)
            forward.input_plane = Int64(height * width * 32)
            forward.output = transformed.assumingMemoryBound(to: Int16.self)
            forward.point = Int64(point)
            forward.planes = Int32(planes)
            input.withUnsafeBufferPointer { bytes in
                forward.input = bytes.baseAddress
                transform(&forward)
            }
            var product = dh_quantized_winograd_product_run()
            product.input = UnsafePointer(transformed.assumingMemoryBound(to: Int16.self))
            product.point = Int64(point)
            product.weights = UnsafePointer(weights.assumingMemoryBound(to: Int16.self))
            product.output = products.assumingMemoryBound(to: Int32.self)
            product.planes = Int32(planes)
            product.count = Int32(count)
            multiply(&product)
            var back = dh_quantized_winograd_output_run()
            back.tiles = place(outputHeight, outputWidth)
            back.products = UnsafePointer(products.assumingMemoryBound(to: Int32.self))
            back.activation = Int32(activation)
            Self.withVectors([scale, bias, slope, zero, residualScale]) { vectors in
                (back.scale, back.bias, back.slope) = (vectors[0], vectors[1], vectors[2])
                (back.zero, back.residual_scale) = (vectors[3], vectors[4])
                (residual ?? []).withUnsafeBufferPointer { residual in
                    back.residual = hasResidual ? residual.baseAddress : nil
                    output.withUnsafeMutableBufferPointer { output in
                        back.output = output.baseAddress
                        finish(&back)
                    }
                }
            }
        }
    }

    /// Calls `body` with the addresses of the vectors one after the other in one buffer.
    private static func withVectors(_ vectors: [[Float]], _ body: ([UnsafePointer<Float>]) -> Void) {
        vectors.flatMap { $0 }.withUnsafeBufferPointer { all in
            body(vectors.indices.map { all.baseAddress! + $0 * 32 })
        }
    }
}
