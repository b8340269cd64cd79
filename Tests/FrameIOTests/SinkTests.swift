import Foundation
import FrameIO
import TestSupport
import Testing

@Suite struct SinkTests {
    static func header(_ id: UInt64, capture: Int64? = nil, name: Int32 = -1) -> FrameHeader {
        FrameHeader(
            id: id, captureNanoseconds: capture, payload: .jpeg, width: 0, height: 0, byteCount: 0, nameIndex: name)
    }

    static func noise(_ count: Int, seed: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(seed))
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    @Test("label maps come back from ffmpeg", arguments: ["png", "pgm", "y4m", "raw", "npy"], [(33, 17), (1, 1)])
    func labels(ending: String, size: (Int, Int)) throws {
        let scratch = try Scratch()
        let (width, height) = size
        let maps = (0..<3).map { Self.noise(width * height, seed: $0) }
        let path = scratch.file("maps.\(ending)")
        let sink = try LabelMapSink(OutputTarget(path))
        for (index, map) in maps.enumerated() {
            try sink.write(map, width: width, height: height, of: Self.header(UInt64(index)))
        }
        #expect(!scratch.exists("maps.\(ending)") && scratch.exists("maps.\(ending).partial"))
        try sink.finish()
        #expect(try scratch.names() == ["maps.\(ending)"])
        let bytes = try scratch.read("maps.\(ending)")
        switch ending {
        case "raw": #expect(bytes == maps.flatMap { $0 })
        case "npy":
            let each = bytes.count / 3
            #expect((bytes.count - 3 * width * height) % 64 == 0)
            for (index, map) in maps.enumerated() {
                let array = Array(bytes[(index * each)..<((index + 1) * each)])
                #expect(array.prefix(8) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0])
                let length = Int(array[8]) + Int(array[9]) << 8
                let text = String(decoding: array[10..<(10 + length)], as: UTF8.self)
                #expect(
                    text.hasPrefix("{'descr': '|u1', 'fortran_order': False, 'shape': (\(height), \(width)), }")
                        && text.hasSuffix("\n") && (10 + length) % 64 == 0)
                #expect(Array(array[(10 + length)...]) == map)
            }
        default:
            let demuxer = ["png": "png_pipe", "pgm": "pgm_pipe", "y4m": "yuv4mpegpipe"][ending] ?? ""
            let raw = try ffmpeg("-f \(demuxer) -i \(path) -pix_fmt gray -f rawvideo -vsync 0 -")
            #expect(raw == maps.flatMap { $0 })
        }
    }

    @Test func palettePNGKeepsLabels() throws {
        let scratch = try Scratch()
        let labels: [UInt8] = [0, 1, 2, 255]
        let sink = try LabelMapSink(
            OutputTarget(scratch.file("a.png")), options: OutputOptions(palette: [255, 0, 0, 0, 255, 0, 0, 0, 255]))
        try sink.write(labels, width: 2, height: 2, of: Self.header(0))
        try sink.finish()
        #expect(try GrayImage(contentsOf: scratch.file("a.png")).pixels == labels)
        let colours = try decode(scratch.read("a.png"), .png).pixels
        #expect(colours == [255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0])
    }

    @Test func scores() throws {
        let scratch = try Scratch()
        let scores: [Float] = [0.5, -1, .infinity, 3e-9, 7, 8]
        let bytes = scores.withUnsafeBytes { Array($0) }
        let sink = try ScoreMapSink(OutputTarget(scratch.path + "/maps/deep/"))
        #expect(sink.format == .npy)
        try sink.write(scores, width: 3, height: 2, of: Self.header(5))
        let array = try scratch.read("maps/deep/000005.npy")
        #expect(Array(array.suffix(24)) == bytes)
        #expect(String(decoding: array[10...], as: UTF8.self).hasPrefix("{'descr': '<f4'"))
        let raw = try ScoreMapSink(OutputTarget(scratch.file("s.raw")))
        try raw.write(scores, width: 3, height: 2, of: Self.header(0))
        try raw.finish()
        #expect(try scratch.read("s.raw") == bytes)
    }

    @Test("pictures come back from ffmpeg", arguments: ["png", "raw", "mjpeg", "y4m"], [(32, 16), (33, 17)])
    func pictures(ending: String, size: (Int, Int)) throws {
        let scratch = try Scratch()
        let (width, height) = size
        // Smooth, so that subsampled chroma and JPEG change little.
        let picture = (0..<(width * height)).flatMap { index -> [UInt8] in
            let (y, x) = index.quotientAndRemainder(dividingBy: width)
            return [UInt8(x * 7), UInt8(y * 15), UInt8(128 + x - y)]
        }
        let path = scratch.file("p.\(ending)")
        let sink = try PictureSink(
            OutputTarget(path), options: OutputOptions(frameRate: FrameRate("10"), jpegQuality: 98))
        for id in 0..<2 { try sink.write(picture, width: width, height: height, of: Self.header(UInt64(id))) }
        try sink.finish()
        let demuxer =
            [
                "png": "-f png_pipe", "raw": "-f rawvideo -pix_fmt rgb24 -s \(width)x\(height)", "mjpeg": "-f mjpeg",
                "y4m": "-f yuv4mpegpipe",
            ][ending] ?? ""
        let back = try ffmpeg(
            "\(demuxer) -i \(path) -pix_fmt rgb24 -sws_flags accurate_rnd+full_chroma_int -f rawvideo -vsync 0 -")
        try #require(back.count == 2 * picture.count)
        let change = difference(back, picture + picture)
        if ending == "png" || ending == "raw" {
            #expect(change.largest == 0)
        } else {
            #expect(change.mean < 6, "\(ending) \(change)")
        }
        if ending == "mjpeg" {
            let reading = try read(scratch.read("p.mjpeg"))
            #expect(reading.frames.count == 2)
            #expect(difference(try decode(reading.frames[0].bytes).pixels, picture).mean < 6)
        }
        if ending == "y4m" {
            let reading = try read(scratch.read("p.y4m"))
            #expect(reading.frames.map(\.header.colorRange) == [.full, .full])
            #expect(reading.frames.map(\.header.payload) == [.raw(.yuv420p), .raw(.yuv420p)])
        }
    }

    @Test func y4mCarriesTimesWhenAsked() throws {
        let scratch = try Scratch()
        let options = OutputOptions(frameRate: FrameRate("10"), inBandTimes: true)
        let sink = try LabelMapSink(OutputTarget(scratch.file("m.y4m")), options: options)
        for (id, capture) in [Int64(5), nil].enumerated() {
            try sink.write([1, 2, 3, 4], width: 2, height: 2, of: Self.header(UInt64(id), capture: capture))
        }
        try sink.finish()
        let reading = try read(scratch.read("m.y4m"))
        #expect(reading.frames.map(\.header.captureNanoseconds) == [5, nil])
    }

    @Test func filesInFoldersTakeTheSourcesNames() throws {
        let scratch = try Scratch()
        let options = OutputOptions(format: .pgm, names: NameTable(["left", "right"]))
        let sink = try LabelMapSink(OutputTarget(scratch.path), options: options)
        try sink.write([1], width: 1, height: 1, of: Self.header(0, name: 1))
        try sink.write([2], width: 1, height: 1, of: Self.header(1234567))
        try sink.write([3], width: 1, height: 1, of: Self.header(9))
        #expect(try scratch.names() == ["000009.pgm", "1234567.pgm", "right.pgm"])
        #expect(try scratch.read("right.pgm") == ascii("P5\n1 1\n255\n") + [1])
        // Written again: replaced whole.
        try sink.write([7, 7], width: 2, height: 1, of: Self.header(9))
        #expect(try scratch.read("000009.pgm") == ascii("P5\n2 1\n255\n") + [7, 7])
    }

    @Test func sizeChanges() throws {
        let scratch = try Scratch()
        for ending in ["y4m", "raw"] {
            let sink = try LabelMapSink(OutputTarget(scratch.file("m.\(ending)")))
            try sink.write([1, 2], width: 2, height: 1, of: Self.header(0))
            #expect(
                message { try sink.write([1, 2], width: 1, height: 2, of: Self.header(1)) }.contains("1x2 after 2x1"))
            try sink.write([3, 4], width: 2, height: 1, of: Self.header(2))
            try sink.finish()
            #expect(try scratch.read("m.\(ending)").suffix(2) == [3, 4])
        }
        let free = try LabelMapSink(OutputTarget(scratch.file("m.pgm")))
        try free.write([1, 2], width: 2, height: 1, of: Self.header(0))
        try free.write([1, 2], width: 1, height: 2, of: Self.header(1))
    }

    @Test(
        arguments: [
            ("labels.mjpeg", OutputKind.labels, "png, pgm"), ("scores.png", .scores, "npy, raw"),
            ("x.pgm", .pictures, "mjpeg"),
            ("noending", .labels, "--format"), ("-", .scores, "--format"),
        ])
    func formatsThatDoNotFit(path: String, kind: OutputKind, expected: String) {
        #expect(message { _ = try OutputTarget(path).format(for: kind, wanted: nil) }.contains(expected))
    }

    @Test func aClosedReaderIsAQuietStop() throws {
        let pipe = Pipe()
        let path = "/dev/fd/\(pipe.fileHandleForWriting.fileDescriptor)"
        let sink = try LabelMapSink(OutputTarget(path), options: OutputOptions(format: .raw))
        let writer = try FrameMetaWriter(path: path)
        try sink.write([1, 2], width: 2, height: 1, of: Self.header(0))
        try pipe.fileHandleForReading.close()
        #expect(throws: FrameIOError.downstreamClosed) {
            try sink.write([1, 2], width: 2, height: 1, of: Self.header(1))
        }
        #expect(throws: FrameIOError.downstreamClosed) { try writer.write(TextTests.record) }
        try sink.finish()
    }

    @Test func unwritablePlaces() throws {
        let scratch = try Scratch()
        try scratch.write("x", to: "file")
        #expect(message { _ = try LabelMapSink(OutputTarget(scratch.file("file/m.png"))) }.contains("Not a directory"))
        #expect(message { _ = try LabelMapSink(OutputTarget(scratch.file("file/deep/"))) }.contains("file"))
        #expect(
            message {
                _ = try LabelMapSink(OutputTarget("/dev/full"), options: OutputOptions(format: .raw)).write(
                    [1], width: 1, height: 1, of: Self.header(0))
            }.contains("No space"))
        #expect(
            message { _ = try PictureSink(OutputTarget("-"), options: OutputOptions(format: .png, jpegQuality: 0)) }
                .contains("quality"))
    }
}
