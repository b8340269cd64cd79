import CAllocationCounter
import Foundation
import FrameIO
import Testing

/// Counts heap allocations with the process's own interposed malloc. Runs in a process of its own, as the counter sees
/// every thread.
@Suite struct AllocationTests {
    @Test func loopsAllocateNothingOutsideTheCodecs() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            guard dh_allocation_counter_active() else { Self.fail("the allocation counter is not active") }
            do {
                try Self.checkSources()
                try Self.checkSinks()
                try Self.checkRecords()
                try Self.checkRecording()
                Self.say("nothing allocated")
            } catch {
                Self.fail("\(error)")
            }
        }
        // The verdict comes as text, as a failed exit status would hide the reason.
        let verdict = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(verdict.contains("AllocationTests: nothing allocated"), "\(verdict)")
    }

    static func fail(_ reason: String) -> Never {
        say(reason)
        exit(0)
    }

    static func say(_ text: String) { FileHandle.standardError.write(Data("AllocationTests: \(text)\n".utf8)) }

    static var allocations: UInt64 {
        var outside: UInt64 = 0
        dh_allocation_counts(&outside, nil)
        return outside
    }

    static func checkSources() throws {
        let scratch = try Scratch()
        // Pictures of different bytes and sizes, many times over.
        let pictures = try jpegs(4) + jpegs(4, size: "64x48")
        let many = (0..<40).flatMap { _ in pictures }
        let png = try ffmpeg("-f lavfi -i testsrc=s=40x30:r=10 -frames:v 60 -f image2pipe -c:v png -")
        let y4m = try ffmpeg("-f lavfi -i testsrc=s=320x240:r=10 -frames:v 60 -pix_fmt yuv420p -f yuv4mpegpipe -")
        let raw = try ffmpeg("-f lavfi -i testsrc=s=320x240:r=10 -frames:v 60 -pix_fmt rgb24 -f rawvideo -")
        for index in 0..<60 { try scratch.write(pictures[index % 8], to: "drive/\(index).jpg") }
        try scratch.write((0..<60).map { "\(1_000_000_000_000 + $0),\($0).jpg\n" }.joined(), to: "drive/data.csv")
        let layout = RawVideoLayout(pixelFormat: .rgb24, width: 320, height: 240)
        let inputs: [(String, InputOptions)] = [
            (try scratch.write(many.flatMap { $0 }, to: "a.mjpeg"), InputOptions()),
            (
                try scratch.write(many.flatMap { MultipartTests.part($0, extra: "X-Timestamp: 1.5\r\n") }, to: "a.mp"),
                InputOptions()
            ),
            (try scratch.write(png, to: "pngs"), InputOptions()), (try scratch.write(y4m, to: "a.y4m"), InputOptions()),
            (try scratch.write(raw, to: "a.raw"), InputOptions(format: .raw, raw: layout)),
            (scratch.file("drive"), InputOptions()),
            (try Recording.path("Image-rgb8-lz4-small-chunks"), InputOptions()),
            (try Recording.path("Image-rgb8-zstd-unchunked"), InputOptions()),
            (try Recording.path("CompressedImage-png-zstd"), InputOptions()),
            (try Recording.path("foxglove.CompressedImage-json-lz4-jpeg"), InputOptions()),
            (try Recording.path("foxglove.RawImage-protobuf-zstd-yuyv"), InputOptions()),
        ]
        for (path, options) in inputs {
            var selection = FrameSelection()
            selection.loop = path.hasSuffix(".mcap") ? 60 : 3
            let source = try SelectedSource(FrameInput.open(path, options: options, stop: StopSignal()), selection)
            let decoder = try ImageDecoder()
            var frame = FrameBuffer()
            var image = DecodedImage()
            var before: UInt64 = 0
            var count = 0
            while try source.next(into: &frame) == .frame {
                try decoder.decode(frame, into: &image)
                count += 1
                if count == 30 { before = allocations }
            }
            let made = allocations - before
            guard count > 150, made == 0 else { fail("\(path): \(made) allocations in \(count - 30) frames") }
        }
    }

    static func checkSinks() throws {
        let scratch = try Scratch()
        let labels = [UInt8](repeating: 3, count: 64 * 48)
        let scores = [Float](repeating: 0.5, count: 64 * 48)
        let picture = [UInt8](repeating: 99, count: 64 * 48 * 3)
        let names = NameTable((0..<60).map { "picture-\($0)" })
        let digest = DigestSink()
        for target in ["stream.", "folder/"] {
            for format in OutputFormat.allCases {
                let options = OutputOptions(
                    format: format, names: names, frameRate: FrameRate("10"), inBandTimes: true, palette: [1, 2, 3])
                let place = OutputTarget(scratch.file(target + (target.hasSuffix("/") ? "" : format.name)))
                let labelSink =
                    OutputKind.labels.formats.contains(format) ? try LabelMapSink(place, options: options) : nil
                let scoreSink =
                    OutputKind.scores.formats.contains(format) ? try ScoreMapSink(place, options: options) : nil
                let pictureSink =
                    OutputKind.pictures.formats.contains(format) ? try PictureSink(place, options: options) : nil
                var before: UInt64 = 0
                for index in 0..<60 {
                    let header = FrameHeader(
                        id: UInt64(index), captureNanoseconds: 5, payload: .jpeg, width: 64, height: 48, byteCount: 1,
                        nameIndex: Int32(index))
                    try labelSink?.write(labels, width: 64, height: 48, of: header)
                    try scoreSink?.write(scores, width: 64, height: 48, of: header)
                    try pictureSink?.write(picture, width: 64, height: 48, of: header)
                    digest.write(labels, width: 64, height: 48)
                    if index == 4 { before = allocations }
                }
                let made = allocations - before
                guard made == 0 else { fail("\(target)\(format.name): \(made) allocations in 55 frames") }
            }
        }
    }

    static func checkRecording() throws {
        let scratch = try Scratch()
        let labels = [UInt8](repeating: 3, count: 200 * 100)
        let scores = [Float](repeating: 0.5, count: 200 * 100)
        let picture = [UInt8](repeating: 99, count: 200 * 100 * 3)
        for compression in McapCompression.allCases {
            var options = RecordingOptions()
            options.compression = compression
            let sink = try RecordingSink(path: scratch.file("a.mcap"), options: options, fields: [])
            var before: UInt64 = 0
            for index in 0..<120 {
                let header = FrameHeader(
                    id: UInt64(index), captureNanoseconds: 5, payload: .jpeg, width: 200, height: 100, byteCount: 1)
                sink.write(.openSet, labels, width: 200, height: 100, of: header)
                sink.write(scores: scores, width: 200, height: 100, of: header)
                try sink.write(overlay: picture, width: 200, height: 100, of: header)
                try sink.end(FrameRecord(header, status: .delivered))
                if index == 40 { before = allocations }
            }
            let made = allocations - before
            guard made == 0 else { fail("recording \(compression.name): \(made) allocations in 79 frames") }
            try sink.finish(fields: [])
        }
    }

    static func checkRecords() throws {
        let scratch = try Scratch()
        let meta = try FrameMetaWriter(path: scratch.file("meta"))
        let times = try FrameTimesWriter(path: scratch.file("times"))
        let progress = try ProgressWriter(scratch.file("progress"))
        let regions = (0..<20).map { column in
            RegionRecord(
                x: column, y: 1, width: 2, height: 3, area: 4, maxScore: 0.123, centroidX: 0.5, centroidY: 2,
                distance: .metres(12))
        }
        let record = TextTests.record
        var before: UInt64 = 0
        for index in 0..<60 {
            try regions.withUnsafeBufferPointer { try meta.write(record, regions: $0) }
            try times.write(record)
            progress.add("frame", index)
            progress.add("fps", 12.75)
            try progress.flush(isLast: false)
            if index == 4 { before = allocations }
        }
        let made = allocations - before
        guard made == 0 else { fail("records: \(made) allocations in 55 frames") }
    }
}
