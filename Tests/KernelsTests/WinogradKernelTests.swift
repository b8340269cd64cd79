import CKernels
import Kernels
import TestSupport
import Testing

/// The Winograd kernels together against a direct convolution in double: every instruction set, maps down to one row or
/// column, blocks that begin anywhere in the raster, both paddings, and nothing written outside.
struct WinogradKernelTests {
    private struct Case {
        let planes: Int
        let outputs: Int
        let height: Int
        let width: Int
        let pad: Int
        let tilesPerBlock: Int
        let activation: UInt32
        let hasResidual: Bool

        var outputHeight: Int { height + 2 * pad - 2 }
        var outputWidth: Int { width + 2 * pad - 2 }

        init(using random: inout SeededGenerator) {
            planes = Int.random(in: 1...3, using: &random)
            outputs = 8 * Int.random(in: 1...5, using: &random)
            pad = Int.random(in: 0...2, using: &random)
            height = Int.random(in: (pad == 0 ? 3 : 1)...10, using: &random)
            width = Int.random(in: (pad == 0 ? 3 : 1)...40, using: &random)
            tilesPerBlock = Int.random(in: 1...DH_WINOGRAD_MOST, using: &random)
            activation = UInt32.random(in: 0...2, using: &random)
            hasResidual = Bool.random(using: &random)
        }
    }

