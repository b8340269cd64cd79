import Foundation
import FrameIO
import Streaming
import Testing

@testable import Perception

/// The flight recorder over a real pipeline whose stages lose time.
@Suite struct WorstFramesTests {
    private struct Ranking: Decodable { let slowest_first: [String] }

    private func record(
        _ scratch: Scratch, frames: Int, count: Int, overlay: Bool = false, interval: Double = 5
    ) throws -> (ranking: [String], totals: [UInt64: Double]) {
        let folder = scratch.file("worst")
        let worst = try WorstFrames(
            WorstRequest(count: count, folder: folder, overlay: overlay), interval: interval, messages: { _ in })
        var outputs = OutputRequest()
        outputs.meta = scratch.file("meta.jsonl")
        var run = PerceptionRun(
            settings: try TestModel.settings(), outputs: outputs,
            stream: StreamConfiguration(queue: .block, warmupFrames: 2), onCorrupt: .skip)
        run.observers = [worst]
        _ = try run.run(
            try noise(frames: frames, in: scratch), control: PipelineControl(),
            messages: MessageSink(clock: { MonotonicTime.now() }, print: { _ in }))
        #expect(worst.finish() == nil)
        var totals: [UInt64: Double] = [:]
        for line in try scratch.lines("meta.jsonl") {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            totals[try #require(object["frame_id"] as? UInt64)] = try #require(object["total_us"] as? Double)
        }
        let ranking = try JSONDecoder().decode(Ranking.self, from: try scratch.bytes("worst/worst.json"))
        return (ranking.slowest_first, totals)
    }

    private func object(_ scratch: Scratch, _ name: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: try scratch.bytes(name)) as? [String: Any])
    }

    @Test(arguments: [5.0, 0.002]) func theSlowestFramesAreKeptWhole(interval: Double) throws {
        let scratch = try Scratch()
        let (ranking, totals) = try record(scratch, frames: 14, count: 3, overlay: true, interval: interval)
        // Two frames of warm-up are left out.
        let slowest = totals.filter { $0.key >= 2 }.sorted { $0.value > $1.value }.prefix(3)
        let names = slowest.map { "frame-" + String(repeating: "0", count: 6 - "\($0.key)".count) + "\($0.key)" }
        #expect(ranking == names)
        let folder = try FileManager.default.contentsOfDirectory(atPath: scratch.file("worst")).sorted()
        #expect(folder == names.sorted() + ["worst.json"], "nothing else is left")
        for (name, (id, total)) in zip(names, slowest) {
            let frame = try object(scratch, "worst/\(name)/frame.json")
            let record = try #require(frame["frame"] as? [String: Any])
            #expect(record["frame_id"] as? UInt64 == id && record["total_us"] as? Double == total)
            let stages = try #require(frame["stages"] as? [[String: Any]])
            #expect(stages.map { $0["stage"] as? String } == StageName.allCases.map(\.description))
            let spent = stages.reduce(0.0) { $0 + ($1["wait_us"] as? Double ?? 0) + ($1["compute_us"] as? Double ?? 0) }
            #expect(abs(spent - total) < 1, "waits and works are all of its time")
            // The input as it came, without loss: raw rgb24 as PNG.
            var source = FrameBuffer()
            let png = try FrameInput.open(scratch.file("worst/\(name)/input.png"), options: InputOptions())
            guard case .frame = try png.next(into: &source) else {
                Issue.record("input.png of \(name) holds no picture")
                continue
            }
            var image = DecodedImage()
            try ImageDecoder().decode(source, into: &image)
            let decoded = image.view
            let view = try #require(decoded)
            let bytes = try scratch.bytes("noise-7.rgb")
            let size = 64 * 32 * 3, begin = Int(id) * size
            #expect(Data(bytes: view.plane0, count: size) == bytes[begin..<begin + size])
            #expect(FileManager.default.fileExists(atPath: scratch.file("worst/\(name)/overlay.png")))
            let trace = try JSONSerialization.jsonObject(with: try scratch.bytes("worst/\(name)/trace.json"))
            try checkTrace(try #require(trace as? [[String: Any]]), id: id, frames: 14)
        }
    }

    /// The frame and up to four on either side, each with a span for every stage, on the stage's own track.
    private func checkTrace(_ events: [[String: Any]], id: UInt64, frames: UInt64) throws {
        let spans = events.filter { $0["cat"] as? String == "stage" }
        let ids = Set(spans.compactMap { ($0["args"] as? [String: Any])?["frame"] as? UInt64 })
        #expect(ids == Set((id < 4 ? 0 : id - 4)...min(id + 4, frames - 1)))
        #expect(spans.count == ids.count * StageName.allCases.count)
        let names = events.filter { $0["name"] as? String == "thread_name" }
        #expect(names.count == StageName.allCases.count + 1, "a track for each stage and one for the door")
        for span in spans {
            let own = names.first { $0["tid"] as? Int == span["tid"] as? Int }?["args"] as? [String: Any]
            #expect(own?["name"] as? String == span["name"] as? String)
            #expect(span["ts"] is Double && span["dur"] is Double)
        }
    }

    @Test func aFrameThatCannotBeWrittenIsNotInTheList() throws {
        let scratch = try Scratch()
        let worst = try WorstFrames(
            WorstRequest(count: 50, folder: scratch.file("worst"), overlay: false), messages: { _ in })
        // A link to nothing: no folder takes its place.
        try FileManager.default.createSymbolicLink(
            atPath: scratch.file("worst/frame-000003"), withDestinationPath: scratch.file("nowhere"))
        var run = PerceptionRun(
            settings: try TestModel.settings(), outputs: OutputRequest(),
            stream: StreamConfiguration(queue: .block, warmupFrames: 0), onCorrupt: .skip)
        run.observers = [worst]
        _ = try run.run(
            try noise(frames: 5, in: scratch), control: PipelineControl(),
            messages: MessageSink(clock: { MonotonicTime.now() }, print: { _ in }))
        let failure = try #require(worst.finish())
        #expect(failure.contains("cannot write frame-000003") && failure.hasSuffix("Not a directory"), "\(failure)")
        let ranking = try JSONDecoder().decode(Ranking.self, from: try scratch.bytes("worst/worst.json"))
        let names = [0, 1, 2, 4].map { "frame-00000\($0)" }
        #expect(ranking.slowest_first.sorted() == names)
        let folder = try FileManager.default.contentsOfDirectory(atPath: scratch.file("worst")).sorted()
        #expect(folder == (names + ["frame-000003"]).sorted() + ["worst.json"], "nothing is left aside")
    }

    @Test func fewerFramesThanAskedFor() throws {
        let scratch = try Scratch()
        let (ranking, _) = try record(scratch, frames: 4, count: 50)
        #expect(ranking.count == 2)
        #expect(!FileManager.default.fileExists(atPath: scratch.file("worst/\(ranking[0])/overlay.png")))
    }

    @Test func aFolderThatCannotBeIsToldBeforeTheRun() throws {
        let scratch = try Scratch()
        try scratch.write("", to: "file")
        #expect(throws: ModelError.self) {
            try WorstFrames(
                WorstRequest(count: 1, folder: scratch.file("file/worst"), overlay: false), messages: { _ in })
        }
    }
}
