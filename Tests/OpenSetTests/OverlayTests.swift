import CKernels
import Kernels
import OpenSet
import TestSupport
import Testing

@Suite struct OverlayTests {
    private let palette = try! Palette(
        classes: (0..<5).map { .init(name: "class \($0)", color: PaletteColor(UInt8($0 * 40), 200, 10)) },
        unknown: .init(name: "unknown", color: PaletteColor(255, 0, 255)))

    @Test func overlaysFollowTheirDefinition() throws {
        var random = SeededGenerator(label: "overlay")
        for trial in 0..<24 {
            let width = Int.random(in: 1...90, using: &random), height = Int.random(in: 1...40, using: &random)
            let style = try OverlayStyle(
                classOpacity: 0.4, unknownOpacity: 0.75, invalidOpacity: 1,
                contour: trial % 3 == 0 ? nil : PaletteColor(1, 2, 3), contourWidth: trial % 4)
            // Blocks, so that unknown regions have an inside.
            let block = Int.random(in: 1...9, using: &random)
            let tiles = (0..<100).map { _ in [UInt8(0), 1, 4, 5, 5, 255].randomElement(using: &random)! }
            let labels = (0..<width * height).map { tiles[($0 % width / block * 7 + $0 / width / block * 13) % 100] }
            let format = PictureFormat.allCases[trial % 7]
            let picture = TestPicture(format, width: width, height: height, random: &random)
            let rgb = try picture.converted(try KernelTable(.scalar))
            let map = try OpenSetMap(width: width, height: height, classes: 5)
            let expected = (0..<width * height).flatMap { place -> [Double] in
                let pixel = (0..<3).map { Double(rgb[place * 3 + $0]) }
                func blend(_ color: PaletteColor, _ opacity: Double) -> [Double] {
                    zip(pixel, [color.red, color.green, color.blue]).map { $0 * (1 - opacity) + Double($1) * opacity }
                }
                switch labels[place] {
                case 255: return blend(PaletteColor(0, 0, 0), 1)
                case 5:
                    let x = place % width, y = place / width, t = style.contourWidth
                    let around = [(x - t, y), (x + t, y), (x, y - t), (x, y + t)].map {
                        labels[min(max($0.1, 0), height - 1) * width + min(max($0.0, 0), width - 1)]
                    }
                    return around.allSatisfy { $0 == 5 }
                        ? blend(palette.unknown.color, 0.75) : blend(style.contour ?? palette.unknown.color, 1)
                default: return blend(palette.classes[Int(labels[place])].color, 0.4)
                }
            }
            let openSet = FencedBuffer(labels)
            for (isa, table) in try tablesUnderTest() {
                let plan = try OverlayPlan(
                    kernels: table, picture: picture.geometry, map: map, palette: palette, style: style, workers: 2,
                    rowsPerBand: 1 + trial)
                let output = FencedBuffer<UInt8>(repeating: 77, count: width * height * 3)
                for band in (0..<plan.bands.count).reversed() {
                    plan.run(
                        band: band, worker: band % 2, picture: picture.planes, openSet: openSet.pointer,
                        output: output.pointer)
                }
                // Opacities are rounded to 1/256 and the result to 8 bits.
                let worst = zip(output.elements, expected).map { abs(Double($0) - $1) }.max()!
                #expect(worst <= 1.01 && output.isIntact, "\(format) \(width)x\(height), width \(trial % 4), \(isa)")
            }
        }
    }

    @Test func palettesThatCannotWorkAreSaid() throws {
        #expect(throws: OpenSetError.self) { try PaletteColor(components: [1, 2]) }
        #expect(throws: OpenSetError.self) { try PaletteColor(components: [1, 2, 256]) }
        #expect(try PaletteColor(components: [1, 2, 255]) == PaletteColor(1, 2, 255))
        #expect(throws: OpenSetError.self) { try Palette(classes: [], unknown: palette.unknown) }
        #expect(throws: OpenSetError.self) {
            try OverlayPlan(
                kernels: try KernelTable(.scalar),
                picture: try PictureGeometry(format: .rgb24, width: 4, height: 4),
                map: try OpenSetMap(width: 4, height: 4, classes: 6), palette: palette, style: try OverlayStyle(),
                workers: 1)
        }
        #expect(palette.name(of: 2) == "class 2" && palette.name(of: 5) == "unknown")
        #expect(palette.name(of: 255) == "invalid")
    }
}
