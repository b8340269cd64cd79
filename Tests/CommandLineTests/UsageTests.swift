import Foundation
import Testing

/// Wrong command lines end with 2 and one line that says what to do; nothing is written.
@Suite struct UsageTests {
    @Test(
        arguments: [
            ["run", "clip.y4m", "--no-such-option"],
            ["run", "clip.y4m", "--openset", "-", "--meta", "-"],
            ["run", "clip.y4m", "--summary", "-", "--meta", "-"],
            ["run", "clip.y4m", "--size", "256"],
            ["run", "clip.y4m", "--size", "0x128"],
            ["run", "clip.y4m", "--size", "axb"],
            ["run", "clip.y4m", "--score", "no-such-score"],
            ["run", "clip.y4m", "--score-at", "middle"],
            ["run", "clip.y4m", "--isa", "mmx"],
            ["run", "clip.y4m", "--threads", "0"],
            ["run", "clip.y4m", "--cpu-affinity", "0,0"],
            ["run", "clip.y4m", "--cpu-affinity", "1023"],
            ["run", "clip.y4m", "--realtime", "100"],
            ["run", "clip.y4m", "--queue", "sometimes"],
            ["run", "clip.y4m", "--on-late", "cry"],
            ["run", "clip.y4m", "--on-corrupt", "ignore"],
            ["run", "clip.y4m", "--fail-on", "monday"],
            ["run", "clip.y4m", "--on-stall", "cry", "--stall-timeout", "1"],
            ["run", "clip.y4m", "--on-stall", "hold"],
            ["run", "clip.y4m", "--stall-timeout", "0"],
            ["run", "clip.y4m", "--diagnostics-interval-ms", "1"],
            ["run", "pictures", "--reopen"],
            ["run", "clip.y4m", "--budget-ms", "-5"],
            ["run", "clip.y4m", "--precision", "int4"],
            ["run", "clip.y4m", "--format", "gif", "--openset", "maps/"],
            ["run", "clip.y4m", "--every", "0"],
            ["run", "clip.y4m", "--openset", "maps.unknown-ending"],
            ["run", "clip.y4m", "--threshold", "nan"],
            ["run", "clip.nv12", "--input-format", "raw"],
            ["run", "clip.nv12", "--pixel-format", "nv12", "--video-size", "99999x99999"],
            ["run", "clip.nv12", "--input-format", "raw", "--pixel-format", "nv13", "--video-size", "160x80"],
            ["replay", "clip.y4m", "--loop", "-1"],
            ["replay", "clip.y4m", "--pace", "sometimes"],
            ["replay", "clip.y4m", "--pace", "none", "--rate", "2"],
            ["replay", "clip.y4m", "--rate", "0"],
            ["replay", "clip.y4m", "--pace", "none", "--queue", "latest"],
            ["replay", "clip.y4m", "--queue", "drop-newest"],
            ["replay", "clip.y4m", "--budget-ms", "10", "--on-late", "drop"],
            ["replay", "clip.mjpeg", "--pace", "realtime"],
            ["replay", "clip.y4m", "--topic", "/camera"],
            ["replay", "clip.y4m", "--mcap", "a.mcap", "--mcap-content", "openset,colour"],
            ["replay", "clip.y4m", "--mcap", "a.mcap", "--mcap-profile", "ros1"],
            ["replay", "clip.y4m", "--mcap", "a.mcap", "--mcap-compression", "gzip"],
            ["replay", "clip.y4m", "--mcap", "-", "--meta", "-"],
            ["replay"], ["no-such-verb"],
        ])
    func endsWithTwo(arguments: [String]) throws {
        let scratch = try Scratch()
        var arguments = arguments
        if arguments.count > 1 {
            // Of an option that is given twice the last one counts.
            arguments = [arguments[0], try Clips.path(arguments[1])] + Program.small + arguments.dropFirst(2)
        }
        let before = scratch.names()
        let finished = try densehybrid(arguments, in: scratch)
        #expect(finished.code == 2, "\(finished.error)")
        // Before it, the stream may have been announced.
        let lines = finished.error.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("error: ") } == 1 && lines.count <= 2, "\(finished.error)")
        #expect(lines.last?.hasPrefix("error: ") == true && lines.last?.contains("densehybrid") == true)
        #expect(finished.output.isEmpty)
        #expect(Set(scratch.names()).subtracting(before).isSubset(of: ["stdout", "stderr"]))
    }

    @Test func sizeThatTheNetworkDoesNotTake() throws {
        let scratch = try Scratch()
        let finished = try densehybrid(
            ["run", try Clips.path("clip.y4m"), "--model", Program.model, "--size", "250x128", "--threshold", "0"],
            in: scratch)
        #expect(finished.code == 1)
        #expect(finished.error.contains("multiples of 16") && finished.error.contains("256x128"), "\(finished.error)")
    }

    /// What cannot be read or computed at all is a failure before the first frame, not a stream with losses.
    @Test(
        arguments: [
            ["nothing-here.y4m"], ["empty"], ["empty/%06d.jpg"], ["clip.y4m", "--size", "16384x16384"],
            ["clip.y4m", "--size", "264x128"],
        ])
    func endsWithOne(arguments: [String]) throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.file("empty"), withIntermediateDirectories: false)
        let input = arguments[0].hasPrefix("clip") ? try Clips.path(arguments[0]) : scratch.file(arguments[0])
        let finished = try densehybrid(
            ["run", input, "--quiet", "--openset", "maps/"] + Program.small + arguments.dropFirst(), in: scratch)
        #expect(finished.code == 1, "\(finished.error)")
        #expect(finished.error.hasPrefix("error: ") && finished.error.count { $0 == "\n" } == 1, "\(finished.error)")
        #expect(scratch.names("maps").isEmpty && finished.output.isEmpty)
    }

    @Test(arguments: [[], ["run"], ["replay"], ["info"], ["inspect"], ["check"], ["eval"], ["export"], ["bench"]])
    func everyVerbExplainsItself(verb: [String]) throws {
        let scratch = try Scratch()
        let finished = try densehybrid(verb + ["--help"], in: scratch)
        let help = String(decoding: finished.output, as: UTF8.self)
        #expect(finished.code == 0 && finished.error.isEmpty)
        #expect(help.contains("USAGE") && help.contains("EXAMPLES"))
    }

    @Test func scoresAreListed() throws {
        let scratch = try Scratch()
        let finished = try densehybrid(["run", "--score", "help"], in: scratch)
        #expect(finished.code == 0)
        #expect(String(decoding: finished.output, as: UTF8.self).contains("densehybrid"))
    }

    @Test func infoCheckAndInspect() throws {
        let scratch = try Scratch()
        let info = try densehybrid(["info", try Clips.path("clip.mjpeg"), "--json"], in: scratch)
        #expect(info.code == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: info.output) as? [String: Any])
        #expect(object["frames"] as? Int == Clips.frames)
        let check = try densehybrid(["check"] + Program.small, in: scratch)
        #expect(check.code == 0, "\(check.error)")
        #expect(String(decoding: check.output, as: UTF8.self).contains("256x128"))
        let inspect = try densehybrid(["inspect", Program.model, "--size", "256x128"], in: scratch)
        #expect(inspect.code == 0, "\(inspect.error)")
        #expect(String(decoding: inspect.output, as: UTF8.self).contains("backbone:"))
    }
}
