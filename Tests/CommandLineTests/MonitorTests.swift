import Foundation
import Testing

/// Watching a run from outside, and what is left of a run that was killed.
@Suite struct MonitorTests {
    private func start(_ more: [String], in scratch: Scratch) throws -> Running {
        try Running(
            ["replay", try Clips.path("clip.y4m"), "--loop", "0", "--control", "s", "--frame-times", "times.csv"] + more
                + Program.small + ["--quiet", "--summary", "summary.json"], in: scratch)
    }

    private func frames(_ scratch: Scratch) -> Int {
        max(0, ((try? scratch.text("times.csv")) ?? "").count { $0 == "\n" } - 1)
    }

    private func monitor(_ arguments: [String], of scratch: Scratch) throws -> Finished {
        // Outputs of a program go to files in its scratch folder, so the monitor has one of its own.
        let own = try Scratch()
        return try densehybrid(["monitor"] + arguments.map { $0 == "s" ? scratch.file("s") : $0 }, in: own)
    }

    @Test func runningProcessIsAskedOverItsSocket() throws {
        let scratch = try Scratch()
        let running = try start(["--metrics-file", "m.prom"], in: scratch)
        #expect(running.wait { frames(scratch) >= 10 })
        let asked = try monitor(["s", "--once", "--json"], of: scratch)
        #expect(asked.code == 0, "\(asked.error)")
        let object = try #require(try JSONSerialization.jsonObject(with: asked.output) as? [String: Any])
        let books = try #require(object["frames"] as? [String: Any])
        #expect(try #require(books["delivered"] as? Int) >= 9)
        #expect((object["run"] as? [String: Any])?["size"] as? String == "256x128")
        let table = String(decoding: try monitor(["s", "--once"], of: scratch).output, as: UTF8.self)
        #expect(table.contains("backbone") && table.contains("under way") && !table.contains("\u{1B}"), "\(table)")
        let painted = try monitor(["s", "--once", "--color", "always"], of: scratch)
        #expect(String(decoding: painted.output, as: UTF8.self).contains("\u{1B}[1m"))
        running.send(SIGINT)
        #expect(try running.finish(20).code == 0)
        let metrics = try scratch.text("m.prom")
        let delivered = try Summary(scratch).delivered
        #expect(metrics.contains("densehybrid_frames_total{result=\"delivered\"} \(delivered)\n"))
        #expect(!scratch.exists("s") && scratch.unfinished.isEmpty)
        let late = try monitor(["s", "--once"], of: scratch)
        #expect(late.code == 1 && late.error.contains("there is no control socket"), "\(late.error)")
    }

    @Test func plainMonitorFollowsToTheEnd() throws {
        let scratch = try Scratch()
        let own = try Scratch()
        let running = try start([], in: scratch)
        #expect(running.wait { frames(scratch) >= 3 })
        let watching = try Running(["monitor", scratch.file("s")], in: own)
        #expect(watching.wait { ((try? own.text("stdout")) ?? "").contains("delivered") })
        running.send(SIGINT)
        #expect(try running.finish(20).code == 0)
        let finished = try watching.finish(20)
        #expect(finished.code == 0 && finished.error.contains("the process has ended"), "\(finished.error)")
    }

    @Test func killedRunLeavesATraceThatLoadsAndASocketThatIsReplaced() throws {
        let scratch = try Scratch()
        let running = try start(["--trace", "t.json"], in: scratch)
        #expect(running.wait { ((try? scratch.text("t.json")) ?? "").contains("\"ph\":\"X\"") })
        running.send(SIGKILL)
        _ = try running.finish(20)
        let text = try scratch.text("t.json")
        let whole = text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
        let repaired = whole.trimmingCharacters(in: CharacterSet(charactersIn: ",\n")) + "]"
        let events = try JSONSerialization.jsonObject(with: Data(repaired.utf8)) as? [[String: Any]]
        #expect(try #require(events).contains { $0["ph"] as? String == "X" })
        let gone = try monitor(["s", "--once"], of: scratch)
        #expect(gone.code == 1 && gone.error.contains("the process has ended"), "\(gone.error)")
        let again = try start(["--frames", "3"], in: scratch)
        #expect(try again.finish(60).code == 0, "the socket that was left is replaced")
        #expect(!scratch.exists("s"))
    }

    @Test func spansOfTheTraceAreTheFrameTimes() throws {
        let scratch = try Scratch()
        try stream(
            ["replay", try Clips.path("clip.mjpeg"), "--trace", "t.json", "--frame-times", "times.csv"], in: scratch)
        let events = try #require(
            try JSONSerialization.jsonObject(with: try scratch.bytes("t.json")) as? [[String: Any]])
        let lines = try scratch.lines("times.csv")
        // As in the contract; what is told beyond it comes behind.
        let columns =
            "frame_id,capture_ns,arrival_ns,decode_us,normalize_us,backbone_us,heads_us,score_us,threshold_us,fuse_us,"
            + "write_us,queue_wait_us,total_us,quality_level,status"
        #expect(lines[0].hasPrefix(columns), "\(lines[0])")
        let heads = lines[0].split(separator: ",").map(String.init)
        #expect(lines.count == Clips.frames + 1)
        for line in lines.dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let id = try #require(Int(fields[0]))
            for (head, field) in zip(heads, fields)[3...10] {
                let span = try #require(
                    events.first {
                        $0["ph"] as? String == "X" && "\($0["name"] ?? "")_us" == head
                            && ($0["args"] as? [String: Any])?["frame"] as? Int == id
                    })
                let written = try #require(Double(field))
                #expect(abs(try #require(span["dur"] as? Double) - written) < 0.011, "\(head) of frame \(id)")
            }
            #expect(fields[13] == "0" && fields[14] == "delivered")
        }
    }

    @Test func wrongTargetsAreToldInOneLine() throws {
        let scratch = try Scratch()
        for (target, text) in [
            ("99999999", "there is no process 99999999"), ("\(getpid())", "does not answer"),
            ("nothing-here", "there is no control socket"), ("http://127.0.0.1:1", "nobody answers"),
            ("http://127.0.0.1:9/x", "without a path"), ("https://127.0.0.1:9", "http:// only"),
        ] {
            let finished = try densehybrid(["monitor", target, "--once"], in: scratch)
            #expect(finished.code == 1 && finished.error.contains(text), "\(target): \(finished.error)")
            #expect(finished.error.split(separator: "\n").count == 1)
        }
        #expect(try densehybrid(["monitor", "--json"], in: scratch).code == 2)
        #expect(try densehybrid(["monitor", "--color", "blue"], in: scratch).code == 2)
    }
}

extension Zip2Sequence where Sequence1 == [String], Sequence2 == [String] {
    fileprivate subscript(range: ClosedRange<Int>) -> ArraySlice<(String, String)> { Array(self)[range] }
}
