import Foundation
import Testing

/// Damaged, cut and changing input: the rest is delivered, and the exit code tells.
@Suite struct DamageTests {
    private func damagedThird(in scratch: Scratch) throws -> String {
        var pictures = try Clips.pictures()
        pictures[2] = try Clips.damaged(pictures[2])
        return try Clips.join(pictures, in: scratch)
    }

    @Test func corruptFrameIsSkipped() throws {
        let scratch = try Scratch()
        let input = try damagedThird(in: scratch)
        let finished = try stream(["run", input, "--openset", "maps/"], in: scratch)
        #expect(finished.code == 3)
        let summary = try Summary(scratch)
        #expect(summary.framesIn == 8 && summary.delivered == 7 && summary.failed == 1)
        #expect(scratch.names("maps").count == 7)
        #expect(finished.error.contains("frame 2"), "which frame was lost: \(finished.error)")
    }

    @Test func corruptFrameIsHeld() throws {
        let scratch = try Scratch()
        let input = try damagedThird(in: scratch)
        let finished = try stream(["run", input, "--openset", "maps.y4m", "--on-corrupt", "hold"], in: scratch)
        #expect(finished.code == 3)
        #expect(try Summary(scratch).failed == 1)
        #expect(try Clips.count("maps.y4m", in: scratch) == 8)
    }

    @Test func heldFrameIsTheLastOneAgain() throws {
        let scratch = try Scratch()
        let input = try damagedThird(in: scratch)
        let raw = ["--openset", "maps.raw", "--overlay", "overlays/", "--on-corrupt", "hold"]
        #expect(try stream(["run", input] + raw, in: scratch).code == 3)
        let maps = try scratch.bytes("maps.raw")
        let size = 160 * 80
        try #require(maps.count == 8 * size)
        #expect(maps[2 * size..<3 * size] == maps[size..<2 * size])
        #expect(scratch.names("overlays").count == 8)
    }

    @Test func corruptFrameEndsTheStream() throws {
        let scratch = try Scratch()
        let input = try damagedThird(in: scratch)
        let finished = try stream(["run", input, "--openset", "maps/", "--on-corrupt", "fail"], in: scratch)
        #expect(finished.code == 1 || finished.code == 3)
        let summary = try Summary(scratch)
        #expect(summary.failed == 1)
        #expect(summary.delivered < 7, "the stream went on after the damaged frame")
        #expect(scratch.names("maps").count == summary.delivered)
        #expect(!scratch.names("maps").contains { $0.contains("7") }, "the last frame was still delivered")
    }

    @Test(arguments: ["clip.y4m", "clip.mjpeg"])
    func cutStream(name: String) throws {
        let scratch = try Scratch()
        let whole = try Clips.folder().bytes(name)
        let input = try scratch.write(whole.dropLast(500), to: name)
        let finished = try stream(["run", input, "--openset", "maps.y4m"], in: scratch)
        #expect(finished.code == 3)
        let summary = try Summary(scratch)
        #expect(summary.delivered == Clips.frames - 1)
        #expect(try Clips.count("maps.y4m", in: scratch) == Clips.frames - 1)
        #expect(finished.error.contains("ends inside a frame"))
    }

    @Test func garbageBetweenFrames() throws {
        let scratch = try Scratch()
        var pictures = try Clips.pictures()
        pictures.insert(Data(repeating: 0x55, count: 700), at: 4)
        let finished = try stream(
            ["run", try Clips.join(pictures, in: scratch), "--openset", "maps/"], in: scratch)
        #expect(finished.code == 3)
        let summary = try Summary(scratch)
        #expect(summary.delivered == Clips.frames && scratch.names("maps").count == Clips.frames)
        #expect(try summary.number("skipped_bytes") == 700)
    }

    private func mixed(in scratch: Scratch) throws -> String {
        var pictures = try Clips.pictures()
        pictures[3] = try Clips.folder().bytes("other.jpg")
        return try Clips.join(pictures, in: scratch)
    }

    @Test func anotherSizeGoesIntoAFolder() throws {
        let scratch = try Scratch()
        let finished = try stream(
            ["run", try mixed(in: scratch), "--openset", "maps/", "--format", "pgm"], in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(try Summary(scratch).delivered == Clips.frames)
        let sizes = try scratch.names("maps").map { name in
            try scratch.bytes("maps/\(name)").count
        }
        #expect(sizes.count == Clips.frames)
        #expect(sizes.count { $0 >= 160 * 80 } == 7 && sizes.count { 96 * 64..<96 * 64 + 64 ~= $0 } == 1)
    }

    @Test func anotherSizeFailsInAStream() throws {
        let scratch = try Scratch()
        let finished = try stream(["run", try mixed(in: scratch), "--openset", "maps.y4m"], in: scratch)
        #expect(finished.code == 3)
        let summary = try Summary(scratch)
        #expect(summary.delivered == 7 && summary.failed == 1)
        #expect(try Clips.count("maps.y4m", in: scratch) == 7)
        #expect(finished.error.contains("96x64"), "\(finished.error)")
    }

    @Test func missingAndSenselessInput() throws {
        let scratch = try Scratch()
        let missing = try densehybrid(["run", "no-such-file.y4m"] + Program.small, in: scratch)
        #expect(missing.code == 1)
        #expect(missing.error.contains("no-such-file.y4m"))
        try scratch.write(Data("this is no video at all, whatever one reads into it\n".utf8), to: "text.bin")
        let senseless = try densehybrid(["run", "text.bin"] + Program.small, in: scratch)
        #expect(senseless.code == 1)
        #expect(senseless.error.split(separator: "\n").count == 1, "\(senseless.error)")
        let empty = try densehybrid(["run", "-"] + Program.small, in: scratch)
        #expect(empty.code == 1, "an empty input is no clean run: \(empty.error)")
    }
}
