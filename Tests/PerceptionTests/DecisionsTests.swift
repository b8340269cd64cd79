import Foundation
import FrameIO
import OpenSet
import Streaming
import Testing

@testable import Perception

/// Degraded answers, and runs that follow the decisions of another.
@Suite struct DecisionsTests {
    private static let pixels = 64 * 32

    /// Runs a clip of noise, by the decisions in `lines` (without the header) if given.
    private func run(
        _ scratch: Scratch, frames: Int, decisions lines: [String]? = nil, seed: UInt64 = 7,
        source: (any FrameSource)? = nil,
        edit: (inout PerceptionRun) throws -> Void = { _ in }
    ) throws -> RunResult {
        var outputs = OutputRequest()
        outputs.openSet = scratch.file("openset.raw")
        outputs.labels = scratch.file("labels.raw")
        outputs.scoreMap = scratch.file("score.raw")
        outputs.overlay = scratch.file("overlay.raw")
        outputs.meta = scratch.file("meta.jsonl")
        outputs.frameTimes = scratch.file("times.csv")
        outputs.format = .raw
        var settings = try TestModel.settings()
        settings.ladder = try PipelineFile().ladder(for: settings)
        var run = PerceptionRun(
            settings: settings, outputs: outputs, stream: StreamConfiguration(queue: .block, onLate: .finish),
            onCorrupt: .skip)
        if let lines {
            let header = DecisionsHeader(settings, run.stream, onCorrupt: .skip, source: "noise").json
            let path = try scratch.write(
                ([header] + lines).joined(separator: "\n") + "\n", to: "decisions.jsonl")
            run.follows = try DecisionsFile(path: path)
        }
        try edit(&run)
        return try run.run(
            try source ?? noise(frames: frames, in: scratch, seed: seed), control: PipelineControl(),
            messages: MessageSink(clock: { MonotonicTime.now() }) { _ = try? scratch.write($0, to: "message.txt") })
    }

    private static let script = [
        #"{"frame_id":0,"decision":"held","quality_level":3,"source_frame_id":0}"#,
        #"{"frame_id":1,"decision":"computed","quality_level":0}"#,
        #"{"frame_id":2,"decision":"held","quality_level":3,"source_frame_id":1}"#,
        #"{"frame_id":3,"decision":"computed","quality_level":1}"#,
        #"{"frame_id":4,"decision":"dropped","quality_level":0,"at":"admission","reason":"superseded"}"#,
        #"{"frame_id":5,"decision":"held","quality_level":2,"source_frame_id":3}"#,
        #"{"frame_id":6,"decision":"unknown","quality_level":4}"#,
        #"{"frame_id":7,"decision":"computed","quality_level":2}"#,
    ]

    private func maps(_ scratch: Scratch, _ name: String, bytes: Int = 1) throws -> [Data] {
        let data = try scratch.bytes(name)
        let size = Self.pixels * bytes
        try #require(data.count % size == 0)
        return (0..<data.count / size).map { Data(data[$0 * size..<($0 + 1) * size]) }
    }

    @Test func heldAndUnknownMapsAreWhatTheySay() throws {
        let scratch = try Scratch()
        let result = try run(scratch, frames: 8, decisions: Self.script)
        #expect(result.exitCode == 0 && result.summary.ledger.delivered == 7)
        let openSet = try maps(scratch, "openset.raw")
        let labels = try maps(scratch, "labels.raw")
        let scores = try maps(scratch, "score.raw", bytes: 4)
        let overlays = try maps(scratch, "overlay.raw", bytes: 3)
        for list in [openSet, labels, scores, overlays] {
            // Delivered are the frames 0, 1, 2, 3, 5, 6, 7.
            try #require(list.count == 7)
            #expect(list[2] == list[1] && list[4] == list[3] && list[0] == list[5])
            #expect(Set([list[0], list[1], list[3], list[6]]).count == 4)
        }
        let classes = UInt8(try TestModel.network().bundle.description.classes.count)
        // Nothing could be held for the first frame, and the sixth was unknown.
        #expect(openSet[0].allSatisfy { $0 == classes } && labels[5].allSatisfy { $0 == 255 })
        scores[5].withUnsafeBytes { bytes in
            #expect(bytes.bindMemory(to: Float.self).allSatisfy { $0 == .infinity })
        }
        #expect(Set(overlays[5]).count <= 3, "one colour")

        let lines = try scratch.lines("meta.jsonl").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines.map { $0["quality_level"] as? Int } == [4, 0, 3, 1, 0, 2, 4, 2])
        #expect(lines.map { $0["valid"] as? Bool } == [false, true, true, true, false, true, false, true])
        #expect(lines.map { $0["source_frame_id"] as? Int } == [nil, 1, 1, 3, nil, 3, nil, 7])
        let ages = lines.map { $0["age_ms"] as? Double }
        #expect(ages.map { $0 == nil } == [true, false, false, false, true, false, true, false])
        let fractions = lines.map { $0["anomaly_fraction"] as? Double }
        #expect(fractions[2] == fractions[1] && fractions[5] == fractions[3] && fractions[6] == nil)
        #expect((lines[5]["stage_us"] as? [String: Double]).map { Set($0.keys) } == ["write"])
        let table = try scratch.lines("times.csv")
        #expect(table[0].hasSuffix(",quality_level,status,age_ms,valid,source_frame_id"))
        #expect(table[1].hasSuffix(",4,delivered,,false,") && table[3].hasSuffix(",true,1"))

