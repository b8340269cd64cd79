import Foundation
import Testing

/// Ends from outside: closed pipes and signals.
@Suite struct EndingTests {
    private static let endless = ["--loop", "0", "--openset", "maps.y4m", "--frame-times", "times.csv"]

    /// Lines of the frame times, without the header.
    private func frames(_ scratch: Scratch) -> Int {
        max(0, ((try? scratch.text("times.csv")) ?? "").count { $0 == "\n" } - 1)
    }

    private func start(_ arguments: [String], in scratch: Scratch, input: Any? = nil) throws -> Running {
        try Running(
            arguments + Program.small + ["--quiet", "--summary", "summary.json"], in: scratch, input: input)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func signalDrainsAndFinalises(signal: Int32) throws {
        let scratch = try Scratch()
        let running = try start(["replay", try Clips.path("clip.y4m")] + Self.endless, in: scratch)
        #expect(running.wait { frames(scratch) >= 10 }, "an endless replay stands still")
        running.send(signal)
        let finished = try running.finish(20)
        #expect(finished.code == 0 && !finished.crashed, "\(finished.error)")
        let summary = try Summary(scratch)
        // More than one pass, and nothing that was read is lost.
        #expect(summary.delivered >= 10 && summary.delivered == summary.framesIn)
        #expect(scratch.unfinished.isEmpty)
        #expect(try Clips.count("maps.y4m", in: scratch) == summary.delivered)
        #expect(frames(scratch) == summary.delivered)
        #expect(try summary.text("end") == "drained")
    }

    @Test func secondSignalDropsWhatIsUnderWay() throws {
        let scratch = try Scratch()
        // A large network with one thread: seconds of work wait in the pipeline.
        let running = try Running(
            ["replay", try Clips.path("clip.mjpeg")] + Self.endless
                + [
                    "--model", Program.model, "--size", "1024x512", "--threads", "1",
                    "--threshold", "0", "--quiet", "--summary", "summary.json",
                ], in: scratch)
        #expect(running.wait { frames(scratch) >= 1 })
        running.send(SIGINT)
        usleep(50_000)
        running.send(SIGINT)
        let finished = try running.finish(30)
        #expect(finished.code == 0 && !finished.crashed, "\(finished.error)")
        let summary = try Summary(scratch)
        #expect(try summary.text("end") == "stopped")
        #expect(summary.droppedTotal > 0, "nothing was under way: \(summary.object)")
        #expect(summary.dropped.keys.allSatisfy { $0.hasSuffix(":stopped") }, "\(summary.dropped)")
        #expect(scratch.unfinished.isEmpty)
    }

    @Test func signalWhileAFifoStaysOpen() throws {
        let scratch = try Scratch()
        try #require(mkfifo(scratch.file("camera"), 0o600) == 0)
        // Open for both, so that opening does not wait and the stream never ends by itself.
        let camera = open(scratch.file("camera"), O_RDWR)
        try #require(camera >= 0)
        defer { close(camera) }
        let running = try start(
            ["run", "camera", "--openset", "maps.y4m", "--frame-times", "times.csv"], in: scratch)
        let clip = try Clips.folder().bytes("clip.mjpeg")
        let writer = FileHandle(fileDescriptor: camera, closeOnDealloc: false)
        try writer.write(contentsOf: clip)
        // The last frame's end is seen when the next one begins, or never.
        #expect(running.wait { frames(scratch) >= Clips.frames - 1 })
        running.send(SIGTERM)
        let finished = try running.finish(20)
        #expect(finished.code == 0, "\(finished.error)")
        let summary = try Summary(scratch)
        #expect(summary.delivered >= Clips.frames - 1)
        #expect(try Clips.count("maps.y4m", in: scratch) == summary.delivered)
        #expect(scratch.unfinished.isEmpty)
    }

    @Test func signalBeforeTheFirstByte() throws {
        let scratch = try Scratch()
        try #require(mkfifo(scratch.file("camera"), 0o600) == 0)
        let running = try start(["run", "camera", "--openset", "maps.y4m"], in: scratch)
        #expect(running.wait { running.catches(SIGINT) })
        running.send(SIGINT)
        let finished = try running.finish(20)
        #expect(finished.code == 0 && !finished.crashed, "\(finished.error)")
        #expect(try Summary(scratch).framesIn == 0)
        #expect(scratch.unfinished.isEmpty)
    }

    @Test(arguments: ["--openset - --format y4m", "--overlay - --format mjpeg", "--meta -"])
    func closedDownstreamIsAQuietEnd(output: String) throws {
        let scratch = try Scratch()
        let finished = try script(
            """
            "$DH" replay '\(try Clips.path("clip.y4m"))' --loop 0 \(output) "${SMALL[@]}" 2> errors | head -c 3000 > head
            echo "${PIPESTATUS[0]}"
            """, in: scratch)
        #expect(String(decoding: finished.output, as: UTF8.self) == "0\n")
        #expect(try scratch.text("errors") == "")
        #expect(try scratch.bytes("head").count == 3000)
        let summary = try Summary(scratch)
        #expect(summary.delivered >= 1)
    }

    /// The reader of one output goes away: the others are completed all the same.
    @Test func aClosedReaderLeavesNoOtherOutputUnfinished() throws {
        let scratch = try Scratch()
        let finished = try script(
            """
            "$DH" replay '\(try Clips.path("clip.y4m"))' --loop 0 --rate 1000 --decisions - --openset maps.y4m \
                "${SMALL[@]}" 2> errors | grep -m 2 computed > head
            echo "${PIPESTATUS[0]}"
            """, in: scratch)
        #expect(String(decoding: finished.output, as: UTF8.self) == "0\n")
        #expect(try scratch.text("errors") == "" && scratch.unfinished.isEmpty)
        #expect(try Clips.count("maps.y4m", in: scratch) == Summary(scratch).delivered)
    }
}
