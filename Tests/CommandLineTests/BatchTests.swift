import Foundation
import Testing

/// `replay --out` over several drives, and `merge` of what it leaves.
@Suite struct BatchTests {
    /// A folder of four drives with one clip each, in three formats; the folder of pictures has 8 frames like the rest.
    private func drives(in scratch: Scratch) throws -> String {
        for folder in ["drives/day1", "drives/day2/shots"] {
            try FileManager.default.createDirectory(atPath: scratch.file(folder), withIntermediateDirectories: true)
        }
        try scratch.write(try Clips.folder().bytes("clip.y4m"), to: "drives/day1/a.y4m")
        try scratch.write(try Clips.folder().bytes("clip.mjpeg"), to: "drives/day1/b.mjpeg")
        for (index, picture) in try Clips.pictures().enumerated() {
            try scratch.write(picture, to: "drives/day2/shots/\(index).jpg")
        }
        try scratch.write(try Clips.folder().bytes("clip.y4m"), to: "drives/day2/z.y4m")
        return "drives"
    }

    private let names = ["day1/a.y4m", "day1/b.mjpeg", "day2/shots", "day2/z.y4m"]
    private let outputs = ["--out", "results", "--openset", "maps/", "--meta", "meta.jsonl", "--warmup", "0"]

    private func batch(_ arguments: [String], in scratch: Scratch) throws -> Finished {
        try densehybrid(["replay", "drives"] + outputs + Program.small + arguments, in: scratch)
    }

    private func object(_ data: Data) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func manifest(_ name: String, in scratch: Scratch) throws -> [String: Any] {
        try object(try scratch.bytes("results/\(name)/manifest.json"))
    }

    /// When a segment's manifest was written: unchanged where the segment was kept.
    private func started(_ name: String, in scratch: Scratch) throws -> String {
        try #require(try manifest(name, in: scratch)["started"] as? String)
    }

