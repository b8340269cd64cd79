import Foundation
import Testing

/// What the program says of its input's health, and what it does about it.
@Suite struct HealthTests {
    private func fifo(_ scratch: Scratch) throws -> String {
        try #require(mkfifo(scratch.file("camera"), 0o600) == 0)
        return "camera"
    }

    /// Opens a FIFO for both ends, so that opening does not wait and the stream never ends by itself, and with room for the
    /// whole clip: writing it must end even if nobody reads.
    private func camera(_ scratch: Scratch, _ name: String) throws -> Int32 {
        let descriptor = open(scratch.file(name), O_RDWR)
        try #require(descriptor >= 0)
        let setPipeSize: Int32 = 1031
        try #require(fcntl(descriptor, setPipeSize, 1 << 20) >= 0)
        return descriptor
    }

    private func start(_ arguments: [String], in scratch: Scratch) throws -> Running {
        try Running(arguments + Program.small + ["--quiet", "--summary", "summary.json"], in: scratch)
    }

    private func health(_ scratch: Scratch) throws -> [String: Any] {
        try #require(try Summary(scratch).object["health"] as? [String: Any])
    }

    /// Frames with a finding, by the summary.
    private func frames(_ finding: String, in scratch: Scratch) throws -> Int? {
        (try health(scratch)["frames"] as? [String: Int])?[finding]
    }

