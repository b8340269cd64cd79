import CKernels
import Kernels
import TestSupport
import Testing

/// The depthwise family against its scalar specification.
struct DepthwiseKernelTests {
    private static func buffer(_ count: Int, shift: Int, _ random: inout SeededGenerator) -> GuardedBuffer {
        GuardedBuffer((0..<count).map { _ in Float.random(in: -1...1, using: &random) }, shift: shift)
    }

    private static func expectEqual(
        _ output: GuardedBuffer, _ expected: GuardedBuffer, terms: Int, _ others: [GuardedBuffer]
    ) {
        for lane in output.floats.indices {
            #expect(abs(output.floats[lane] - expected.floats[lane]) < 1e-6 * Float(terms + 4))
        }
        for one in others + [output, expected] { #expect(one.isIntact) }
    }

    @Test(arguments: TableUnderTest.all)
    func branchesEqualTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "branches \(under)")
        let kernel = try #require(under.table.functions.depthwise.branches)
        let reference = try #require(TableUnderTest.scalar.functions.depthwise.branches)
        for round in 0..<200 {
            let (branches, taps) = (Int.random(in: 1...5, using: &random), Int.random(in: 1...12, using: &random))
            let (pixels, stride) = (
                Int.random(in: 1...40, using: &random), [1, 1, 2, 3].randomElement(using: &random)!
            )
            let room = Int.random(in: 0...12, using: &random)
            // Every other time taps in rows of three, which share their loads.
            let gap = round % 2 == 0 ? Int.random(in: 1...6, using: &random) : 0
            let input = Self.buffer(((pixels - 1) * stride + 1 + room) * 8, shift: 1, &random)
            let weights = Self.buffer(branches * taps * 8, shift: 3, &random)
            let planes = Int.random(in: 1...3, using: &random)
            let parameters = Self.buffer(3 * branches * planes * 8, shift: 5, &random)
            let output = GuardedBuffer(Array(repeating: 7, count: branches * (pixels + 2) * 8), shift: 7)
            let expected = GuardedBuffer(output.elements)
            let inputs = (0..<branches * taps).map { tap -> UnsafePointer<Float>? in
                let column = gap > 0 ? tap % taps % 3 * gap % (room + 1) : Int.random(in: 0...room, using: &random)
                return UnsafePointer(input.floats.baseAddress! + column * 8)
            }
            inputs.withUnsafeBufferPointer { pointers in
                var run = dh_branches_run()
                run.inputs = UnsafePointer(pointers.baseAddress)
                run.weights = UnsafePointer(weights.floats.baseAddress)
                run.scale = UnsafePointer(parameters.floats.baseAddress)
                run.shift = run.scale + branches * planes * 8
                run.slope = run.shift + branches * planes * 8
                run.input_stride = Int64(stride * 8)
                run.parameter_stride = Int64(planes * 8)
                run.output_stride = Int64((pixels + 2) * 8)
                run.branches = Int32(branches)
                run.taps = Int32(taps)
                run.pixels = Int32(pixels)
                run.activation = Int32.random(in: 0...2, using: &random)
                run.output = output.floats.baseAddress
                kernel(&run)
                run.output = expected.floats.baseAddress
                reference(&run)
            }
            Self.expectEqual(output, expected, terms: branches * taps, [input, weights, parameters])
        }
    }

    @Test(arguments: TableUnderTest.all)
    func rescaledEqualsTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "rescaled \(under)")
        let kernel = try #require(under.table.functions.depthwise.rescaled)
        let reference = try #require(TableUnderTest.scalar.functions.depthwise.rescaled)
        for _ in 0..<200 {
            let kernelRows = [1, 3, 3, 5].randomElement(using: &random)!
            let kernelColumns = [1, 3, 3, 7].randomElement(using: &random)!
            let (rows, span) = (Int.random(in: 1...8, using: &random), Int.random(in: 1...6, using: &random))
            let (width, pixels) = (span + Int.random(in: 0...9, using: &random), Int.random(in: 1...30, using: &random))
            let input = Self.buffer((rows + 2) * width * 8, shift: 1, &random)
            let weights = Self.buffer(kernelRows * kernelColumns * 8, shift: 3, &random)
            let parameters = Self.buffer(24, shift: 5, &random)
            let rowFactors = Self.buffer(kernelRows * rows, shift: 0, &random)
            let columnFactors = Self.buffer(pixels * span * kernelColumns, shift: 2, &random)
            let line = GuardedBuffer(Array(repeating: 7, count: width * kernelColumns * 8))
            let output = GuardedBuffer(Array(repeating: 7, count: pixels * 8), shift: 7)
            let expected = GuardedBuffer(output.elements)
            let first = (0..<pixels).map { _ in Int32.random(in: 0...Int32(width - span), using: &random) }
            let lines = (0..<rows).map { _ -> UnsafePointer<Float>? in
                UnsafePointer(input.floats.baseAddress! + Int.random(in: 0..<rows + 2, using: &random) * width * 8)
            }
            lines.withUnsafeBufferPointer { lines in
                first.withUnsafeBufferPointer { first in
                    var run = dh_rescaled_run()
                    run.rows = UnsafePointer(lines.baseAddress)
                    run.row_factors = UnsafePointer(rowFactors.floats.baseAddress)
                    run.weights = UnsafePointer(weights.floats.baseAddress)
                    run.first = first.baseAddress
                    run.column_factors = UnsafePointer(columnFactors.floats.baseAddress)
                    run.scale = UnsafePointer(parameters.floats.baseAddress)
                    run.shift = run.scale + 8
                    run.slope = run.scale + 16
                    run.line = line.floats.baseAddress
                    run.row_count = Int32(rows)
                    run.kernel_rows = Int32(kernelRows)
                    run.kernel_columns = Int32(kernelColumns)
                    run.span = Int32(span)
                    run.width = Int32(width)
                    run.pixels = Int32(pixels)
                    run.activation = Int32.random(in: 0...2, using: &random)
                    run.output = output.floats.baseAddress
                    kernel(&run)
                    run.output = expected.floats.baseAddress
                    reference(&run)
                }
            }
            let terms = kernelRows * kernelColumns * rows * span
            Self.expectEqual(
                output, expected, terms: terms, [input, weights, parameters, rowFactors, columnFactors, line])
        }
    }

    @Test(arguments: TableUnderTest.all)
    func groupedEqualsTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "grouped \(under)")
        let kernel = try #require(under.table.functions.depthwise.grouped)
        let reference = try #require(TableUnderTest.scalar.functions.depthwise.grouped)
        for _ in 0..<200 {
            let weightTaps = Int.random(in: 1...9, using: &random)
            let taps = (0..<Int32(weightTaps)).shuffled(using: &random)
                .prefix(Int.random(in: 1...weightTaps, using: &random))
            let (pixels, stride) = (Int.random(in: 1...30, using: &random), Int.random(in: 1...2, using: &random))
            let planeFloats = ((pixels - 1) * stride + 11) * 8
            let input = Self.buffer(3 * planeFloats, shift: 1, &random)
            let weights = Self.buffer(8 * weightTaps * 8, shift: 3, &random)
            let parameters = Self.buffer(16, shift: 5, &random)
            let output = GuardedBuffer(Array(repeating: 7, count: pixels * 8), shift: 7)
            let expected = GuardedBuffer(output.elements)
            let planes = (0..<8).map { _ in Int64(Int.random(in: 0...2, using: &random) * planeFloats * 4) }
            let offsets = taps.map { _ in Int32.random(in: 0...10, using: &random) * 32 }
            planes.withUnsafeBufferPointer { planes in
                offsets.withUnsafeBufferPointer { offsets in
                    Array(taps).withUnsafeBufferPointer { numbers in
                        var run = dh_grouped_run()
                        run.input = UnsafePointer(input.bytes)
                        run.planes = planes.baseAddress
                        run.offsets = offsets.baseAddress
                        run.weights = UnsafePointer(weights.floats.baseAddress)
                        run.taps = numbers.baseAddress
                        run.bias = UnsafePointer(parameters.floats.baseAddress)
                        run.slope = run.bias + 8
                        run.input_stride = Int64(stride * 32)
                        run.weight_taps = Int32(weightTaps)
                        run.tap_count = Int32(numbers.count)
                        run.pixels = Int32(pixels)
                        run.activation = Int32.random(in: 0...2, using: &random)
                        run.output = output.floats.baseAddress
                        kernel(&run)
                        run.output = expected.floats.baseAddress
                        reference(&run)
                    }
                }
            }
            Self.expectEqual(output, expected, terms: taps.count * 8, [input, weights, parameters])
        }
    }

    @Test(arguments: TableUnderTest.all)
    func narrowEqualsTheReference(under: TableUnderTest) throws {
        var random = SeededGenerator(label: "narrow \(under)")
        let kernel = try #require(under.table.functions.depthwise.narrow)
        let reference = try #require(TableUnderTest.scalar.functions.depthwise.narrow)
        for _ in 0..<200 {
            let (planes, outputs) = (Int.random(in: 1...5, using: &random), Int.random(in: 1...4, using: &random))
            let pixels = Int.random(in: 1...40, using: &random)
            let input = Self.buffer(planes * (pixels + 1) * 8, shift: 1, &random)
            let weights = Self.buffer(outputs * planes * 8, shift: 3, &random)
            let parameters = Self.buffer(2 * planes * 8 + outputs, shift: 5, &random)
            let output = GuardedBuffer(Array(repeating: 7, count: outputs * (pixels + 3)), shift: 7)
            let expected = GuardedBuffer(output.elements)
            let hasPrologue = Bool.random(using: &random)
            let first = UnsafePointer(parameters.floats.baseAddress!)
            var run = dh_narrow_run()
            run.input = UnsafePointer(input.bytes)
            run.weights = UnsafePointer(weights.floats.baseAddress)
            run.bias = first + 2 * planes * 8
            run.scale = hasPrologue ? first : nil
            run.shift = hasPrologue ? first + planes * 8 : nil
            run.input_plane = Int64((pixels + 1) * 32)
            run.output_stride = Int64(pixels + 3)
            run.planes = Int32(planes)
            run.outputs = Int32(outputs)
            run.pixels = Int32(pixels)
            run.output = output.floats.baseAddress
            kernel(&run)
            run.output = expected.floats.baseAddress
            reference(&run)
            Self.expectEqual(output, expected, terms: planes * 8, [input, weights, parameters])
        }
    }
}