    @Test func shardsTogetherAreTheWhole() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        for shard in 0..<3 {
            let finished = try batch(["--shard", "\(shard)/3"], in: scratch)
            #expect(finished.code == 0, "\(finished.error)")
        }
        for name in names {
            #expect(scratch.names("results/\(name)/maps").count == Clips.frames)
            #expect(try scratch.lines("results/\(name)/meta.jsonl").count == Clips.frames)
            let manifest = try manifest(name, in: scratch)
            #expect((manifest["frames"] as? [String: Any])?["delivered"] as? Int == Clips.frames)
            #expect(manifest["exit_code"] as? Int == 0 && manifest["segment"] as? String == name)
            // One drive alone gives the same maps.
            let alone = try stream(["replay", "drives/\(name)"], in: scratch)
            #expect(alone.code == 0)
            #expect(try Summary(scratch).text("digest") == manifest["digest"] as? String)
        }
        let merged = try densehybrid(["merge", "results", "--json"], in: scratch)
        #expect(merged.code == 0, "\(merged.error)")
        let report = try object(merged.output)
        #expect((report["frames"] as? [String: Any])?["delivered"] as? Int == 4 * Clips.frames)
        #expect((report["frame"] as? [String: Any])?["n"] as? Int == 4 * Clips.frames)
        #expect((report["digests"] as? [String: String])?.count == 4)
        // The merged extremes are those of the parts.
        let longest = try names.map { name in
            try #require((try manifest(name, in: scratch)["frame"] as? [String: Any])?["max_us"] as? Double)
        }.max()
        #expect((report["frame"] as? [String: Any])?["max_us"] as? Double == longest)
        #expect(scratch.unfinished.isEmpty)
    }

    @Test func resumeKeepsWhatIsDoneAndSaysWhyNot() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        #expect(try batch(["--shard", "0/2"], in: scratch).code == 0)
        let before = try started("day1/a.y4m", in: scratch)
        let listed = try batch(["--list", "--resume"], in: scratch)
        #expect(
            String(decoding: listed.output, as: UTF8.self)
                == "done\tday1/a.y4m\nopen\tday1/b.mjpeg\ndone\tday2/shots\nopen\tday2/z.y4m\n")
        // The drive's time changes, its bytes do not: it is kept. Another one is cut: it is done again.
        try scratch.write(try scratch.bytes("drives/day1/a.y4m"), to: "drives/day1/a.y4m")
        try FileManager.default.removeItem(atPath: scratch.file("drives/day2/shots/7.jpg"))
        let resumed = try batch(["--resume"], in: scratch)
        #expect(resumed.code == 0, "\(resumed.error)")
        #expect(try started("day1/a.y4m", in: scratch) == before)
        #expect(resumed.error.contains("day2/shots: done again, the drive has changed"), "\(resumed.error)")
        #expect(scratch.names("results/day2/shots/maps").count == Clips.frames - 1)
        let other = try batch(["--resume", "--every", "2"], in: scratch)
        #expect(other.code == 0)
        #expect(other.error.contains("day1/a.y4m: done again, every is '2', was '1'"), "\(other.error)")
        #expect(scratch.names("results/day1/a.y4m/maps").count == Clips.frames / 2)
    }

    @Test func aKilledWorkerLosesNothingThatWasDone() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        // Each drive has 400 frames: the worker is killed in the second.
        let running = try Running(
            ["replay", "drives"] + outputs + Program.small + ["--loop", "400", "--frames", "400"], in: scratch)
        #expect(running.wait { scratch.names("results/day1/.b.mjpeg.partial/maps").count > 2 })
        running.send(SIGKILL)
        #expect(try running.finish().crashed)
        #expect(scratch.names("results/day1") == [".b.mjpeg.partial", "a.y4m"])
        let merged = try densehybrid(["merge", "results", "--json"], in: scratch)
        #expect(merged.code == 3, "segments are missing")
        let segments = try #require(try object(merged.output)["segments"] as? [String: Any])
        #expect(segments["missing"] as? [String] == Array(names.dropFirst()))
        let before = try started("day1/a.y4m", in: scratch)
        let resumed = try batch(["--loop", "400", "--frames", "400", "--resume"], in: scratch)
        #expect(resumed.code == 0, "\(resumed.error)")
        #expect(try started("day1/a.y4m", in: scratch) == before)
        #expect(scratch.names("results/day1") == ["a.y4m", "b.mjpeg"])
        #expect(try densehybrid(["merge", "results"], in: scratch).code == 0)
    }

    @Test func aSignalLeavesNoHalfSegment() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        let running = try Running(
            ["replay", "drives"] + outputs + Program.small + ["--loop", "0"], in: scratch)
        #expect(running.wait { scratch.names("results/day1/.a.y4m.partial/maps").count > 2 })
        running.send(SIGTERM)
        let finished = try running.finish(20)
        #expect(finished.code == 1 && finished.error.contains("interrupted"), "\(finished.error)")
        #expect(scratch.names("results/day1").isEmpty)
    }

    @Test func lossIsListed() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        var pictures = try Clips.pictures()
        pictures[3] = try Clips.damaged(pictures[3])
        try scratch.write(pictures.reduce(Data(), +), to: "drives/day1/b.mjpeg")
        for arguments in [[], ["--resume"]] {
            let finished = try batch(arguments, in: scratch)
            #expect(finished.code == 3)
            #expect(finished.error.contains("input was lost in day1/b.mjpeg\n"), "\(finished.error)")
        }
        try scratch.write(Data("YUV4MPEG2 W0".utf8), to: "drives/day2/z.y4m")
        let failed = try batch(["--resume"], in: scratch)
        #expect(failed.code == 1 && failed.error.contains("not done: day2/z.y4m"), "\(failed.error)")
        #expect(failed.error.contains("day2/shots: kept"))
    }

    @Test func aGateWinsOverLoss() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        var pictures = try Clips.pictures()
        pictures[3] = try Clips.damaged(pictures[3])
        try scratch.write(pictures.reduce(Data(), +), to: "drives/day1/b.mjpeg")
        let finished = try batch(["--budget-ms", "0.1", "--fail-on", "late"], in: scratch)
        #expect(finished.code == 4, "\(finished.error)")
        #expect(finished.error.contains("input was lost in day1/b.mjpeg\n"), "\(finished.error)")
        #expect(try densehybrid(["merge", "results"], in: scratch).code == 4)
    }

    @Test func whatIsLeftOutOfStatisticsDecides() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        let drive = ["replay", "drives/day1/a.y4m", "--out", "results", "--resume"] + Program.small
        #expect(try densehybrid(drive + ["--warmup", "0"], in: scratch).code == 0)
        let kept = try densehybrid(drive + ["--warmup", "0"], in: scratch)
        #expect(kept.code == 0 && kept.error.contains("a.y4m: kept"), "\(kept.error)")
        let other = try densehybrid(drive + ["--warmup", "2"], in: scratch)
        #expect(other.code == 0)
        #expect(other.error.contains("a.y4m: done again, warmup is '2', was '0'"), "\(other.error)")
    }

    @Test func aDriveThatIsGivenUpIsNotDone() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        // Ten seconds from frame to frame.
        let slow = ["--rate", "0.01", "--stall-timeout", "0.3", "--on-stall", "exit"]
        let finished = try densehybrid(
            ["replay", "drives/day1/a.y4m", "--out", "results"] + Program.small + slow, in: scratch)
        #expect(finished.code == 1, "\(finished.error)")
        #expect(finished.error.contains("a.y4m: given up by --on-stall exit"), "\(finished.error)")
        #expect(finished.error.contains("not done: a.y4m"), "\(finished.error)")
        #expect(scratch.names("results") == ["batch.json"])
    }

    @Test func unequalRunsAreNotMerged() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        #expect(try stream(["replay", "drives/day1/a.y4m"], in: scratch).code == 0)
        let same = try densehybrid(["merge", "summary.json", "summary.json"], in: scratch)
        #expect(same.code == 0 && String(decoding: same.output, as: UTF8.self).contains("twice: summary.json"))
        let other = ["replay", "drives/day1/a.y4m", "--score", "max-logit", "--quiet", "--summary", "other.json"]
        #expect(try densehybrid(other + Program.small, in: scratch).code == 0)
        let refused = try densehybrid(["merge", "summary.json", "other.json"], in: scratch)
        #expect(refused.code == 1 && refused.output.isEmpty)
        #expect(
            refused.error.contains("score: 'densehybrid' in summary.json, 'max-logit' in other.json"),
            "\(refused.error)")
        let mixed = try densehybrid(["merge", "summary.json", "other.json", "--mixed", "--json"], in: scratch)
        #expect(mixed.code == 0)
        #expect((try object(mixed.output)["frames"] as? [String: Any])?["delivered"] as? Int == 2 * Clips.frames)
    }

    @Test func progressOfAllDrives() throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        #expect(try batch(["--progress", "progress", "--quiet"], in: scratch).code == 0)
        let lines = try scratch.lines("progress")
        #expect(lines.last == "progress=end" && lines.count { $0 == "progress=end" } == 1)
        #expect(lines.contains("segments_done=4") && lines.contains("delivered=\(4 * Clips.frames)"))
    }

    @Test(
        arguments: [
            ["--shard", "0/2"], ["--resume"], ["--list"], ["drives/day1"], ["--out", "results", "--shard", "2/2"],
            ["--out", "results", "--shard", "auto"], ["--out", "results", "--openset", "-"],
            ["--out", "results", "--openset", "/maps/"], ["--out", "results", "--meta", "../meta.jsonl"],
            ["--out", "results", "--verify", "00"], ["--out", "drives/results"],
            ["--out", "results", "--diagnostics", "health.jsonl"],
        ])
    func usage(arguments: [String]) throws {
        let scratch = try Scratch()
        _ = try drives(in: scratch)
        let finished = try densehybrid(["replay", "drives"] + Program.small + arguments, in: scratch)
        #expect(finished.code == 2, "\(finished.error)")
        #expect(finished.error.split(separator: "\n").last?.hasPrefix("error: ") == true)
        #expect(!scratch.exists("results/day1/a.y4m"))
    }
}
