import Foundation
import FrameIO
import TestSupport
import Testing

/// What concerns all sources: sniffing, stopping, selection, `info`, and damage of every kind.
@Suite struct StreamTests {
    @Test func sniffing() throws {
        let cases: [([UInt8], String)] = [
            (ascii("\0\0\0\u{20}ftypisom0000"), "MP4"), (ascii("RIFF0000AVI 00000000"), "AVI"),
            ([0x1A, 0x45, 0xDF, 0xA3] + [UInt8](repeating: 0, count: 20), "Matroska"),
            ([0x89] + ascii("MCAP0\r\n123456789"), "no topic with images"),
            (ascii("something else entirely"), "--input-format"),
            ([], "empty"), ([0x61], "--input-format"),
        ]
        for (bytes, expected) in cases {
            let text = message { _ = try read(bytes) }
            #expect(text.contains(expected) && !text.contains("\n"))
        }
        #expect(try read(jpegs(1)[0]).frames.count == 1)
    }

    @Test func namesOfFormats() {
        for format in InputFormat.allCases { #expect(InputFormat(name: format.name) == format) }
        for format in OutputFormat.allCases { #expect(OutputFormat(name: format.name) == format) }
        for format in PixelFormat.allCases { #expect(PixelFormat(name: format.name) == format) }
        #expect(InputFormat(name: "avi") == nil && OutputFormat(name: "tiff") == nil && PixelFormat(name: "x") == nil)
        #expect(FrameRate("29.97")?.framesPerSecond == 29.97)
        #expect(FrameRate("30000/1001") == FrameRate(numerator: 30000, denominator: 1001))
        #expect(FrameRate("0") == nil && FrameRate("x") == nil && FrameRate("1e99") == nil)
        #expect(FrameRate(numerator: 30000, denominator: 1001)?.nanoseconds(ofFrame: 30000) == 1_001_000_000_000)
    }

    @Test("a blocked read ends when it is stopped", arguments: ["mjpeg", "y4m", "raw", "multipart", "opening"])
    func stopping(format: String) throws {
        let pipe = Pipe()
        let stop = try StopSignal()
        let picture = try jpegs(1)[0]
        let first: [UInt8] =
            switch format {
            case "mjpeg": picture + picture.prefix(100)
            case "y4m": ascii("YUV4MPEG2 W2 H2\nFRAME\n123456FRAME\n123")
            case "raw": ascii("123456123")
            case "multipart": MultipartTests.part(picture) + ascii("--frame\r\nContent-Type: im")
            default: []
            }
        pipe.fileHandleForWriting.write(Data(first))
        let thread = Thread {
            Thread.sleep(forTimeInterval: 0.15)
            stop.stop()
            stop.stop()
        }
        thread.start()
        let options = InputOptions(
            format: InputFormat(name: format), raw: RawVideoLayout(pixelFormat: .yuv420p, width: 2, height: 2))
        let reading = try withPath(of: pipe) { try Reading(try FrameInput.open($0, options: options, stop: stop)) }
        #expect(reading.stopped)
        #expect(reading.frames.count == (format == "opening" ? 0 : 1))
    }

    @Test func aFifoWithoutWriterCanBeStopped() throws {
        let scratch = try Scratch()
        try #require(mkfifo(scratch.file("fifo"), 0o600) == 0)
        let stop = try StopSignal()
        let thread = Thread {
            Thread.sleep(forTimeInterval: 0.1)
            stop.stop()
        }
        thread.start()
        #expect(try Reading(FrameInput.open(scratch.file("fifo"), stop: stop)).stopped)
    }

    @Test func aFifoIsReadWhenItsWriterComesLate() throws {
        let scratch = try Scratch()
        try #require(mkfifo(scratch.file("fifo"), 0o600) == 0)
        let picture = try jpegs(1)[0]
        let path = scratch.file("fifo")
        let thread = Thread {
            Thread.sleep(forTimeInterval: 0.1)
            guard let handle = FileHandle(forWritingAtPath: path) else { return }
            for byte in picture + picture { handle.write(Data([byte])) }
            try? handle.close()
        }
        thread.start()
        let reading = try Reading(FrameInput.open(path))
        #expect(reading.frames.map(\.bytes) == [picture, picture])
    }

    @Test func selection() throws {
        let scratch = try SequenceTests.drive((0..<10).map { "\($0).jpg" })
        try scratch.write(
            (0..<10).map { "\(1_000_000_000_000 + $0 * 100_000_000),\($0).jpg\n" }.joined(), to: "data.csv")
        func ids(_ change: (inout FrameSelection) -> Void) throws -> [UInt64] {
            var selection = FrameSelection()
            change(&selection)
            return try Reading(SelectedSource(FrameInput.open(scratch.path), selection)).frames.map(\.header.id)
        }
        #expect(try ids { _ in } == Array(0..<10))
        #expect(try ids { $0.skip = 8 } == [8, 9])
        #expect(try ids { $0.every = 4 } == [0, 4, 8])
        #expect(try ids { $0.frames = 2 } == [0, 1])
        #expect(
            try ids {
                $0.start = 0.3; $0.duration = 0.25
            } == [3, 4, 5])
        #expect(
            try ids {
                $0.start = 0.3; $0.every = 3
            } == [3, 6, 9])
        #expect(
            try ids {
                $0.skip = 7; $0.loop = 2
            } == [7, 8, 9, 17, 18, 19])
        #expect(
            try ids {
                $0.loop = 0; $0.frames = 23
            } == Array(0..<23))
        #expect(
            try ids {
                $0.skip = 99; $0.loop = 0
            } == [])
        #expect(
            try ids {
                $0.loop = 2; $0.duration = 0.2
            } == [0, 1, 3, 4])
        #expect(message { _ = try ids { $0.every = 0 } }.contains("--every"))
        let stream = try jpegs(3).flatMap { $0 }
        var timed = FrameSelection()
        timed.start = 1
        let path = try scratch.write(stream, to: "s.mjpeg")
        #expect(message { _ = try Reading(SelectedSource(FrameInput.open(path), timed)) }.contains("need times"))
        var looped = FrameSelection()
        looped.loop = 3
        #expect(try Reading(SelectedSource(FrameInput.open(path), looped)).frames.map(\.header.id) == Array(0..<9))
    }

    @Test func info() throws {
        let scratch = try SequenceTests.drive((0..<6).map { "\($0).jpg" })
        let steps: [Int64] = [0, 100, 200, 500, 500, 600]
        try scratch.write(
            steps.enumerated().map { "\(1_000_000_000_000 + $1 * 1_000_000),\($0).jpg\n" }.joined(), to: "data.csv")
        try scratch.write("broken", to: "5.jpg")
        let info = try StreamInfo(scanning: FrameInput.open(scratch.path))
        #expect(info.frames == 5 && info.timedFrames == 5 && info.hasDataLoss && !info.truncated)
        #expect(info.sizes.map { [$0.width, $0.height, $0.frames] } == [[32, 24, 5]])
        #expect(info.spanNanoseconds == 500_000_000)
        #expect(info.medianStepNanoseconds == 100_000_000)
        #expect(info.gaps.map(\.afterFrame) == [2] && info.gaps.map(\.nanoseconds) == [300_000_000])
        #expect(info.backwardSteps == 1)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(info.json.utf8)) as? [String: Any])
        #expect(
            json["frames"] as? Int == 5 && json["clock"] as? String == "capture" && json["corruptions"] as? Int == 1)
        #expect(info.report.contains("gaps: 1") && info.report.contains("32x24"))
        let stream = try StreamInfo(
            scanning: FrameInput.open(scratch.write(ascii("YUV4MPEG2 W2 H2 F10:1\nFRAME\n123456FRAME\n1"), to: "a.y4m"))
        )
        #expect(stream.truncated && stream.frames == 1 && stream.report.contains("clock: arrival"))
        #expect(stream.json.contains("\"frame_rate\":10,"))
    }

    @Test("mutated streams never crash, hang or take more memory than they have bytes", arguments: 0..<5)
    func mutations(kind: Int) throws {
        var random = SeededGenerator(label: "mutated streams \(kind)")
        let pictures = try jpegs(3)
        let thumbnail = try jpegs(1, size: "16x16")[0]
        var options = InputOptions()
        let stream: [UInt8]
        switch kind {
        case 0:
            stream = pictures.flatMap { MJPEGTests.withThumbnail($0, thumbnail) }
            options.format = .mjpeg
        case 1:
            stream = pictures.flatMap { MultipartTests.part($0, extra: "X-Timestamp: 12.5\r\n") }
            options.format = .multipart
        case 2:
            stream =
                ascii("YUV4MPEG2 W8 H6 F10:1 C420jpeg XYZ\n")
                + (0..<4).flatMap { ascii("FRAME XTS=\($0)\n") + [UInt8](repeating: 70, count: 72) }
            options.format = .y4m
        case 3:
            stream = try ffmpeg("-f lavfi -i testsrc=s=20x14:r=10 -frames:v 3 -f image2pipe -c:v png -")
            options.format = .png
        default: stream = pictures.flatMap { $0 } + ascii("YUV4MPEG2 --frame\r\n")
        }
        let scratch = try Scratch()
        for _ in 0..<300 {
            let bytes = Self.mutated(stream, &random)
            let path = try scratch.write(bytes, to: "s")
            guard let source = try? FrameInput.open(path, options: options) else { continue }
            let reading = try Reading(source)
            #expect(reading.capacity <= max(2 << 20, 4 * bytes.count))
        }
    }

    static func mutated(_ stream: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = stream
        for _ in 0...Int.random(in: 0..<8, using: &random) {
            guard !bytes.isEmpty else { return [0] }
            let at = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0..<200, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes[at] = 0xFF
            case 3: bytes.removeSubrange(at..<end)
            case 4: bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
            default: bytes.removeLast(bytes.count - end)
            }
        }
        return bytes
    }
}