    @Test(arguments: TableUnderTest.all)
    func equalsADirectConvolution(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "winograd kernels \(under)")
        for _ in 0..<12 { try compare(Case(using: &random), under.table.functions.winograd, &random) }
    }

    private func compare(_ one: Case, _ kernels: dh_winograd_kernels, _ random: inout SeededGenerator) throws {
        func values(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &random) } }
        let input = GuardedBuffer(values(one.planes * one.height * one.width * 8), shift: 1)
        let filters = values(one.outputs * one.planes * 8 * 9)
        let lanes = (one.outputs + Int(kernels.width) - 1) / Int(kernels.width) * Int(kernels.width)
        let bias = GuardedBuffer(values(lanes), shift: 3)
        let slope = GuardedBuffer(values(lanes), shift: 5)
        let outputCount = one.outputs * one.outputHeight * one.outputWidth
        let residual = GuardedBuffer(values(outputCount))
        let output = GuardedBuffer(Array(repeating: 1e9, count: outputCount))
        try convolve(one, kernels, filters: filters, input, bias, slope, residual, output)
        for buffer in [input, bias, slope, residual, output] { #expect(buffer.isIntact) }

        var worst = 0.0
        var squares = 0.0
        for index in 0..<outputCount {
            let (sum, result) = reference(one, index, filters: filters, input, bias, slope, residual)
            worst = max(worst, abs(Double(output.floats[index]) - result))
            squares += sum * sum
        }
        // Relative to the root mean square of the sums: 24 inputs stay well below what 512 inputs are documented to do.
        #expect(worst <= 3e-5 * max((squares / Double(outputCount)).squareRoot(), 1), "\(one): off by \(worst)")
    }

    private func convolve(
        _ one: Case, _ kernels: dh_winograd_kernels, filters: [Float], _ input: GuardedBuffer, _ bias: GuardedBuffer,
        _ slope: GuardedBuffer, _ residual: GuardedBuffer, _ output: GuardedBuffer
    ) throws {
        let transformKernel = try #require(kernels.transform)
        let multiplyKernel = try #require(kernels.multiply)
        let finishKernel = try #require(kernels.finish)
        let columns = (one.outputWidth + 3) / 4
        let tiles = columns * ((one.outputHeight + 3) / 4)
        let width = Int(kernels.width)
        var first = 0
        while first < tiles {
            let count = min(one.tilesPerBlock, tiles - first)
            func place(_ height: Int, _ width: Int) -> dh_winograd_tiles {
                dh_winograd_tiles(
                    first: Int32(first), count: Int32(count), columns: Int32(columns), height: Int32(height),
                    width: Int32(width), top: Int32(one.pad), left: Int32(one.pad), reserved: 0)
            }
            let point = one.planes * count * 8 + 16
            let transformed = GuardedBuffer(Array(repeating: 1e9, count: 35 * point + one.planes * count * 8))
            let products = GuardedBuffer(Array(repeating: 1e9, count: count * 36 * width))
            var transform = dh_winograd_input_run()
            transform.tiles = place(one.height, one.width)
            transform.input = UnsafePointer(input.bytes)
            transform.input_plane = Int64(one.height * one.width * 32)
            transform.output = transformed.floats.baseAddress
            transform.point = Int64(point)
            transform.planes = Int32(one.planes)
            transformKernel(&transform)
            for block in 0..<(one.outputs + width - 1) / width {
                let plane = block * width / 8
                let weights = GuardedBuffer(transformWeights(one, filters, block: block, width: width))
                var multiply = dh_winograd_product_run()
                multiply.input = UnsafePointer(transformed.floats.baseAddress)
                multiply.point = Int64(point)
                multiply.weights = UnsafePointer(weights.floats.baseAddress)
                multiply.output = products.floats.baseAddress
                multiply.planes = Int32(one.planes)
                multiply.count = Int32(count)
                multiplyKernel(&multiply)
                var finish = dh_winograd_output_run()
                finish.tiles = place(one.outputHeight, one.outputWidth)
                finish.products = UnsafePointer(products.floats.baseAddress)
                finish.bias = UnsafePointer(bias.floats.baseAddress! + plane * 8)
                finish.slope = UnsafePointer(slope.floats.baseAddress! + plane * 8)
                finish.output_plane = Int64(one.outputHeight * one.outputWidth * 32)
                finish.residual_plane = finish.output_plane
                finish.output = output.bytes + plane * Int(finish.output_plane)
                finish.residual =
                    one.hasResidual ? UnsafePointer(residual.bytes + plane * Int(finish.output_plane)) : nil
                finish.planes = Int32(min(width / 8, one.outputs / 8 - plane))
                finish.activation = Int32(one.activation)
                finishKernel(&finish)
                #expect(weights.isIntact)
            }
            #expect(transformed.isIntact && products.isIntact)
            first += count
        }
    }

    /// G g G^T of one block, [36][inputs][width].
    private func transformWeights(_ one: Case, _ filters: [Float], block: Int, width: Int) -> [Float] {
        let root = 2.0.squareRoot()
        let matrix: [[Double]] = [
            [1, 0, 0], [-2 / 3, -root / 3, -1 / 3], [-2 / 3, root / 3, -1 / 3], [1 / 6, root / 6, 1 / 3],
            [1 / 6, -root / 6, 1 / 3], [0, 0, 1],
        ]
        let inputs = one.planes * 8
        var result = [Float](repeating: 0, count: 36 * inputs * width)
        for output in block * width..<min(one.outputs, (block + 1) * width) {
            for channel in 0..<inputs {
                for point in 0..<36 {
                    var sum = 0.0
                    for tap in 0..<9 {
                        let gain = matrix[point / 6][tap / 3] * matrix[point % 6][tap % 3]
                        sum += gain * Double(filters[(output * inputs + channel) * 9 + tap])
                    }
                    result[(point * inputs + channel) * width + output % width] = Float(sum)
                }
            }
        }
        return result
    }

    /// The sum before the activation and the result, in double, of element `index` of the output's planes.
    private func reference(
        _ one: Case, _ index: Int, filters: [Float], _ input: GuardedBuffer, _ bias: GuardedBuffer,
        _ slope: GuardedBuffer, _ residual: GuardedBuffer
    ) -> (sum: Double, result: Double) {
        let pixel = index / 8 % (one.outputHeight * one.outputWidth)
        let output: Int = index / 8 / (one.outputHeight * one.outputWidth) * 8 + index % 8
        var sum = Double(bias.floats[output])
        for channel in 0..<one.planes * 8 {
            for tap in 0..<9 {
                let y: Int = pixel / one.outputWidth + tap / 3 - one.pad
                let x: Int = pixel % one.outputWidth + tap % 3 - one.pad
                guard y >= 0, y < one.height, x >= 0, x < one.width else { continue }
                let row: Int = channel / 8 * one.height + y
                let place: Int = (row * one.width + x) * 8 + channel % 8
                let filter: Int = (output * one.planes * 8 + channel) * 9 + tap
                sum += Double(input.floats[place]) * Double(filters[filter])
            }
        }
        if one.hasResidual { sum += Double(residual.floats[index]) }
        switch one.activation {
        case DH_ACTIVATION_RELU.rawValue: return (sum, max(sum, 0))
        case DH_ACTIVATION_PRELU.rawValue: return (sum, sum > 0 ? sum : sum * Double(slope.floats[output]))
        default: return (sum, sum)
        }
    }
}
