import CKernels
import Kernels
import TestSupport
import Testing

/// The plane kernels of every instruction set give the bits of the scalar reference, for random and saturating values.
struct QuantizedPlanesTests {
    private static let rounds = 60

    /// Calls kernel and reference with random pictures of 1 to 70 pixels.
    private func compare(
        _ under: TableUnderTest, _ label: String,
        _ body: (inout PlaneCase, dh_quantized_plane_kernels, FencedBuffer<UInt8>) -> Void
    ) {
        var random = SeededGenerator(label: "quantized \(label), \(under)")
        for round in 0..<Self.rounds {
            let seed = UInt64.random(in: 0...UInt64.max, using: &random)
            var outputs: [[UInt8]] = []
            for table in [under.table, TableUnderTest.scalar] {
                var one = PlaneCase(pixels: round < 35 ? round + 1 : 2 * round, seed: seed)
                let output = FencedBuffer<UInt8>(repeating: 77, count: one.outputBytes)
                body(&one, table.functions.quantized_planes, output)
                outputs.append(output.elements)
                #expect(output.isIntact && one.isIntact)
            }
            #expect(outputs[0] == outputs[1], "seed \(seed)")
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func quantize(under: TableUnderTest) {
        compare(under, "quantize") { one, kernels, output in
            var run = dh_quantize_run()
            run.planes = Int32.random(in: 1...4, using: &one.random)
            run.input_plane = Int64(one.pixels * 8 + 5)
            run.input = one.floats(Int(run.planes - 1) * Int(run.input_plane) + one.pixels * 8, 2)
            run.inverse_scale = one.floats(32, one.magnitude)
            run.zero = one.floats(32, 255)
            run.output = output.pointer
            run.pixels = Int64(one.pixels)
            kernels.quantize(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func dequantize(under: TableUnderTest) {
        compare(under, "dequantize") { one, kernels, output in
            var run = dh_dequantize_run()
            run.planes = Int32.random(in: 1...4, using: &one.random)
            run.input = one.bytes(one.pixels * 32)
            run.scale = one.floats(32, one.magnitude)
            run.zero = one.floats(32, 255)
            run.output_plane = Int64(one.pixels * 8)
            run.pixels = Int64(one.pixels)
            // The buffer ends where the last plane that is written ends.
            let bytes = Int(run.planes) * one.pixels * 32
            run.output = (UnsafeMutableRawPointer(output.pointer) + output.count - bytes)
                .assumingMemoryBound(to: Float.self)
            kernels.dequantize(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func clamp(under: TableUnderTest) {
        compare(under, "clamp") { one, kernels, output in
            let low = (0..<32).map { _ in UInt8.random(in: 0...255, using: &one.random) }
            let high = low.map { UInt8.random(in: $0...255, using: &one.random) }
            var run = dh_clamp_run(
                input: one.bytes(one.pixels * 32), low: one.keep(low), high: one.keep(high), output: output.pointer,
                pixels: Int64(one.pixels))
            kernels.clamp(&run)
            // In place.
            run.input = UnsafePointer(output.pointer)
            run.low = one.keep([UInt8](repeating: 9, count: 32))
            run.high = one.keep([UInt8](repeating: 200, count: 32))
            kernels.clamp(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func affine(under: TableUnderTest) {
        compare(under, "affine") { one, kernels, output in
            var run = dh_quantized_affine_run()
            run.activation = Int32.random(in: 0...2, using: &one.random)
            run.input = one.bytes(one.pixels * 32)
            let residual = one.bytes(one.pixels * 32)
            run.residual = Bool.random(using: &one.random) ? residual : nil
            run.scale = one.floats(32, one.magnitude / 64)
            run.shift = one.floats(32, one.magnitude)
            run.residual_scale = run.residual == nil ? nil : one.floats(32, one.magnitude / 128)
            run.slope = run.activation == DH_ACTIVATION_PRELU.rawValue ? one.floats(32, 1.5) : nil
            run.zero = one.floats(32, 255)
            run.output = output.pointer
            run.pixels = Int64(one.pixels)
            kernels.affine(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func pool(under: TableUnderTest) {
        compare(under, "pool") { one, kernels, output in
            var run = dh_quantized_pool_run()
            run.input_stride = [32, 64, 96].randomElement(using: &one.random)!
            run.offset_count = [1, 3, 4, 9, 64, 257, 300].randomElement(using: &one.random)!
            let offsets = (0..<run.offset_count).map { _ in Int32.random(in: 0...9, using: &one.random) * 32 }
            run.offsets = one.keep(offsets)
            run.input = one.bytes((one.pixels - 1) * Int(run.input_stride) + Int(offsets.max()!) + 32)
            run.is_max = Int32.random(in: 0...1, using: &one.random)
            run.factor = 1 / Float(run.offset_count)
            run.shift = run.is_max == 1 ? nil : one.floats(32, 20)
            // Half of the averages are of what a prologue makes of the bytes.
            if run.is_max == 0 && Bool.random(using: &one.random) {
                run.scale = one.floats(32, one.magnitude / 64)
                run.shift = one.floats(32, one.magnitude)
            }
            run.output = output.pointer
            run.pixels = Int32(one.pixels)
            run.rows = 1
            kernels.pool(&run)
        }
    }

    /// Several rows, many of them of 3x3 windows that are 2 apart: kernels may compute those together.
    @Test(arguments: TableUnderTest.vectors)
    func poolRows(under: TableUnderTest) {
        compare(under, "pool rows") { one, kernels, output in
            let rows = Int.random(in: 1...3, using: &one.random)
            let (step, apart) = [(2, 2), (2, 2), (2, 1), (1, 2)].randomElement(using: &one.random)!
            let width = (one.pixels - 1) * step + 3
            let taps = [3, 3, 2].randomElement(using: &one.random)!
            var run = dh_quantized_pool_run()
            run.offsets = one.keep((0..<taps * 3).map { Int32(($0 / 3 * width + $0 % 3) * 32) })
            run.offset_count = Int32(taps * 3)
            run.input_stride = Int64(step * 32)
            run.input_row = Int64(apart * width * 32)
            run.input = one.bytes(((rows - 1) * apart + taps) * width * 32)
            run.factor = 1 / Float(run.offset_count)
            run.scale = one.floats(32, one.magnitude / 64)
            run.shift = one.floats(32, one.magnitude)
            // Rows are apart in the output, too.
            run.output_row = Int64(one.pixels * 32 + 32)
            run.output = output.pointer + output.count - ((rows - 1) * Int(run.output_row) + one.pixels * 32)
            run.pixels = Int32(one.pixels)
            run.rows = Int32(rows)
            kernels.pool(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func averageOfTheLargestSums(under: TableUnderTest) {
        // 257 bytes of 255 are the most that a 16-bit sum holds.
        for taps: Int32 in [256, 257, 258] {
            compare(under, "pool of \(taps) times 255") { one, kernels, output in
                var run = dh_quantized_pool_run()
                run.input_stride = 32
                run.offset_count = taps
                run.offsets = one.keep([Int32](repeating: 0, count: Int(taps)))
                run.input = one.keep([UInt8](repeating: 255, count: one.pixels * 32))
                run.factor = 0.9 / Float(taps)
                run.shift = one.floats(32, 20)
                run.output = output.pointer
                run.pixels = Int32(one.pixels)
                run.rows = 1
                kernels.pool(&run)
            }
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func resize(under: TableUnderTest) {
        compare(under, "resize") { one, kernels, output in
            let width = Int.random(in: 1...50, using: &one.random)
            func columns() -> [Int32] {
                (0..<one.pixels).map { _ in Int32.random(in: 0..<Int32(width), using: &one.random) }
            }
            var run = dh_quantized_resize_run()
            run.upper = one.bytes(width * 32)
            run.lower = one.bytes(width * 32)
            run.left = one.keep(columns())
            run.right = one.keep(columns())
            run.weight = one.keep((0..<one.pixels).map { _ in Float.random(in: 0...1, using: &one.random) })
            run.lower_weight = Float.random(in: 0...1, using: &one.random)
            run.output = output.pointer
            run.pixels = Int32(one.pixels)
            kernels.resize(&run)
        }
    }

    /// Growing by whole sixteenths: every weight, the ends of the range, and runs that are longer than the kernel's own.
    @Test(arguments: TableUnderTest.vectors)
    func resizeBySixteenths(under: TableUnderTest) {
        compare(under, "resize by sixteenths") { one, kernels, output in
            let width = Int.random(in: 1...150, using: &one.random)
            var left = [Int32.random(in: 0..<Int32(width), using: &one.random)]
            while left.count < one.pixels {
                left.append(min(left[left.count - 1] + Int32.random(in: 0...1, using: &one.random), Int32(width - 1)))
            }
            let parts = left.map { _ in UInt32.random(in: 0...16, using: &one.random) }
            var run = dh_quantized_resize_run()
            run.upper = one.bytes(width * 32)
            run.lower = one.bytes(width * 32)
            run.left = one.keep(left)
            run.right = one.keep(left.map { min($0 + 1, Int32(width - 1)) })
            run.weight = one.keep(parts.map { Float($0) / 16 })
            run.sixteenths = one.keep(parts.map { $0 * 0x10001 })
            run.lower_weight = Float(Int.random(in: 0...16, using: &one.random)) / 16
            run.output = output.pointer
            run.pixels = Int32(one.pixels)
            kernels.resize(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func narrow(under: TableUnderTest) {
        compare(under, "narrow") { one, kernels, output in
            // The output has bytes for 32 floats a pixel.
            let outputs = Int.random(in: 1...20, using: &one.random)
            let planes = Int.random(in: 1...5, using: &one.random)
            var run = dh_quantized_narrow_run()
            run.planes = Int32(planes)
            run.outputs = Int32(outputs)
            run.pixels = Int32(one.pixels)
            run.input_plane = Int64(one.pixels * 32 + 32)
            run.input = one.bytes((planes - 1) * Int(run.input_plane) + one.pixels * 32)
            let low = (0..<planes * 32).map { _ in UInt8.random(in: 0...255, using: &one.random) }
            run.low = one.keep(low)
            run.high = one.keep(low.map { UInt8.random(in: $0...255, using: &one.random) })
            let most: Int8 = Bool.random(using: &one.random) ? 127 : 5
            run.weights = one.keep(
                (0..<outputs * planes * 32).map { _ in Int8.random(in: -most...most, using: &one.random) })
            run.scale = one.floats(outputs, one.magnitude)
            run.bias = one.floats(outputs, 255)
            run.output_stride = Int64(one.pixels)
            // The buffer ends where the last output ends.
            run.output = (UnsafeMutableRawPointer(output.pointer) + output.count - outputs * one.pixels * 4)
                .assumingMemoryBound(to: Float.self)
            kernels.narrow(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func quantizePicture(under: TableUnderTest) {
        compare(under, "quantize picture") { one, kernels, output in
            var run = dh_quantize_picture_run()
            run.input = one.floats(one.pixels * 3, 2)
            run.inverse_scale = one.floats(3, one.magnitude)
            run.zero = one.floats(3, 255)
            run.output = output.pointer + output.count - one.pixels * 3
            run.pixels = Int64(one.pixels)
            kernels.quantize_picture(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func average(under: TableUnderTest) {
        compare(under, "average") { one, kernels, output in
            var run = dh_quantized_average_run()
            run.rows = Int32.random(in: 1...5, using: &one.random)
            let pixels = one.pixels * (Bool.random(using: &one.random) ? 1 : 9)
            run.pixels = Int32(pixels)
            run.input_row = Int64(pixels * 32 + 32 * Int.random(in: 0...2, using: &one.random))
            run.input = one.bytes(Int(run.input_row) * Int(run.rows - 1) + pixels * 32)
            run.scale = one.floats(32, one.magnitude)
            run.zero = one.floats(32, 255)
            run.planes = Int32.random(in: 1...4, using: &one.random)
            run.output_plane = Int64.random(in: 8...10, using: &one.random)
            run.factor = 1 / Float(run.rows * run.pixels)
            let floats = (Int(run.planes) - 1) * Int(run.output_plane) + 8
            run.output = (UnsafeMutableRawPointer(output.pointer) + (output.count - floats * 4) / 4 * 4)
                .assumingMemoryBound(to: Float.self)
            kernels.average(&run)
        }
    }

    @Test(arguments: TableUnderTest.vectors)
    func gatherWindows(under: TableUnderTest) {
        var random = SeededGenerator(label: "gather windows, \(under)")
        for _ in 0..<300 {
            let seed = UInt64.random(in: 0...UInt64.max, using: &random)
            var windows: [[UInt8]] = []
            for table in [under.table, TableUnderTest.scalar] {
                var one = PlaneCase(pixels: 1 + Int(seed % 50), seed: seed)
                var run = one.gathering()
                let output = FencedBuffer<UInt8>(repeating: 99, count: one.pixels * Int(run.output_step))
                run.output = output.pointer
                table.functions.quantized_planes.gather_windows(&run)
                #expect(output.isIntact && one.isIntact)
                // What follows a window has no meaning.
                let (step, bytes) = (Int(run.output_step), Int(run.rows * run.row_bytes))
                windows.append(output.elements.indices.filter { $0 % step < bytes }.map { output.elements[$0] })
            }
            #expect(windows[0] == windows[1], "seed \(seed)")
        }
    }
}

/// Arguments of one call; the same seed gives the same ones.
private struct PlaneCase {
    let pixels: Int
    /// Typical size of a result: some cases saturate everywhere.
    let magnitude: Float
    var random: SeededGenerator
    private var kept: [any Kept] = []

    private protocol Kept { var isIntact: Bool { get } }
    private struct Holder<Element: BitwiseCopyable>: Kept {
        let buffer: FencedBuffer<Element>
        var isIntact: Bool { buffer.isIntact }
    }

    init(pixels: Int, seed: UInt64) {
        random = SeededGenerator(seed: seed)
        self.pixels = pixels
        magnitude = [60, 60, 200, 1, 1e4, 1e12, 1e30].randomElement(using: &random)!
    }

    /// Enough for 32 channels of fp32, or three rows of bytes and what lies between them.
    var outputBytes: Int { pixels * 128 + 64 }
    var isIntact: Bool { kept.allSatisfy(\.isIntact) }

    mutating func keep<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let buffer = FencedBuffer(elements)
        kept.append(Holder(buffer: buffer))
        return UnsafePointer(buffer.pointer)
    }

    mutating func floats(_ count: Int, _ magnitude: Float) -> UnsafePointer<Float> {
        keep((0..<count).map { _ in Float.random(in: -magnitude...magnitude, using: &random) })
    }

    /// Windows of a picture that ends with the last one, half of them with something outside.
    mutating func gathering() -> dh_gather_windows_run {
        var run = dh_gather_windows_run()
        run.pixels = Int32(pixels)
        run.row_bytes = [3, 9, 15, 16, 21, 32, 33, 60, 64, 69].randomElement(using: &random)!
        run.rows = Int32.random(in: 1...13, using: &random)
        run.input_step = 3 * Int64.random(in: 1...4, using: &random)
        run.output_step = Int64(run.rows * run.row_bytes) + Int64.random(in: 0...4, using: &random)
        (run.last_row, run.last_byte) = (run.rows, run.row_bytes)
        if Bool.random(using: &random) {
            run.first_row = Int32.random(in: 0...run.rows, using: &random)
            run.last_row = Int32.random(in: run.first_row...run.rows, using: &random)
            run.first_byte = Int32.random(in: 0...run.row_bytes, using: &random)
            run.last_byte = Int32.random(in: run.first_byte...run.row_bytes, using: &random)
        }
        let last = run.input_step * Int64(run.pixels - 1)
        run.input_row = last + Int64(run.row_bytes)
        let first = Int64(run.first_row) * run.input_row + Int64(run.first_byte)
        let end = Int64(run.last_row - 1) * run.input_row + last + Int64(run.last_byte)
        run.input = bytes(Int(max(0, end - first))) - Int(first)
        return run
    }

    mutating func bytes(_ count: Int) -> UnsafePointer<UInt8> {
        let isExtreme = Int.random(in: 0..<4, using: &random) == 0
        return keep(
            (0..<count).map { _ in
                isExtreme ? (Bool.random(using: &random) ? 255 : 0) : UInt8.random(in: 0...255, using: &random)
            })
    }
}
