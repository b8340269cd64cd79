import CKernels
import Kernels
import OpenSet
import TestSupport
import Testing

/// Runs a plan over all bands, last band first, into fenced memory.
private func normalized(
    _ table: KernelTable, _ geometry: PictureGeometry, _ planes: PicturePlanes, width: Int, height: Int,
    normalization: Normalization, rowsPerBand: Int
) throws -> [Float] {
    let plan = try PreprocessPlan(
        kernels: table, source: geometry, width: width, height: height, normalization: normalization, workers: 2,
        rowsPerBand: rowsPerBand)
    let output = FencedBuffer<Float>(repeating: .nan, count: width * height * 3)
    for band in (0..<plan.bands.count).reversed() {
        plan.run(band: band, worker: band % 2, picture: planes, output: output.pointer)
    }
    #expect(output.isIntact)
    return output.elements
}

/// Leaves values on the 0...255 scale.
private func identity(isBGR: Bool = false) throws -> Normalization {
    try Normalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1], range: (0, 255), isBGR: isBGR)
}

private func worst(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? .infinity }

@Suite struct ResizeTests {
    @Test func resizingEqualsPyTorchAndPIL() throws {
        let goldens = try GoldenTensors("pictures", madeBy: goldenCommand)
        let cases = goldens.names.filter { $0.hasPrefix("resize") && $0.hasSuffix(".picture") }
        #expect(cases.count == 6)
        for name in cases {
            let prefix = String(name.dropLast(7))
            let from = try goldens.shape(name), to = try goldens.shape(prefix + "pil")
            let source = FencedBuffer<UInt8>(try goldens.elements(name))
            let geometry = try PictureGeometry(format: .rgb24, width: from[1], height: from[0])
            let planes = PicturePlanes(source.pointer, stride: from[1] * 3)
            let pil = try goldens.elements(prefix + "pil", as: UInt8.self).map(Float.init)
            for (isa, table) in try tablesUnderTest() {
                for rows in [1, 4, 32] {
                    let result = try normalized(
                        table, geometry, planes, width: to[1], height: to[0], normalization: try identity(),
                        rowsPerBand: rows)
                    let text: Comment = "\(prefix) on \(isa)"
                    #expect(worst(result, try goldens.elements(prefix + "torch64")) <= 1e-4, text)
                    // (PyTorch's float32 kernel, whose weights are float32, strays from float64 by 3e-4 on these.)
                    // PIL rounds to 8 bits after each of its two passes.
                    #expect(worst(result, pil) <= 1.01, text)
                }
            }
        }
    }

    @Test func equalSizesAreCopiedAndNormalized() throws {
        var random = SeededGenerator(label: "normalize")
        let mean = [0.485, 0.456, 0.406], deviation = [0.229, 0.224, 0.225]
        for (width, height) in [(1, 1), (5, 3), (16, 9), (33, 7)] {
            let bytes = random.bytes(width * height * 3)
            let source = FencedBuffer(bytes)
            let planes = PicturePlanes(source.pointer, stride: width * 3)
            for (isa, table) in try tablesUnderTest() {
                for format in [PictureFormat.rgb24, .bgr24] {
                    for isBGR in [false, true] {
                        let result = try normalized(
                            table, try PictureGeometry(format: format, width: width, height: height), planes,
                            width: width, height: height,
                            normalization: try Normalization(
                                mean: mean, standardDeviation: deviation, isBGR: isBGR), rowsPerBand: 2)
                        let isReversed = (format == .bgr24) != isBGR
                        let expected = bytes.indices.map { index in
                            let channel = index % 3
                            let byte = bytes[isReversed ? index - channel + 2 - channel : index]
                            return Float((Double(byte) / 255 - mean[channel]) / deviation[channel])
                        }
                        #expect(worst(result, expected) <= 2e-6, "\(width)x\(height) \(format) on \(isa)")
                    }
                }
            }
        }
    }

    /// Every format, any sizes: converting first (with the row kernel that has tests of its own) and resizing the RGB
    /// picture gives the same.
    @Test func everyFormatIsResizedAsItsRGBPicture() throws {
        var random = SeededGenerator(label: "formats")
        for trial in 0..<30 {
            let width = Int.random(in: 1...70, using: &random), height = Int.random(in: 1...50, using: &random)
            let toWidth = Int.random(in: 1...70, using: &random), toHeight = Int.random(in: 1...50, using: &random)
            for format in PictureFormat.allCases {
                let picture = TestPicture(format, width: width, height: height, random: &random)
                let rgb = try picture.converted(try KernelTable(.scalar))
                let rgbSource = FencedBuffer(rgb)
                var first: [Float]?
                for (isa, table) in try tablesUnderTest() {
                    let result = try normalized(
                        table, picture.geometry, picture.planes, width: toWidth, height: toHeight,
                        normalization: try identity(), rowsPerBand: 1 + trial % 9)
                    let plain = try normalized(
                        table, try PictureGeometry(format: .rgb24, width: width, height: height),
                        PicturePlanes(rgbSource.pointer, stride: width * 3), width: toWidth, height: toHeight,
                        normalization: try identity(), rowsPerBand: 50)
                    let text: Comment = "\(format) \(width)x\(height) to \(toWidth)x\(toHeight) on \(isa)"
                    #expect(result == plain, text)
                    if let first { #expect(worst(result, first) <= 1e-4, text) } else { first = result }
                }
            }
        }
    }

    @Test func normalizationThatCannotWorkIsSaid() {
        #expect(throws: OpenSetError.self) { try Normalization(mean: [0, 0], standardDeviation: [1, 1, 1]) }
        #expect(throws: OpenSetError.self) { try Normalization(mean: [0, 0, 0], standardDeviation: [1, 0, 1]) }
        #expect(throws: OpenSetError.self) { try Normalization(mean: [0, .nan, 0], standardDeviation: [1, 1, 1]) }
        #expect(throws: OpenSetError.self) {
            try Normalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1], range: (1, 1))
        }
    }
}
