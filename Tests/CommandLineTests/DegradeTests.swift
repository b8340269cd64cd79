import Foundation
import Testing

/// The degradation ladder and the decisions of a run, by the command line.
@Suite struct DegradeTests {
    /// Whatever the machine makes of the budget, following the decisions gives the same maps and the same records.
    @Test func aRunIsFollowedByItsDecisions() throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.y4m")
        let live = try densehybrid(
            [
                "replay", clip, "--loop", "6", "--rate", "4", "--budget-ms", "40", "--on-late", "degrade",
                "--decisions",
                "decisions.jsonl", "--meta", "live.jsonl", "--summary", "summary.json",
            ] + Program.small, in: scratch)
        #expect(live.code == 0, "\(live.error)")
        #expect(live.error.contains("ladder: full > size 128x64 > every 2 > hold > unknown"), "\(live.error)")
        #expect(live.error.contains("queue latest depth 1, budget 40.0 ms, late frames: degrade"), "\(live.error)")
        #expect(live.error.contains("quality: full "), "\(live.error)")
        let summary = try Summary(scratch)
        let quality = try #require(summary.object["quality"] as? [[String: Any]])
        #expect(quality.compactMap { $0["delivered"] as? Int }.reduce(0, +) == summary.delivered)
        #expect(quality.count == 5 && quality.last?["rung"] as? String == "unknown")
        #expect((summary.object["queue"] as? [String: Any])?["policy"] as? String == "latest")
        #expect(try scratch.lines("decisions.jsonl").count == 6 * Clips.frames + 2)

        let digest = try summary.text("digest")
        let desk = try densehybrid(
            [
                "replay", clip, "--loop", "6", "--decisions", "decisions.jsonl", "--verify", digest, "--meta",
                "desk.jsonl",
            ] + Program.small, in: scratch)
        #expect(desk.code == 0, "\(desk.error)")
        #expect(try outcomes(scratch, "desk.jsonl") == outcomes(scratch, "live.jsonl"))

        let other = try densehybrid(
            ["replay", clip, "--loop", "6", "--decisions", "decisions.jsonl", "--skip", "1"] + Program.small,
            in: scratch)
        #expect(other.code == 2, "replay has no --skip")
        let fewer = try densehybrid(
            ["replay", clip, "--decisions", "decisions.jsonl"] + Program.small, in: scratch)
        #expect(fewer.code == 1 && fewer.error.contains("the source ended after \(Clips.frames)"), "\(fewer.error)")
        let score = try densehybrid(
            ["replay", clip, "--decisions", "decisions.jsonl", "--score", "generative"] + Program.small, in: scratch)
        #expect(score.code == 2 && score.error.contains("use --score densehybrid"), "\(score.error)")
    }

    /// Computed at two sizes, held and unknown in turn, with all outputs.
    @Test func degradedFramesAllocateNothing() throws {
        var counts: [Double] = []
        // Dispatch may start a thread late where the machine is busy: what our code allocates, it allocates every time.
        while counts.count < 3, counts.min() ?? 1 > 0.05 {
            let scratch = try Scratch()
            let live = try stream(
                [
                    "replay", try Clips.path("clip.y4m"), "--rate", "1000", "--budget-ms", "60000", "--on-late",
                    "degrade", "--decisions",
                    "live.jsonl",
                ], in: scratch)
            #expect(live.code == 0, "\(live.error)")
            let header = try #require(try scratch.lines("live.jsonl").first)
            let answers = [
                #""computed","quality_level":0"#, #""held","quality_level":3"#, #""computed","quality_level":1"#,
                #""unknown","quality_level":4"#, #""held","quality_level":2"#,
            ]
            let lines = (0..<12 * Clips.frames).map { #"{"frame_id":\#($0),"decision":\#(answers[$0 % 5])}"# }
            try scratch.write(
                Data(([header] + lines).joined(separator: "\n").utf8) + Data("\n".utf8), to: "edited.jsonl")
            let finished = try stream(
                [
                    "replay", try Clips.path("clip.mjpeg"), "--loop", "12", "--warmup", "16", "--decisions",
                    "edited.jsonl", "--openset",
                    "maps/",
                    "--overlay", "overlay.mjpeg", "--meta", "meta.jsonl",
                ], in: scratch)
            #expect(finished.code == 0, "\(finished.error)")
            let summary = try Summary(scratch)
            let quality = try #require(summary.object["quality"] as? [[String: Any]])
            #expect(quality.allSatisfy { $0["delivered"] as? Int ?? 0 > 15 }, "\(quality)")
            counts.append(try summary.number("allocations_per_frame"))
        }
        #if DEBUG
            #expect(counts.allSatisfy { $0 >= 0 })
        #else
            #expect(counts.min() ?? 1 <= 0.05, "\(counts) a frame")
        #endif
    }

    /// Fate, rung and source of each frame.
    private func outcomes(_ scratch: Scratch, _ name: String) throws -> [[String]] {
        try scratch.lines(name).map { line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            return ["frame_id", "status", "at", "reason", "quality_level", "valid", "source_frame_id"].map { key in
                object[key].map { "\($0)" } ?? "-"
            }
        }
    }

    @Test func degradingNeedsABudgetAndAPace() throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.y4m")
        let budget = try densehybrid(["run", clip, "--on-late", "degrade"] + Program.small, in: scratch)
        #expect(budget.code == 2 && budget.error.contains("--budget-ms"), "\(budget.error)")
        let pace = try densehybrid(
            ["replay", clip, "--budget-ms", "9", "--on-late", "degrade"] + Program.small, in: scratch)
        #expect(pace.code == 2 && pace.error.contains("--pace realtime"), "\(pace.error)")
    }

    @Test func faultyLaddersAreOneLine() throws {
        let scratch = try Scratch()
        try scratch.write(Data("ladder: [full, {size: 100x64}]\nbudget_ms: 50\non_late: degrade\n".utf8), to: "p.yaml")
        for verb in [["run", try Clips.path("clip.y4m")], ["check"]] {
            let faulty = try densehybrid(verb + ["--pipeline", "p.yaml"] + Program.small, in: scratch)
            #expect(faulty.code == 2 && faulty.error.contains("multiples of 16"), "\(faulty.error)")
        }
    }

    @Test func theCheckSaysWhatTheLadderTakes() throws {
        let scratch = try Scratch()
        try scratch.write(Data("ladder: [full, {size: 128x64}, hold]\n".utf8), to: "p.yaml")
        let check = try densehybrid(["check", "--pipeline", "p.yaml"] + Program.small, in: scratch)
        #expect(check.code == 0 && check.output.count > 0, "\(check.error)")
        let text = String(decoding: check.output, as: UTF8.self)
        #expect(text.contains("1 size 128x64: arena") && text.contains("3 unknown"), "\(text)")
    }
}
