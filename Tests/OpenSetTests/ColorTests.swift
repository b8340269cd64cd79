import CKernels
import Kernels
import OpenSet
import TestSupport
import Testing

@Suite struct ColorTests {
    /// YUV planes of a JPEG become the very bytes that libturbojpeg's own RGB decoding gives.
    @Test func jpegPlanesBecomeTheDecodersRGB() throws {
        let goldens = try GoldenTensors("pictures", madeBy: goldenCommand)
        let formats: [(String, PictureFormat)] = [
            ("420", .yuv420p), ("420even", .yuv420p), ("422", .yuv422p), ("444", .yuv444p),
        ]
        for (name, format) in formats {
            let shape = try goldens.shape("jpeg\(name).rgb")
            let planes = try ["y", "u", "v"].map { try goldens.elements("jpeg\(name).\($0)", as: UInt8.self) }
            let expected: [UInt8] = try goldens.elements("jpeg\(name).rgb")
            let geometry = try PictureGeometry(format: format, width: shape[1], height: shape[0])
            for (isa, table) in try tablesUnderTest() {
                #expect(try TestPicture(geometry, planes).converted(table) == expected, "\(name) on \(isa)")
                if format == .yuv420p {
                    let interleaved = zip(planes[1], planes[2]).flatMap { [$0.0, $0.1] }
                    let nv12 = try PictureGeometry(format: .nv12, width: shape[1], height: shape[0])
                    #expect(
                        try TestPicture(nv12, [planes[0], interleaved]).converted(table) == expected,
                        "\(name) as nv12 on \(isa)")
                }
            }
        }
    }

    /// Video of limited range, against ffmpeg's swscale with accurate rounding: within 1.
    @Test func limitedRangeEqualsSwscale() throws {
        let goldens = try GoldenTensors("pictures", madeBy: goldenCommand)
        for (name, conversion) in [("bt601", ColorConversion.bt601Limited), ("bt709", .bt709Limited)] {
            let shape = try goldens.shape("swscale.\(name).rgb")
            let yuv: [UInt8] = try goldens.elements("swscale.\(name).yuv")
            let expected: [UInt8] = try goldens.elements("swscale.\(name).rgb")
            let size = shape[0] * shape[1]
            let geometry = try PictureGeometry(
                format: .yuv444p, width: shape[1], height: shape[0], conversion: conversion)
            for (isa, table) in try tablesUnderTest() {
                let planes = (0..<3).map { Array(yuv[$0 * size..<($0 + 1) * size]) }
                let result = try TestPicture(geometry, planes).converted(table)
                let worst = zip(result, expected).map { abs(Int($0) - Int($1)) }.max()!
                #expect(worst <= 1, "\(name) on \(isa)")
            }
        }
    }

    @Test func extremeColorsAreClamped() throws {
        for conversion in [ColorConversion.bt601Full, .bt601Limited, .bt709Full, .bt709Limited] {
            let values: [UInt8] = [0, 1, 16, 127, 128, 235, 240, 254, 255]
            let triples = values.flatMap { y in values.flatMap { u in values.map { v in (y, u, v) } } }
            let geometry = try PictureGeometry(
                format: .yuv444p, width: triples.count, height: 1, conversion: conversion)
            let green = 1 - conversion.red - conversion.blue
            let expected = triples.flatMap { y, u, v in
                let span = conversion.isFullRange ? 255.0 : 219, chroma = conversion.isFullRange ? 255.0 : 224
                let luma = (Double(y) - (conversion.isFullRange ? 0 : 16)) / span
                let blue = luma + 2 * (1 - conversion.blue) * (Double(u) - 128) / chroma
                let red = luma + 2 * (1 - conversion.red) * (Double(v) - 128) / chroma
                let rest = (luma - conversion.red * red - conversion.blue * blue) / green
                return [red, rest, blue].map { min(max($0 * 255, 0), 255) }
            }
            for (isa, table) in try tablesUnderTest() {
                let planes = [triples.map { $0.0 }, triples.map { $0.1 }, triples.map { $0.2 }]
                let result = try TestPicture(geometry, planes).converted(table)
                let worst = zip(result, expected).map { abs(Double($0) - $1) }.max()!
                #expect(worst <= 0.51, "\(conversion) on \(isa)")
            }
        }
    }
}