        let summary = try JSONSerialization.jsonObject(with: Data(RunSummary(result).json.utf8)) as? [String: Any]
        let quality = try #require(summary?["quality"] as? [[String: Any]])
        #expect(quality.map { $0["rung"] as? String } == ["full", "size 128x64", "every 2", "hold", "unknown"])
        #expect(quality.map { $0["delivered"] as? Int } == [1, 1, 2, 1, 2])
        #expect(quality.map { $0["computed"] as? Int } == [1, 1, 1, 0, 0])
        #expect(RunSummary(result).table.contains("queue: block, depth 2"))
    }

    @Test func framesOfAllRungsAtFullQualityHaveTheOldDigest() throws {
        let scratch = try Scratch()
        let plain = try perceive(try noise(frames: 4, in: scratch), try TestModel.settings())
        let laddered = try run(scratch, frames: 4)
        #expect(laddered.digest == plain.digest)
    }

    @Test func aHeldMapIsOlderThanTheFrame() throws {
        let scratch = try Scratch()
        _ = try run(scratch, frames: 8, decisions: Self.script) { run in
            // The sink is slow, so that ages differ by more than the clock's grain.
            run.settings.stageDelays[.write] = 5_000_000
        }
        let ages = try scratch.lines("meta.jsonl").map { line -> Double? in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return object?["age_ms"] as? Double
        }
        #expect(try #require(ages[2]) >= #require(ages[1]) + 5)
        #expect(try #require(ages[5]) >= #require(ages[3]) + 5)
    }

    /// Every frame takes longer than the budget, however fast the machine: the ladder goes down. Following the decisions
    /// without the load gives the same maps and fates.
    @Test func anOverloadedRunIsReproducedBitForBit() throws {
        let scratch = try Scratch()
        let source = try StopsWhenHeld(repeated(scratch), decisions: scratch.file("live.jsonl"))
        let live = try run(scratch, frames: 6, source: source) { run in
            run.outputs.decisions = scratch.file("live.jsonl")
            run.stream = StreamConfiguration(queue: .latest, budgetNanoseconds: 60_000_000, onLate: .degrade)
            run.settings.stageDelays[.backbone] = 80_000_000
        }
        let ledger = live.summary.ledger
        #expect(source.hasSeenHeld, "no frame was held among \(ledger.framesIn)")
        #expect(ledger.quality(level: 3).delivered > 0 && live.exitCode == 0)
        let meta = try scratch.lines("meta.jsonl").map(Self.answer)
        let lines = try scratch.lines("live.jsonl")
        let frames = Int(ledger.framesIn)
        #expect(lines.count == frames + 2 && lines[0].contains("\"densehybrid_decisions\":1"))
        #expect(lines[frames + 1].contains(live.digest))
        for (depth, threads) in [(1, 1), (3, 2)] {
            let desk = try run(scratch, frames: 6, source: repeated(scratch, frames: frames)) { run in
                run.follows = try DecisionsFile(path: scratch.file("live.jsonl"))
                run.stream = StreamConfiguration(queue: .block, queueDepth: depth, onLate: .finish)
                var settings = try TestModel.settings(threads: threads)
                settings.maps = run.settings.maps
                run.settings = settings
            }
            #expect(desk.digest == live.digest && desk.isFaithful && desk.exitCode == 0)
            #expect(try scratch.lines("meta.jsonl").map(Self.answer) == meta)
        }
    }

    /// Six frames again and again.
    private func repeated(_ scratch: Scratch, frames: Int? = nil) throws -> any FrameSource {
        var selection = FrameSelection()
        selection.loop = 0
        selection.frames = frames
        return try SelectedSource(try noise(frames: 6, in: scratch), selection)
    }

    /// What must be the same in both runs.
    private static func answer(_ line: String) throws -> [String] {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let keys = [
            "frame_id", "status", "at", "reason", "quality_level", "valid", "source_frame_id", "anomaly_fraction",
            "anomaly_max_score",
        ]
        return keys.map { key in object[key].map { "\($0)" } ?? "-" }
    }

    @Test func otherFramesAreRefused() throws {
        let scratch = try Scratch()
        let few = try run(scratch, frames: 5, decisions: Self.script)
        #expect(few.exitCode == 1)
        #expect(String(decoding: try scratch.bytes("message.txt"), as: UTF8.self).contains("tells of 8 frames"))
        let shifted = try run(
            scratch, frames: 8, decisions: Self.script.map { $0.replacing(#""frame_id":3"#, with: #""frame_id":9"#) })
        #expect(shifted.exitCode == 1)
        #expect(String(decoding: try scratch.bytes("message.txt"), as: UTF8.self).contains("frame 9 at place 3"))
        let more = try run(scratch, frames: 12, decisions: Self.script)
        #expect(more.exitCode == 0 && more.summary.ledger.framesIn == 8, "the run ends where the one before did")
        // The right numbers, but other pictures.
        let right = try run(scratch, frames: 8, decisions: Self.script)
        let end = #"{"frames":8,"openset_digest":"\#(right.digest)"}"#
        #expect(try run(scratch, frames: 8, decisions: Self.script + [end]).exitCode == 0)
        let other = try run(scratch, frames: 8, decisions: Self.script + [end], seed: 8)
        #expect(other.exitCode == 1 && !other.isFaithful)
    }

    @Test func anotherModelIsRefused() throws {
        let scratch = try Scratch()
        let error = #expect(throws: ModelError.self) {
            try run(scratch, frames: 8, decisions: Self.script) { run in
                run.settings = try TestModel.settings(score: "generative")
            }
        }
        let message = error?.description ?? ""
        #expect(message.contains("--score densehybrid") && message.contains("decisions.jsonl"), "\(message)")
    }

    @Test(
        arguments: [
            ("", "no decisions file"), ("{}\n", "no decisions file"),
            (#"{"frame_id":0,"decision":"computed","quality_level":5}"#, ":2: not a decision"),
            (#"{"frame_id":0,"decision":"computed","quality_level":3}"#, ":2: not a decision"),
            (#"{"frame_id":0,"decision":"dropped","quality_level":0,"at":"moon","reason":"superseded"}"#, ":2:"),
            (#"{"frame_id":0,"decision":"lost","quality_level":0}"#, ":2: not a decision"),
            ("nonsense", ":2: not a decision"),
        ])
    func faultyFiles(text: String, complaint: String) throws {
        let scratch = try Scratch()
        var settings = try TestModel.settings()
        settings.ladder = try PipelineFile().ladder(for: settings)
        let header = DecisionsHeader(settings, .live, onCorrupt: .skip, source: "x").json
        let isBare = text.isEmpty || text.hasSuffix("\n")
        let path = try scratch.write(isBare ? text : "\(header)\n\(text)\n", to: "faulty.jsonl")
        let error = #expect(throws: ModelError.self) { try DecisionsFile(path: path) }
        let message = error?.description ?? ""
        #expect(message.contains(complaint) && message.contains("faulty.jsonl"), "\(message)")
    }

    @Test(arguments: [Float.infinity, -Float.infinity])
    func aThresholdMayBeInfinite(threshold: Float) throws {
        let scratch = try Scratch()
        var settings = try TestModel.settings()
        settings.threshold = try Threshold(threshold)
        let header = DecisionsHeader(settings, .live, onCorrupt: .skip, source: "x")
        let file = try DecisionsFile(path: try scratch.write(header.json + "\n", to: "infinite.jsonl"))
        #expect(file.header.threshold == threshold)
    }

    @Test func aLineThatWasCutIsLeftOut() throws {
        let scratch = try Scratch()
        let header = DecisionsHeader(try TestModel.settings(), .live, onCorrupt: .skip, source: "x").json
        let line = #"{"frame_id":0,"decision":"computed","quality_level":0}"#
        let file = try DecisionsFile(
            path: try scratch.write("\(header)\n\(line)\n" + line.dropLast(9), to: "cut.jsonl"))
        #expect(file.frameIDs == [0] && file.digest == nil && file.ladder == nil)
    }
}

/// A camera that ends when the decisions on disk tell of three held frames, or after very many.
private final class StopsWhenHeld: FrameSource {
    private let source: any FrameSource
    private let decisions: String
    private var count = 0
    private(set) var hasSeenHeld = false

    init(_ source: any FrameSource, decisions: String) {
        self.source = source
        self.decisions = decisions
    }

    var properties: StreamProperties { source.properties }
    var names: NameTable? { source.names }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        usleep(10_000)
        count += 1
        let text = (try? String(contentsOfFile: decisions, encoding: .utf8)) ?? ""
        hasSeenHeld = text.split(separator: "\"held\"").count > 3
        return hasSeenHeld || count > 3000 ? .end(truncated: false) : try source.next(into: &frame)
    }

    func rewind() throws(FrameIOError) -> Bool { false }
}
