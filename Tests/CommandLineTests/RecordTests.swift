import Foundation
import Testing

/// What a run tells: summary, JSON lines, frame times, digest, gates.
@Suite struct RecordTests {
    private static let stages = ["decode", "normalize", "backbone", "heads", "score", "threshold", "fuse"]

    @Test func metaLinesAndFrameTimes() throws {
        let scratch = try Scratch()
        let finished = try stream(
            ["run", try Clips.path("clip.y4m"), "--meta", "-", "--frame-times", "times.csv"], in: scratch)
        #expect(finished.code == 0)
        let lines = finished.output.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == Clips.frames)
        for (number, line) in lines.enumerated() {
            let object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
            let keys = [
                "frame_id", "capture_ns", "arrival_ns", "status", "stage_us", "queue_wait_us", "total_us",
                "deadline_met", "quality_level", "age_ms", "valid", "source_frame_id", "anomaly_fraction",
                "anomaly_max_score", "regions",
            ]
            for key in keys { #expect(object[key] != nil, "no key '\(key)'") }
            #expect(object["frame_id"] as? Int == number && object["status"] as? String == "delivered")
            let times = try #require(object["stage_us"] as? [String: Double])
            #expect(Set(times.keys) == Set(Self.stages + ["write"]))
            let fraction = try #require(object["anomaly_fraction"] as? Double)
            #expect(0...1 ~= fraction)
            let spent = try #require(object["queue_wait_us"] as? Double) + times.values.reduce(0, +)
            let total = try #require(object["total_us"] as? Double)
            #expect(spent <= total + 1 && spent > 0)
        }
        let csv = try scratch.lines("times.csv")
        #expect(
            csv.first == "frame_id,capture_ns,arrival_ns,decode_us,normalize_us,backbone_us,heads_us,score_us,"
                + "threshold_us,fuse_us,write_us,queue_wait_us,total_us,quality_level,status,age_ms,valid,source_frame_id"
        )
        #expect(csv.count == Clips.frames + 1)
        for line in csv.dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            #expect(fields.count == 18 && fields[14] == "delivered")
            #expect(fields[3...12].allSatisfy { Double($0) != nil })
        }
    }

    @Test func summaryHasItsKeys() throws {
        let scratch = try Scratch()
        let finished = try stream(["run", try Clips.path("clip.y4m")], in: scratch)
        #expect(finished.code == 0 && finished.output.isEmpty)
        #expect(finished.error == "", "--quiet is quiet")
        let summary = try Summary(scratch)
        let statistics = ["n", "min_us", "mean_us", "p50_us", "p95_us", "p99_us", "max_us"]
        for name in Self.stages {
            let stage = try summary.stage(name)
            for key in statistics { #expect(stage[key] != nil, "\(name) lacks \(key)") }
            // Three frames of warm-up are left out.
            #expect(stage["n"] == Double(Clips.frames - 3))
            #expect(try #require(stage["min_us"]) <= #require(stage["p50_us"]))
            #expect(try #require(stage["p50_us"]) <= #require(stage["max_us"]))
        }
        let frame = try #require(summary.object["frame"] as? [String: Double])
        for key in statistics { #expect(frame[key] != nil, "frame lacks \(key)") }
        #expect(try summary.number("deadline_misses") == 0)
        #expect(try summary.number("peak_rss_mb") > 1)
        #expect(try summary.number("allocations_per_frame") >= 0)
        #expect(try summary.number("codec_allocations_per_frame") >= 0)
        #expect(try summary.text("digest").count == 64)
        #expect(try summary.text("model") == "espnetv2-densehybrid")
        #expect(try summary.text("model_digest").count == 64)
        #expect(try summary.text("precision") == "fp32")
        #expect(try summary.text("size") == "256x128")
        #expect(try !summary.text("isa").isEmpty)
        #expect(try summary.number("threads") == 1)
        #expect(try summary.text("score") == "densehybrid")
        #expect(try summary.number("threshold") == -3)
    }

    @Test func tableGoesToStandardError() throws {
        let scratch = try Scratch()
        let finished = try densehybrid(
            ["run", try Clips.path("clip.y4m"), "--summary", "-"] + Program.small, in: scratch)
        #expect(finished.code == 0)
        for stage in Self.stages { #expect(finished.error.contains(stage)) }
        #expect(finished.error.contains("8 in = 8 delivered + 0 dropped + 0 failed"))
        #expect(!finished.error.contains("\r"), "a progress line where standard error is no terminal")
        try scratch.write(finished.output, to: "summary.json")
        #expect(try Summary(scratch).delivered == Clips.frames)
    }

    @Test func digestIsVerified() throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.y4m")
        #expect(try stream(["replay", clip], in: scratch).code == 0)
        let digest = try Summary(scratch).text("digest")
        #expect(try stream(["replay", clip, "--verify", digest], in: scratch).code == 0)
        let wrong = String(repeating: "0", count: 64)
        let refused = try stream(["replay", clip, "--verify", wrong], in: scratch)
        #expect(refused.code == 1)
        #expect(refused.error.contains(digest) && refused.error.contains(wrong))
        let fewer = try stream(["replay", clip, "--verify", digest, "--frames", "7"], in: scratch)
        #expect(fewer.code == 1)
    }

    @Test func lateFramesTripTheGate() throws {
        let scratch = try Scratch()
        let arguments = [
            "replay", try Clips.path("clip.y4m"), "--budget-ms", "1", "--on-late", "finish", "--queue", "block",
        ]
        let gated = try stream(arguments + ["--fail-on", "late"], in: scratch)
        #expect(gated.code == 4)
        let summary = try Summary(scratch)
        #expect(summary.delivered == Clips.frames)
        #expect(try summary.number("deadline_misses") == Double(Clips.frames))
        #expect(try stream(arguments + ["--fail-on", "drop"], in: scratch).code == 0)
    }

    @Test func framesThatWillBeLateAreDroppedBeforeTheBackbone() throws {
        let scratch = try Scratch()
        let arguments = [
            "replay", try Clips.path("clip.y4m"), "--loop", "4", "--rate", "1000", "--budget-ms", "1", "--on-late",
            "drop", "--queue", "block", "--meta", "meta.jsonl",
        ]
        let finished = try stream(arguments + ["--fail-on", "drop"], in: scratch)
        #expect(finished.code == 4)
        let summary = try Summary(scratch)
        #expect(summary.framesIn == 4 * Clips.frames)
        #expect(summary.droppedTotal > 0 && summary.failed == 0)
        let early = ["decode:deadline", "normalize:deadline", "backbone:deadline"]
        #expect(summary.dropped.keys.allSatisfy(early.contains), "\(summary.dropped)")
        let dropped = try scratch.lines("meta.jsonl").filter { $0.contains("\"status\":\"dropped\"") }
        #expect(dropped.count == summary.droppedTotal)
        for line in dropped {
            #expect(line.contains("\"reason\":\"deadline\"") && !line.contains("\"heads\":"), "\(line)")
        }
    }

    /// A run so short that one allocation after its three frames of warm-up is seen, whatever it is of. The recorders are
    /// at work: every frame goes into a clip, and the slowest are kept.
    @Test(arguments: ["clip.mjpeg", "clip.y4m", "pictures"])
    func noAllocationInTheFirstFramesAfterWarmUp(input: String) throws {
        let outputs = [
            "--openset", "maps/", "--overlay", "overlay.mjpeg", "--meta", "meta.jsonl", "--record-if",
            "delivered and regions >= 0", "--record-memory-mb", "8", "--worst", "2",
        ]
        var counts: [Double] = []
        // Dispatch may start a thread late where the machine is busy: what our code allocates, it allocates every time.
        while counts.count < 3, counts.min() != 0 {
            let scratch = try Scratch()
            let finished = try stream(["replay", try Clips.path(input)] + outputs, in: scratch)
            #expect(finished.code == 0, "\(finished.error)")
            counts.append(try Summary(scratch).number("allocations_per_frame"))
        }
        #if DEBUG
            #expect(counts.allSatisfy { $0 >= 0 })
        #else
            #expect(counts.min() == 0, "\(counts) a frame")
        #endif
    }

    @Test func allocationsAfterWarmUp() throws {
        let scratch = try Scratch()
        let outputs = ["--openset", "maps/", "--overlay", "overlay.mjpeg", "--meta", "meta.jsonl"]
        for input in ["clip.mjpeg", "clip.y4m", "pictures"] {
            let finished = try stream(
                ["replay", try Clips.path(input), "--loop", "12", "--warmup", "16"] + outputs, in: scratch)
            #expect(finished.code == 0, "\(finished.error)")
            let count = try Summary(scratch).number("allocations_per_frame")
            #if DEBUG
                #expect(count >= 0)
            #else
                #expect(count <= 0.05, "\(input)")
            #endif
        }
    }
}
