import Foundation
import Testing

/// Scores that read features or statistics, or take several passes, in whole runs of the bundled model.
@Suite struct ScoreRunTests {
    private static let featured = ["react", "mahalanobis", "energy-neco", "sml-smooth"]

    #if !DEBUG
        /// Debug builds allocate where release builds do not.
        @Test(arguments: featured + ["sml", "oh-msp"]) func nothingIsAllocatedAfterWarmUp(score: String) throws {
            let scratch = try Scratch()
            let finished = try stream(
                [
                    "replay", try Clips.path("clip.y4m"), "--loop", "8", "--warmup", "16", "--score", score,
                    "--openset",
                    "maps/", "--meta", "meta.jsonl",
                ], in: scratch)
            #expect(finished.code == 0, "\(finished.error)")
            #expect(try Summary(scratch).number("allocations_per_frame") <= 0.05, "\(score)")
        }
    #endif

    /// Frames of two sizes in turn, for which the network has two sizes, too: each gives the map that it gives among its
    /// like.
    @Test(arguments: featured) func framesMayChangeTheirSize(score: String) throws {
        let scratch = try Scratch()
        for (folder, numbers) in [("mixed", 0...3), ("wide", 0...1), ("narrow", 2...3)] {
            try FileManager.default.createDirectory(
                atPath: scratch.file(folder), withIntermediateDirectories: false)
            for number in numbers {
                // 0 and 2 in time are wide, 1 and 3 narrow.
                let isWide = number < 2
                let source = isWide ? try Clips.path("pictures/00\(number + 1).jpg") : try Clips.path("other.jpg")
                let place = isWide ? 2 * number : 2 * number - 3
                try FileManager.default.copyItem(atPath: source, toPath: scratch.file("\(folder)/\(place).jpg"))
            }
            let run = try densehybrid(
                [
                    "replay", folder, "--score", score, "--threshold", "0", "--threads", "1", "--score-map",
                    "\(folder)-maps/", "--format", "npy", "--quiet", "--model", Program.model,
                ], in: scratch)
            #expect(run.code == 0, "\(run.error)")
        }
        #expect(scratch.names("mixed-maps") == ["0.npy", "1.npy", "2.npy", "3.npy"])
        for (name, folder) in [("0", "wide"), ("1", "narrow"), ("2", "wide"), ("3", "narrow")] {
            let own = try scratch.bytes("mixed-maps/\(name).npy")
            #expect(try own == scratch.bytes("\(folder)-maps/\(name).npy"), "picture \(name)")
        }
    }

    /// Frames on the rung of a smaller network give the maps that this size gives.
    @Test(arguments: featured) func rungsHaveTheScoreOfTheirSize(score: String) throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.y4m")
        let live = try stream(
            [
                "replay", clip, "--rate", "1000", "--budget-ms", "60000", "--on-late", "degrade", "--decisions",
                "live.jsonl", "--score", score,
            ], in: scratch)
        #expect(live.code == 0, "\(live.error)")
        let header = try #require(try scratch.lines("live.jsonl").first)
        let lines = (0..<Clips.frames).map {
            #"{"frame_id":\#($0),"decision":"computed","quality_level":\#($0 % 2)}"#
        }
        try scratch.write(
            Data(([header] + lines).joined(separator: "\n").utf8) + Data("\n".utf8), to: "edited.jsonl")
        func maps(_ folder: String, _ options: [String]) throws -> [Data] {
            let run = try densehybrid(
                ["replay", clip, "--score", score, "--score-map", "\(folder)/", "--format", "npy", "--quiet"]
                    + options, in: scratch)
            #expect(run.code == 0, "\(run.error)")
            return try scratch.names(folder).map { try scratch.bytes("\(folder)/\($0)") }
        }
        let mixed = try maps("mixed", ["--decisions", "edited.jsonl"] + Program.small)
        let full = try maps("full", Program.small)
        let small = try maps("small", Program.small.map { $0 == "256x128" ? "128x64" : $0 })
        try #require(mixed.count == Clips.frames && full.count == mixed.count && small.count == mixed.count)
        for index in mixed.indices {
            #expect(mixed[index] == (index % 2 == 0 ? full : small)[index], "frame \(index)")
            #expect(full[index] != small[index])
        }
    }
}
