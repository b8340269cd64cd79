import Foundation
import FrameIO
import Testing

@Suite struct Y4MTests {
    @Test(
        "frames equal ffmpeg's raw video, odd sizes included",
        arguments: [
            ("yuv420p", PixelFormat.yuv420p), ("yuv422p", .yuv422p), ("yuv444p", .yuv444p), ("gray", .gray8),
        ], ["64x48", "35x17", "1x1"])
    func roundTrip(format: (String, PixelFormat), size: String) throws {
        let source = "-f lavfi -i testsrc=s=\(size):r=30000/1001 -frames:v 5 -pix_fmt \(format.0)"
        let reading = try read(try ffmpeg("\(source) -f yuv4mpegpipe -strict -1 -"))
        let raw = try ffmpeg("\(source) -f rawvideo -")
        #expect(reading.frames.count == 5)
        #expect(reading.frames.flatMap(\.bytes) == raw)
        #expect(!reading.truncated && reading.corruptions.isEmpty)
        for (index, frame) in reading.frames.enumerated() {
            #expect(frame.header.id == UInt64(index))
            #expect(frame.header.captureNanoseconds == nil)
            #expect(frame.header.payload == .raw(format.1))
            #expect("\(frame.header.width)x\(frame.header.height)" == size)
        }
    }

    @Test(arguments: ["C420", "C420jpeg", "C420mpeg2", "C420paldv", "", "C422", "C444", "Cmono"])
    func colorSpaces(tag: String) throws {
        let count = ["C422": 8 + 2 * 4, "C444": 24, "Cmono": 8][tag] ?? 8 + 2 * 2
        let stream = ascii("YUV4MPEG2 W4 H2 F25:1 \(tag)\nFRAME\n") + Array(repeating: 7, count: count)
        let reading = try read(stream)
        #expect(reading.frames.map(\.bytes.count) == [count])
        #expect(!reading.truncated)
    }

    @Test func rangeComesFromTheHeader() throws {
        func range(_ tags: String, _ options: InputOptions = InputOptions()) throws -> ColorRange? {
            try read(
                ascii("YUV4MPEG2 W2 H2 \(tags)\nFRAME\n")
                    + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].prefix(tags.contains("mono") ? 4 : 6), options
            )
            .frames.first?.header.colorRange
        }
        #expect(try range("C420jpeg") == .limited)
        #expect(try range("C420jpeg XCOLORRANGE=FULL") == .full)
        #expect(try range("XCOLORRANGE=LIMITED") == .limited)
        #expect(try range("Cmono") == .full)
        #expect(try range("C420jpeg", InputOptions(colorRange: .full)) == .full)
    }

    @Test func captureTimesInFrameHeaders() throws {
        let frame = [UInt8](repeating: 1, count: 6)
        let stream =
            ascii("YUV4MPEG2 W2 H2\nFRAME XTS=1500000000123456789\n") + frame + ascii("FRAME Ip XTS=42\n") + frame
            + ascii("FRAME\n") + frame + ascii("FRAME XTS=-3\n") + frame
        let reading = try read(stream)
        #expect(reading.frames.map(\.header.captureNanoseconds) == [1_500_000_000_123_456_789, 42, nil, nil])
    }

    @Test func frameRateIsKeptApart() throws {
        let scratch = try Scratch()
        func rate(_ tags: String) throws -> FrameRate? {
            try FrameInput.open(try scratch.write("YUV4MPEG2 W2 H2 \(tags)\n", to: "a.y4m")).properties.frameRate
        }
        #expect(try rate("F30000:1001") == FrameRate(numerator: 30000, denominator: 1001))
        #expect(try rate("F0:0") == nil)
        #expect(try rate("") == nil)
    }

    @Test(
        arguments: [
            ("YUV4MPEG2 W16 H16 It\n", "interlaced"), ("YUV4MPEG2 W16 H16 Im\n", "interlaced"),
            ("YUV4MPEG2 W16 H16 C420p10\n", "C420p10"), ("YUV4MPEG2 H16\n", "lacks W or H"),
            ("YUV4MPEG2 W0 H16\n", "width is '0'"), ("YUV4MPEG2 Wx H16\n", "width is 'x'"),
            ("YUV4MPEG2 W99999999999999999999 H16\n", "width"), ("YUV4MPEG2 W60000 H60000\n", "60000x60000"),
            ("YUV4MPEG2 W16 H16", "no end of line"),
            ("YUV4MPEG2 " + String(repeating: "X", count: 4000), "no end of line"),
        ])
    func refusedHeaders(header: String, expected: String) throws {
        let text = message { _ = try read(ascii(header)) }
        #expect(text.contains(expected))
        #expect(!text.contains("\n"))
    }

    @Test func truncationAtEveryByte() throws {
        let stream = try ffmpeg("-f lavfi -i testsrc=s=10x6:r=10 -frames:v 3 -pix_fmt yuv420p -f yuv4mpegpipe -")
        let whole = try read(stream)
        let header = try #require(stream.firstIndex(of: 0x0A)) + 1
        let frameBytes = 6 + 90
        #expect(stream.count == header + 3 * frameBytes)
        for length in header..<stream.count {
            let reading = try read(Array(stream[..<length]))
            let (frames, rest) = (length - header).quotientAndRemainder(dividingBy: frameBytes)
            #expect(reading.frames.map(\.bytes) == whole.frames.prefix(frames).map(\.bytes))
            #expect(reading.truncated == (rest != 0))
        }
        for length in 0..<header { #expect(message { _ = try read(Array(stream[..<length])) } != "no error") }
    }

    @Test func resynchronisesAfterGarbage() throws {
        let frame = { (value: UInt8) in ascii("FRAME\n") + [UInt8](repeating: value, count: 6) }
        let reading = try read(
            ascii("YUV4MPEG2 W2 H2\n") + frame(1) + ascii("xxFRAMExFRAM") + frame(2) + ascii("F") + frame(3))
        #expect(reading.frames.map { $0.bytes[0] } == [1, 2, 3])
        #expect(reading.corruptions.map(\.bytesSkipped) == [12, 1])
        #expect(reading.corruptions.allSatisfy { $0.reason == .missingFrameMarker })
    }

    @Test func aHeaderAloneReservesNoFrame() throws {
        let reading = try read(ascii("YUV4MPEG2 W8192 H8192 C444\nFRAME\n") + [1, 2, 3])
        #expect(reading.truncated)
        #expect(reading.capacity <= 2 << 20)
    }
}
