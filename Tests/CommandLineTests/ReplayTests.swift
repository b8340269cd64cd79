import Foundation
import Testing

/// Replays: lossless, and at recorded pace.
@Suite struct ReplayTests {
    /// The clip's pictures with times `step` seconds apart.
    private func drive(step: Double, in scratch: Scratch) throws -> String {
        let folder = scratch.file("drive")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var list = "#timestamp [ns],filename\n"
        for (index, picture) in try Clips.pictures().enumerated() {
            try scratch.write(picture, to: "drive/\(index).jpg")
            list += "\(1_700_000_000_000_000_000 + Int64(Double(index) * step * 1e9)),\(index).jpg\n"
        }
        try scratch.write(Data(list.utf8), to: "drive/data.csv")
        return folder
    }

    @Test func atRecordedPace() throws {
        let scratch = try Scratch()
        let folder = try drive(step: 0.2, in: scratch)
        let started = Date()
        let finished = try stream(
            ["replay", folder, "--pace", "realtime", "--queue", "block", "--meta", "meta.jsonl"], in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(Date().timeIntervalSince(started) >= 7 * 0.2)
        #expect(try Summary(scratch).delivered == Clips.frames)
        let arrivals = try scratch.lines("meta.jsonl").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(object?["arrival_ns"] as? Int64)
        }
        // Never early: frames wait for their time.
        for (index, arrival) in arrivals.enumerated() {
            #expect(arrival - arrivals[0] >= Int64(index) * 200_000_000 - 2_000_000)
        }
    }

    @Test func whatCannotKeepUpIsDroppedByPolicy() throws {
        for (queue, reason) in [("latest", "superseded"), ("drop-newest", "queue-full"), ("drop-oldest", "queue-full")]
        {
            let scratch = try Scratch()
            let folder = try drive(step: 0.1, in: scratch)
            // A frame every 10 microseconds.
            let finished = try stream(
                ["replay", folder, "--rate", "10000", "--queue", queue, "--loop", "5", "--fail-on", "drop"], in: scratch
            )
            #expect(finished.code == 4, "\(finished.error)")
            let summary = try Summary(scratch)
            #expect(summary.framesIn == 5 * Clips.frames && summary.delivered >= 1 && summary.failed == 0)
            #expect(summary.dropped["admission:\(reason)"] ?? 0 > 0, "\(summary.dropped)")
        }
    }

    @Test func latestIsTheDefaultAtRecordedPaceAndNothingIsLostWithout() throws {
        let scratch = try Scratch()
        let folder = try drive(step: 0.1, in: scratch)
        #expect(try stream(["replay", folder, "--rate", "10000", "--loop", "5"], in: scratch).code == 0)
        #expect(try Summary(scratch).dropped.keys.contains("admission:superseded"))
        // A pipeline file of a car does not make a lossless replay lose frames.
        try scratch.write(Data("queue: latest\nbudget_ms: 1\non_late: drop\n".utf8), to: "car.yaml")
        let arguments = ["replay", folder, "--pipeline", "car.yaml", "--loop", "3"]
        #expect(try stream(arguments, in: scratch).code == 0)
        let first = try Summary(scratch)
        #expect(first.delivered == 3 * Clips.frames && first.droppedTotal == 0)
        let digest = try first.text("digest")
        #expect(try stream(arguments + ["--verify", digest, "--threads", "2"], in: scratch).code == 0)
    }

    @Test func aSignalEndsTheWaitForAFrame() throws {
        let scratch = try Scratch()
        let folder = try drive(step: 3600, in: scratch)
        let running = try Running(
            ["replay", folder, "--pace", "realtime", "--meta", "meta.jsonl", "--summary", "summary.json", "--quiet"]
                + Program.small, in: scratch)
        #expect(running.wait { (try? scratch.text("meta.jsonl").contains("\n")) == true })
        running.send(SIGTERM)
        let finished = try running.finish(20)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(try Summary(scratch).delivered == 1)
    }

    @Test func aRecordingOfResultsIsADriveAgain() throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.mjpeg")
        let finished = try stream(["replay", clip, "--mcap", "a.mcap"], in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        let info = try densehybrid(["info", "a.mcap", "--json", "--topic", "/densehybrid/overlay"], in: scratch)
        #expect(info.code == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: info.output) as? [String: Any])
        #expect(object["frames"] as? Int == Clips.frames && object["payload"] as? String == "jpeg")
        let replay = ["replay", "a.mcap", "--topic", "/densehybrid/overlay"]
        #expect(try stream(replay + ["--openset", "maps/"], in: scratch).code == 0)
        let digest = try Summary(scratch).text("digest")
        #expect(scratch.names("maps").count == Clips.frames)
        #expect(try stream(replay + ["--verify", digest], in: scratch).code == 0)
        let over = try stream(replay + ["--mcap", "./a.mcap"], in: scratch)
        #expect(over.code == 2 && over.error.contains("over the input"), "\(over.error)")
        let several = try stream(["replay", "a.mcap"], in: scratch)
        #expect(several.code == 2 && several.error.contains("/densehybrid/openset"), "\(several.error)")
    }

    @Test func aCutRecordingIsReplayedAsFarAsItGoes() throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.mjpeg")
        #expect(
            try stream(["replay", clip, "--loop", "40", "--frames", "300", "--mcap", "a.mcap"], in: scratch).code == 0)
        let whole = try scratch.bytes("a.mcap")
        try scratch.write(whole.prefix(whole.count * 2 / 3), to: "cut.mcap")
        let info = try densehybrid(["info", "cut.mcap"], in: scratch)
        #expect(info.code == 3 && String(decoding: info.output, as: UTF8.self).contains("cut inside a record"))
        let replay = try stream(["replay", "cut.mcap", "--topic", "/densehybrid/overlay"], in: scratch)
        #expect(replay.code == 3 && replay.error.contains("the recording is cut"), "\(replay.error)")
        let summary = try Summary(scratch)
        #expect(summary.delivered > 0 && summary.delivered < 300)
    }
}
