import Foundation
import Testing

/// `--record-if` and `--worst` over the bundled drive.
@Suite struct FlightTests {
    private static let drive: String =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Pipelines/sample-drive").path

    /// The clips' names in the folder.
    private func clips(_ scratch: Scratch) -> [String] { scratch.names("clips") }

    @Test func clipsAroundATriggerAreReadAndReplayed() throws {
        let scratch = try Scratch()
        // What holds for every frame makes one clip of all.
        let finished = try stream(
            [
                "replay", Self.drive, "--frames", "10", "--record-if", "delivered and total_ms > 0", "--pre", "1s",
                "--post", "500ms", "--record-dir", "clips", "--meta", "meta.jsonl", "--openset", "maps/", "--format",
                "pgm",
            ], in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        let digest = try Summary(scratch).text("digest")
        let names = clips(scratch)
        #expect(names.count == 1 && names[0].hasSuffix("-frame000000.mcap"), "\(names)")
        let info = try densehybrid(["info", "clips/\(names[0])"], in: scratch)
        let text = String(decoding: info.output, as: UTF8.self)
        for topic in ["/camera/image/compressed", "/densehybrid/openset", "/densehybrid/meta"] {
            #expect(text.contains(topic), "\(text)")
        }
        // The clip's own input gives the same maps: the pictures went in as they came.
        let again = try stream(["replay", "clips/\(names[0])", "--verify", digest], in: scratch)
        #expect(again.code == 0, "\(again.error)")
        #expect(try Summary(scratch).delivered == 10)
    }

    @Test func aTriggerThatNeverHoldsLeavesNothing() throws {
        let scratch = try Scratch()
        let finished = try stream(
            [
                "run", try Clips.path("clip.y4m"), "--record-if", "anomaly_fraction > 100% or dropped", "--record-dir",
                "clips", "--worst", "2", "--worst-dir", "slow",
            ], in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(clips(scratch) == [])
        let slow = scratch.names("slow")
        #expect(slow.count == 3 && slow.contains("worst.json"), "\(slow)")
        for frame in slow where frame != "worst.json" {
            #expect(scratch.names("slow/\(frame)") == ["frame.json", "input.y4m", "trace.json"])
            // It goes in again.
            #expect(try stream(["run", "slow/\(frame)/input.y4m"], in: scratch).code == 0)
        }
    }

    @Test func rawVideoIsRecordedWithoutLoss() throws {
        let scratch = try Scratch()
        let options = ["--record-if", "delivered", "--record-dir", "clips", "--record-memory-mb", "4"]
        #expect(try stream(["run", try Clips.path("clip.y4m")] + options, in: scratch).code == 0)
        let digest = try Summary(scratch).text("digest")
        let name = try #require(clips(scratch).first)
        // Y4M without a range is limited, as the messages' YUV is taken to be.
        let again = try stream(["replay", "clips/\(name)", "--verify", digest], in: scratch)
        #expect(again.code == 0, "\(again.error)")
    }

    @Test func whatWasRecordedSurvivesAKill() throws {
        let scratch = try Scratch()
        let running = try Running(
            [
                "replay", Self.drive, "--pace", "realtime", "--loop", "0", "--record-if", "delivered", "--record-dir",
                "clips", "--worst", "2", "--worst-dir", "slow",
            ] + Program.small + ["--quiet"], in: scratch)
        let isRecorded = running.wait(60) {
            let names = clips(scratch)
            guard let name = names.first, name.hasSuffix(".partial") else { return false }
            let size = try? FileManager.default.attributesOfItem(atPath: scratch.file("clips/\(name)"))[.size] as? Int
            return (size ?? 0) > 400_000 && FileManager.default.fileExists(atPath: scratch.file("slow/worst.json"))
        }
        running.send(SIGKILL)
        #expect(isRecorded, "nothing was recorded within a minute")
        _ = try running.finish()
        let name = try #require(clips(scratch).first)
        let info = try densehybrid(["info", "clips/\(name)"], in: scratch)
        // Cut, and said so; the frames of its whole chunks are there.
        #expect(info.code == 3 || info.code == 0)
        let again = try stream(["replay", "clips/\(name)"], in: scratch)
        #expect([0, 3].contains(again.code), "\(again.error)")
        #expect(try Summary(scratch).delivered > 0)
        for frame in scratch.names("slow") where frame.hasPrefix("frame-") {
            #expect(scratch.names("slow/\(frame)").contains("frame.json"))
        }
    }

    @Test func aSignalLeavesWholeFiles() throws {
        let scratch = try Scratch()
        let running = try Running(
            [
                "replay", Self.drive, "--pace", "realtime", "--loop", "0", "--record-if", "delivered", "--record-dir",
                "clips", "--worst", "2", "--worst-dir", "slow", "--meta", "meta.jsonl",
            ] + Program.small + ["--quiet"], in: scratch)
        // Past the three frames of warm-up.
        let isUnderWay = running.wait(60) {
            let lines = (try? scratch.lines("meta.jsonl")) ?? []
            return lines.count { $0.contains("\"status\":\"delivered\"") } >= 6
        }
        #expect(isUnderWay)
        running.send(SIGTERM)
        #expect(try running.finish().code == 0)
        let names = clips(scratch)
        #expect(!names.isEmpty && names.allSatisfy { $0.hasSuffix(".mcap") }, "\(names)")
        #expect(try densehybrid(["info", "clips/\(names[0])"], in: scratch).code == 0)
        #expect(scratch.names("slow").filter { $0.hasPrefix("frame-") }.count == 2)
    }

    @Test(arguments: [
        (["--record-if", "anomaly_fracton > 1%"], "column 1: unknown field 'anomaly_fracton'"),
        (["--record-if", "total_ms > 5%"], "column 12"),
        (["--record-if", "dropped", "--pre", "5m"], "--pre takes a time"),
        (["--record-if", "dropped", "--record-memory-mb", "0"], "--record-memory-mb takes"),
        (["--worst", "0"], "--worst takes 1 to 1000"), (["--worst-overlay"], "wants --worst"),
        (["--max-regions", "1001"], "--max-regions takes"), (["--region-min-area", "0"], "--region-min-area takes"),
    ])
    func faultyOptionsAreOneLine(options: [String], text: String) throws {
        let scratch = try Scratch()
        let finished = try stream(["run", try Clips.path("clip.y4m")] + options, in: scratch)
        #expect(finished.code == 2)
        #expect(finished.error.contains(text) && finished.error.split(separator: "\n").count == 1, "\(finished.error)")
    }

    @Test func aFolderThatCannotBeMadeEndsTheRunBeforeItBegins() throws {
        let scratch = try Scratch()
        try scratch.write(Data(), to: "file")
        let finished = try stream(
            ["run", try Clips.path("clip.y4m"), "--record-if", "dropped", "--record-dir", "file/clips"], in: scratch)
        #expect(finished.code == 1 && finished.error.contains("--record-dir"), "\(finished.error)")
    }
}
