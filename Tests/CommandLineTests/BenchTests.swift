import Foundation
import Testing

/// `densehybrid bench`: what it prints is what programs can read. No time is tested.
@Suite struct BenchTests {
    private func object(_ output: Data) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: output) as? [String: Any])
    }

    @Test func kernels() throws {
        let scratch = try Scratch()
        let finished = try densehybrid(
            ["bench", "kernels", "--quick", "--isa", "scalar", "--threads", "1", "--frames", "2", "--json"], in: scratch
        )
        #expect(finished.code == 0, "\(finished.error)")
        let report = try object(finished.output)
        #expect((report["parts"] as? [[String: Any]])?.first?["isa"] as? String == "scalar")
    }

    @Test func modelAndPipeline() throws {
        let scratch = try Scratch()
        for verb in ["model", "pipeline"] {
            let arguments = ["bench", verb] + Program.small + ["--frames", "2", "--warm-up", "1"]
            let json = try densehybrid(arguments + ["--json"], in: scratch)
            #expect(json.code == 0, "\(json.error)")
            let report = try object(json.output)
            #expect(report["case"] as? String == verb && report["size"] as? String == "256x128")
            let text = try densehybrid(arguments, in: scratch)
            #expect(text.code == 0 && String(decoding: text.output, as: UTF8.self).contains("backbone"))
        }
    }

    @Test func pipelineOfAPicture() throws {
        let scratch = try Scratch()
        let finished = try densehybrid(
            ["bench", "pipeline", "--input", try Clips.path("clip.mjpeg")] + Program.small
                + ["--frames", "2", "--warm-up", "0", "--json"], in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        let input = try #require(try object(finished.output)["input"] as? String)
        #expect(input.hasPrefix("jpeg"), "\(input)")
    }

    @Test(arguments: ["model", "pipeline"])
    func interactive(verb: String) throws {
        let scratch = try Scratch()
        let finished = try script(
            "printf 'run 2\\nrun 3\\n' | \"$DH\" bench \(verb) --interactive \(Program.small.joined(separator: " "))",
            in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        let lines = String(decoding: finished.output, as: UTF8.self).split(separator: "\n")
        try #require(lines.count == 3, "\(lines)")
        #expect(try object(Data(lines[0].utf8))["ready"] as? Bool == true)
        for (line, count) in zip(lines.dropFirst(), [2, 3]) {
            let samples = try #require(try object(Data(line.utf8))["samples_ms"] as? [Double])
            #expect(samples.count == count && samples.allSatisfy { $0 > 0 })
        }
    }

    @Test(arguments: ["model", "pipeline"])
    func interactiveRefusesNonsense(verb: String) throws {
        let scratch = try Scratch()
        let finished = try script(
            "echo 'walk 2' | \"$DH\" bench \(verb) --interactive \(Program.small.joined(separator: " "))", in: scratch)
        #expect(finished.code == 1 && finished.error.contains("run N"), "\(finished.error)")
    }

    @Test(
        arguments: [
            ["kernels", "--frames", "0"], ["kernels", "--isa", "mmx"], ["kernels", "--threads", "0"],
            ["model", "--warm-up", "-1"], ["model", "--size", "wide"], ["pipeline", "--frame-size", "7"],
            ["pipeline", "--frame-size", "64x64", "--input", "x.jpg"], ["everything"],
        ])
    func usage(arguments: [String]) throws {
        let scratch = try Scratch()
        let model = arguments[0] == "kernels" || arguments[0] == "everything" ? [] : ["--threshold", "0"]
        let finished = try densehybrid(["bench"] + arguments + model, in: scratch)
        #expect(finished.code == 2 && finished.output.isEmpty, "\(arguments): \(finished.error)")
    }
}
