import CKernels
import Kernels
import TestSupport
import Testing

/// Elementwise and spatial kernels against the scalar reference, and the layout changes against plain loops.
struct ElementwiseKernelTests {
    @Test(arguments: TableUnderTest.all)
    func affineEqualsTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "affine kernels \(under)")
        let kernel = try #require(under.table.functions.elementwise.affine)
        let reference = try #require(TableUnderTest.scalar.functions.elementwise.affine)
        for _ in 0..<200 {
            let pixels = Int.random(in: 1...40, using: &random)
            func buffer(_ count: Int) -> GuardedBuffer {
                GuardedBuffer((0..<count).map { _ in Float.random(in: -4...4, using: &random) }, shift: 1)
            }
            let (input, residual, scale) = (buffer(pixels * 8), buffer(pixels * 8), buffer(8))
            let (shift, slope, output, expected) = (buffer(8), buffer(8), buffer(pixels * 8), buffer(pixels * 8))
            var run = dh_affine_run()
            run.input = UnsafePointer(input.floats.baseAddress)
            run.residual = Bool.random(using: &random) ? UnsafePointer(residual.floats.baseAddress) : nil
            run.scale = UnsafePointer(scale.floats.baseAddress)
            run.shift = UnsafePointer(shift.floats.baseAddress)
            run.slope = UnsafePointer(slope.floats.baseAddress)
            run.pixels = Int64(pixels)
            run.activation = Int32.random(in: 0...3, using: &random)
            run.output = output.floats.baseAddress
            kernel(&run)
            run.output = expected.floats.baseAddress
            reference(&run)
            for lane in 0..<pixels * 8 { #expect(abs(output.floats[lane] - expected.floats[lane]) < 1e-4) }
            for one in [input, residual, scale, shift, slope, output] { #expect(one.isIntact) }
        }
    }

    @Test(arguments: TableUnderTest.all)
    func poolingEqualsTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "pool kernels \(under)")
        let kernel = try #require(under.table.functions.spatial.pool)
        let reference = try #require(TableUnderTest.scalar.functions.spatial.pool)
        for _ in 0..<200 {
            let pixels = Int.random(in: 1...20, using: &random)
            let stride = Int.random(in: 1...3, using: &random)
            let offsets = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                Int32.random(in: 0...10, using: &random) * 32
            }
            let input = GuardedBuffer(
                (0..<(pixels * stride + 11) * 8).map { _ in Float.random(in: -4...4, using: &random) }, shift: 1)
            let output = GuardedBuffer(Array(repeating: 0, count: pixels * 8))
            let expected = GuardedBuffer(Array(repeating: 0, count: pixels * 8))
            let affine = GuardedBuffer((0..<16).map { _ in Float.random(in: -2...2, using: &random) }, shift: 1)
            offsets.withUnsafeBufferPointer { table in
                var run = dh_pool_run()
                run.input = UnsafePointer(input.bytes)
                run.input_stride = Int64(stride * 32)
                run.offsets = table.baseAddress
                run.offset_count = Int32(table.count)
                run.factor = 1 / Float(table.count)
                run.pixels = Int32(pixels)
                run.is_max = Bool.random(using: &random) ? 1 : 0
                if Bool.random(using: &random) {
                    run.scale = UnsafePointer(affine.floats.baseAddress!)
                    run.shift = run.scale + 8
                }
                run.output = output.floats.baseAddress
                kernel(&run)
                run.output = expected.floats.baseAddress
                reference(&run)
            }
            for lane in 0..<pixels * 8 { #expect(abs(output.floats[lane] - expected.floats[lane]) < 1e-5) }
            #expect(input.isIntact && output.isIntact && affine.isIntact)
        }
    }

    @Test(arguments: TableUnderTest.all)
    func resizingAndAdaptivePoolingEqualTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "resize kernels \(under)")
        let spatial = under.table.functions.spatial
        let scalar = TableUnderTest.scalar.functions.spatial
        for _ in 0..<200 {
            let pixels = Int.random(in: 1...30, using: &random)
            let width = Int.random(in: 1...20, using: &random)
            let input = GuardedBuffer(
                (0..<3 * width * 8).map { _ in Float.random(in: -4...4, using: &random) }, shift: 1)
            let left = (0..<pixels).map { _ in Int32.random(in: 0..<Int32(width), using: &random) }
            let right = left.map { min($0 + 1, Int32(width) - 1) }
            let end = left.map { Int32.random(in: $0 + 1...Int32(width), using: &random) }
            let weight = (0..<pixels).map { _ in Float.random(in: 0...1, using: &random) }
            let output = GuardedBuffer(Array(repeating: 0, count: pixels * 8))
            let expected = GuardedBuffer(Array(repeating: 0, count: pixels * 8))
            func buffer(_ count: Int, shift: Int) -> GuardedBuffer {
                GuardedBuffer((0..<count).map { _ in Float.random(in: -2...2, using: &random) }, shift: shift)
            }
            let (parameters, other) = (buffer(32, shift: 3), buffer(pixels * 8, shift: 5))
            let line = buffer(width * 8, shift: 0)
            let first = UnsafePointer(input.floats.baseAddress!)
            left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer { right in
                    weight.withUnsafeBufferPointer { weight in
                        var run = dh_resize_run()
                        run.upper = first
                        run.lower = first + width * 8
                        run.left = left.baseAddress
                        run.right = right.baseAddress
                        run.weight = weight.baseAddress
                        run.scale = UnsafePointer(parameters.floats.baseAddress)
                        run.shift = UnsafePointer(parameters.floats.baseAddress! + 8)
                        run.slope = UnsafePointer(parameters.floats.baseAddress! + 16)
                        run.other_scale = UnsafePointer(parameters.floats.baseAddress! + 24)
                        run.other = Bool.random(using: &random) ? UnsafePointer(other.floats.baseAddress) : nil
                        run.line = line.floats.baseAddress
                        run.output = output.floats.baseAddress
                        run.lower_weight = Float.random(in: 0...1, using: &random)
                        run.width = Int32(width)
                        run.pixels = Int32(pixels)
                        run.activation = Int32.random(in: 0...2, using: &random)
                        spatial.resize(&run)
                        run.output = expected.floats.baseAddress
                        scalar.resize(&run)
                    }
                }
            }
            for lane in 0..<pixels * 8 { #expect(abs(output.floats[lane] - expected.floats[lane]) < 2e-5) }
            left.withUnsafeBufferPointer { begin in
                end.withUnsafeBufferPointer { end in
                    var run = dh_adaptive_run(
                        input: first, row_stride: Int64(width * 8), begin: begin.baseAddress, end: end.baseAddress,
                        output: output.floats.baseAddress, rows: Int32.random(in: 1...3, using: &random),
                        pixels: Int32(pixels))
                    spatial.adaptive(&run)
                    run.output = expected.floats.baseAddress
                    scalar.adaptive(&run)
                }
            }
            for lane in 0..<pixels * 8 { #expect(abs(output.floats[lane] - expected.floats[lane]) < 1e-5) }
            for one in [input, output, parameters, other, line] { #expect(one.isIntact) }
        }
    }

    @Test func layoutChangesKeepEveryElement() {
        var random = SeededGenerator(label: "layout changes")
        for _ in 0..<100 {
            let pixels = Int.random(in: 1...50, using: &random)
            let channels = Int.random(in: 1...8, using: &random)
            let planar = (0..<channels * pixels).map { _ in Float.random(in: -1...1, using: &random) }
            let blocked = GuardedBuffer(Array(repeating: 7, count: pixels * 8))
            dh_planar_to_blocked(planar, Int64(pixels), Int32(channels), blocked.floats.baseAddress!, Int64(pixels))
            for pixel in 0..<pixels {
                for lane in 0..<8 {
                    let expected = lane < channels ? planar[lane * pixels + pixel] : 0
                    #expect(blocked.floats[pixel * 8 + lane] == expected)
                }
            }
            let back = GuardedBuffer(Array(repeating: 0, count: channels * pixels))
            dh_blocked_to_planar(
                blocked.floats.baseAddress!, back.floats.baseAddress!, Int64(pixels), Int32(channels), Int64(pixels))
            #expect(back.elements == planar && blocked.isIntact && back.isIntact)
        }
    }

    @Test(arguments: TableUnderTest.all)
    func pooledPackedRowsEqualTheDefinition(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "packed pooling \(under)")
        let kernel = try #require(under.table.functions.spatial.packed)
        for _ in 0..<100 {
            let (rows, width) = (Int.random(in: 1...4, using: &random), Int.random(in: 1...20, using: &random))
            let (channels, pixels) = (Int.random(in: 1...4, using: &random), Int.random(in: 1...12, using: &random))
            let count = width * channels
            let picture = GuardedBuffer((0..<rows * count).map { _ in Float.random(in: -1...1, using: &random) })
            let line = GuardedBuffer(Array(repeating: .nan, count: count + 3))
            let output = GuardedBuffer(Array(repeating: 7, count: pixels * 8))
            let begin = (0..<pixels).map { _ in Int32.random(in: 0..<Int32(width), using: &random) }
            let end = begin.map { Int32.random(in: $0 + 1...Int32(width), using: &random) }
            let factors = (0..<pixels).map { _ in Float.random(in: 0...1, using: &random) }
            begin.withUnsafeBufferPointer { begin in
                end.withUnsafeBufferPointer { end in
                    factors.withUnsafeBufferPointer { factors in
                        var run = dh_packed_pool_run()
                        run.input = UnsafePointer(picture.floats.baseAddress)
                        run.row_stride = Int64(count)
                        run.begin = begin.baseAddress
                        run.end = end.baseAddress
                        run.factor = factors.baseAddress
                        run.line = line.floats.baseAddress
                        run.output = output.floats.baseAddress
                        run.row_factor = 0.5
                        run.rows = Int32(rows)
                        run.width = Int32(width)
                        run.channels = Int32(channels)
                        run.pixels = Int32(pixels)
                        kernel(&run)
                    }
                }
            }
            for pixel in 0..<pixels {
                for lane in 0..<8 {
                    var sum: Float = 0
                    for row in 0..<rows where lane < channels {
                        for column in begin[pixel]..<end[pixel] {
                            sum += picture.floats[row * count + Int(column) * channels + lane]
                        }
                    }
                    #expect(abs(output.floats[pixel * 8 + lane] - sum * 0.5 * factors[pixel]) < 1e-5)
                }
            }
            #expect(picture.isIntact && line.isIntact && output.isIntact)
        }
    }
}