    /// The findings of each frame's JSON line.
    private func findings(_ scratch: Scratch) throws -> [[String]] {
        try scratch.lines("meta.jsonl").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(object?["health"] as? [String])
        }
    }

    @Test func frozenPicturesAreCounted() throws {
        let scratch = try Scratch()
        let picture = try Clips.pictures()[0]
        let input = try Clips.join([Data](repeating: picture, count: 14), in: scratch)
        let finished = try stream(["run", input, "--meta", "meta.jsonl"], in: scratch)
        #expect(finished.code == 0)
        // The first is new, ten more are the same: the eleventh is the first that is frozen.
        #expect(try findings(scratch) == (0..<14).map { $0 < 10 ? [] : ["frozen"] })
        #expect(try frames("frozen", in: scratch) == 4)
        let lines = finished.error.split(separator: "\n").filter { $0.contains("frozen") }
        #expect(
            lines.count == 1 || lines.count <= 4 && lines.last?.contains("more like it") == true, "\(finished.error)")
    }

    @Test(arguments: ["black", "gray"])
    func coveredAndBlankCamerasAreCounted(color: String) throws {
        let scratch = try Scratch()
        let made = try script(
            "ffmpeg -nostdin -loglevel error -f lavfi -i color=\(color):size=160x80:rate=10 -frames:v 3 -pix_fmt yuv420p a.y4m",
            in: scratch)
        try #require(made.code == 0, "\(made.error)")
        let name = color == "gray" ? "blank" : color
        #expect(try stream(["run", "a.y4m", "--meta", "meta.jsonl"], in: scratch).code == 0)
        #expect(try findings(scratch) == [[name], [name], [name]])
        #expect(try frames(name, in: scratch) == 3)
    }

    @Test func limitsAreDeclaredInThePipelineFile() throws {
        let scratch = try Scratch()
        let input = try Clips.join([Data](repeating: try Clips.pictures()[0], count: 5), in: scratch)
        try scratch.write(Data("health:\n  frozen_frames: 2\n".utf8), to: "strict.yaml")
        #expect(try stream(["run", input, "--pipeline", "strict.yaml"], in: scratch).code == 0)
        #expect(try frames("frozen", in: scratch) == 3)
        try scratch.write(Data("health:\n  frozen_frames: 0\n".utf8), to: "none.yaml")
        #expect(try stream(["run", input, "--pipeline", "none.yaml"], in: scratch).code == 0)
        #expect(try frames("frozen", in: scratch) == 0)
        try scratch.write(Data("health:\n  frozen: 1\n".utf8), to: "wrong.yaml")
        let refused = try stream(["run", input, "--pipeline", "wrong.yaml"], in: scratch)
        #expect(refused.code == 1 && refused.error.contains("unknown key 'frozen'"))
        try scratch.write(Data("health:\n  frozen_frames: 1\n".utf8), to: "range.yaml")
        #expect(try stream(["run", input, "--pipeline", "range.yaml"], in: scratch).code == 2)
    }

    @Test func timesThatRepeatRunBackwardsOrJump() throws {
        let scratch = try Scratch()
        var stream = Data("YUV4MPEG2 W16 H16 F10:1 C420jpeg\n".utf8)
        let times = [100, 200, 300, 400, 500, 500, 450, 550, 2000]
        for (index, time) in times.enumerated() {
            stream += Data("FRAME XTS=\(time)000000\n".utf8)
            stream += Data((0..<384).map { UInt8(truncatingIfNeeded: $0 * (index + 3)) })
        }
        try scratch.write(stream, to: "times.y4m")
        #expect(
            try CommandLineTests.stream(["run", "times.y4m", "--meta", "meta.jsonl"], in: scratch).code == 0)
        #expect(try findings(scratch) == [[], [], [], [], [], ["duplicate_time"], ["backwards"], [], ["gap"]])
        // Another pass over the drive begins its times anew, which is no fault.
        #expect(
            try CommandLineTests.stream(
                ["replay", "times.y4m", "--frames", "5", "--loop", "3", "--meta", "meta.jsonl"], in: scratch
            ).code == 0)
        #expect(try findings(scratch).allSatisfy(\.isEmpty))
    }

    @Test func damagedFramesAreCounted() throws {
        let scratch = try Scratch()
        var pictures = try Clips.pictures()
        pictures[2] = try Clips.damaged(pictures[2])
        pictures.insert(Data(repeating: 0x55, count: 700), at: 5)
        let input = try Clips.join(pictures, in: scratch)
        #expect(try stream(["run", input, "--meta", "meta.jsonl"], in: scratch).code == 3)
        #expect(try frames("corrupt", in: scratch) == 2, "one frame, and one stretch between frames")
        #expect(try findings(scratch)[2] == ["corrupt"])
    }

    @Test(arguments: [nil, "drop,stale", "late"])
    func aStallEndsTheStream(gate: String?) throws {
        let scratch = try Scratch()
        let name = try fifo(scratch)
        let writer = try camera(scratch, name)
        defer { close(writer) }
        let running = try start(
            [
                "run", name, "--input-format", "y4m", "--openset", "maps.y4m", "--stall-timeout", "3", "--on-stall",
                "exit",
            ]
                + (gate.map { ["--fail-on", $0] } ?? []), in: scratch)
        // The camera stays open and silent after its frames.
        try FileHandle(fileDescriptor: writer, closeOnDealloc: false).write(
            contentsOf: try Clips.folder().bytes("clip.y4m"))
        let finished = try running.finish()
        #expect(finished.code == (gate == "drop,stale" ? 4 : 3), "\(finished.error)")
        #expect(finished.error.contains("stall: ") && finished.error.contains("no map for"), "\(finished.error)")
        #expect(finished.error.contains("--fail-on: stale (1 stalls)") == (gate == "drop,stale"))
        let summary = try Summary(scratch)
        #expect(summary.delivered == Clips.frames && summary.framesIn == Clips.frames)
        #expect(try summary.text("end") == "drained")
        #expect(try health(scratch)["stalls"] as? Int == 1)
        #expect(try health(scratch)["worst_level"] as? String == "STALE")
        #expect(try Clips.count("maps.y4m", in: scratch) == Clips.frames)
        #expect(scratch.unfinished.isEmpty)
    }

    @Test(arguments: ["hold", "unknown"])
    func aStallIsFilled(policy: String) throws {
        let scratch = try Scratch()
        let name = try fifo(scratch)
        let camera = FileHandle(fileDescriptor: try camera(scratch, name), closeOnDealloc: true)
        let running = try start(
            [
                "run", name, "--input-format", "y4m", "--openset", "maps.raw", "--labels", "labels/", "--meta",
                "meta.jsonl", "--frame-times", "times.csv", "--stall-timeout", "2", "--on-stall", policy,
            ], in: scratch)
        let clip = try Clips.folder().bytes("clip.y4m")
        try camera.write(contentsOf: clip)
        #expect(running.wait { stalled(scratch).count >= 2 }, "nothing stands for the frames that do not come")
        // The camera comes back: its next frame is the one that was overdue.
        let header = try #require(clip.firstIndex(of: 10)) + 1
        try camera.write(contentsOf: clip[header..<header + (clip.count - header) / Clips.frames])
        #expect(running.wait { ((try? scratch.lines("times.csv")) ?? []).count == Clips.frames + 2 })
        running.send(SIGTERM)
        let finished = try running.finish(20)
        #expect(finished.code == 0, "\(finished.error)")

        let lines = stalled(scratch)
        #expect(try Summary(scratch).delivered == Clips.frames + 1, "what stands for a frame is none")
        let filled = try #require(try health(scratch)[policy == "hold" ? "held_maps" : "unknown_maps"] as? Int)
        #expect(filled == lines.count && filled >= 2)
        #expect(lines.allSatisfy { $0["valid"] as? Bool == false })
        #expect(lines.prefix(2).allSatisfy { $0["frame_id"] as? Int == Clips.frames })
        let ages = lines.prefix(2).map { $0["age_ms"] as? Double ?? -1 }
        let sources = lines.prefix(2).map { $0["source_frame_id"] as? Int }
        if policy == "hold" {
            #expect(ages[0] >= 2000 && ages[1] > ages[0], "\(ages)")
            #expect(sources == [Clips.frames - 1, Clips.frames - 1])
        } else {
            #expect(ages == [-1, -1] && sources == [nil, nil])
        }
        let maps = try scratch.bytes("maps.raw")
        let size = 160 * 80
        try #require(maps.count == (Clips.frames + 1 + filled) * size)
        let map = maps[Clips.frames * size..<(Clips.frames + 1) * size]
        if policy == "hold" {
            #expect(map == maps[(Clips.frames - 1) * size..<Clips.frames * size])
        } else {
            #expect(map.allSatisfy { $0 == 19 }, "the label of the unknown is the one after the 19 classes")
        }
        // In a folder the frame that came in the end has taken the place of what stood for it.
        #expect(scratch.names("labels").count >= Clips.frames + 1)
    }

    /// The JSON lines that stand for frames which did not come.
    private func stalled(_ scratch: Scratch) -> [[String: Any]] {
        ((try? scratch.text("meta.jsonl")) ?? "").split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
        }.filter { $0["status"] as? String == "stalled" }
    }

    @Test func aCameraThatDoesNotComeIsAStall() throws {
        let scratch = try Scratch()
        let finished = try start(
            ["run", try fifo(scratch), "--stall-timeout", "0.3", "--on-stall", "exit"], in: scratch
        ).finish()
        #expect(finished.code == 3 && finished.error.contains("no image has come yet"), "\(finished.error)")
        #expect(try Summary(scratch).framesIn == 0)
    }

    @Test func gatesAreLists() throws {
        let scratch = try Scratch()
        let late = [
            "replay", try Clips.path("clip.y4m"), "--budget-ms", "0.1", "--on-late", "finish", "--queue", "block",
        ]
        let tripped = try stream(late + ["--fail-on", "drop,late"], in: scratch)
        #expect(tripped.code == 4)
        let lines = tripped.error.split(separator: "\n").filter { $0.contains("--fail-on") }
        #expect(lines == ["error: --fail-on: late (8 frames)"])
        #expect(try stream(late + ["--fail-on", "drop", "--fail-on", "stale"], in: scratch).code == 0)
        #expect(try stream(late + ["--fail-on", "late,"], in: scratch).code == 2)
    }

    @Test func writersThatComeAndGoAreOneStream() throws {
        let scratch = try Scratch()
        _ = try fifo(scratch)
        let clip = try Clips.path("clip.y4m")
        let finished = try script(
            """
            "$DH" run camera --reopen --frames 24 --openset maps.y4m --meta meta.jsonl "${SMALL[@]}" &
            for _ in 1 2 3; do timeout 60 cat '\(clip)' > camera; done
            wait $!
            """, in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        let summary = try Summary(scratch)
        #expect(summary.delivered == 24 && summary.framesIn == 24)
        let ids = try scratch.lines("meta.jsonl").map { line in
            (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["frame_id"] as? Int
        }
        #expect(ids == Array(0..<24))
        #expect(try Clips.count("maps.y4m", in: scratch) == 24)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalEndsTheWaitForTheNextWriter(signal: Int32) throws {
        let scratch = try Scratch()
        let camera = try fifo(scratch)
        let running = try start(
            ["run", camera, "--reopen", "--frame-times", "times.csv", "--openset", "maps.y4m"], in: scratch)
        let fed = try script("timeout 60 cat '\(try Clips.path("clip.y4m"))' > camera", in: scratch)
        #expect(fed.code == 0)
        #expect(running.wait { ((try? scratch.text("times.csv")) ?? "").count { $0 == "\n" } == Clips.frames + 1 })
        running.send(signal)
        let finished = try running.finish(20)
        #expect(finished.code == 0 && !finished.crashed, "\(finished.error)")
        #expect(try Summary(scratch).delivered == Clips.frames)
        #expect((try health(scratch)["retries"] as? [String: Int])?["eos"] == 1)
        #expect(scratch.unfinished.isEmpty)
    }

    @Test func standardInputIsOpenedAgainByItsPath() throws {
        let scratch = try Scratch()
        _ = try fifo(scratch)
        let clip = try Clips.path("clip.y4m")
        let finished = try script(
            """
            "$DH" run - --reopen --frames 16 "${SMALL[@]}" < camera &
            for _ in 1 2; do timeout 60 cat '\(clip)' > camera; done
            wait $! || exit
            cat '\(clip)' | "$DH" run - --reopen "${SMALL[@]}"
            """, in: scratch)
        #expect(finished.code == 2 && finished.error.contains("--reopen needs an input with a path"))
        #expect(try Summary(scratch).delivered == 16)
    }
}
