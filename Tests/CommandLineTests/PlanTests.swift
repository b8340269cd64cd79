import Foundation
import Testing

/// `densehybrid plan`: what it prints, what it writes, and how it ends. No time is tested.
@Suite struct PlanTests {
    private let sizes = ["--size", "256x128", "--frames", "2", "--warm-up", "1"]

    @Test func thePipelineFileIsOneThatRunsTake() throws {
        let scratch = try Scratch()
        let plan = ["plan", "--budget-ms", "100000", "--thread-counts", "1,2", "--json", "--write", "car.yaml"]
        // A folder of our own: the file must not fall back to the bundled model.
        try FileManager.default.createSymbolicLink(
            atPath: scratch.file("driver's model"), withDestinationPath: Program.model)
        let chosen = ["--model", "driver's model", "--score", "generative", "--isa", "scalar"]
        let finished = try densehybrid(plan + chosen + sizes, in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        let report = try #require(try JSONSerialization.jsonObject(with: finished.output) as? [String: Any])
        let candidates = try #require(report["candidates"] as? [[String: Any]])
        #expect(candidates.map { $0["threads"] as? Int } == [1, 1, 2, 2])
        #expect(candidates.map { $0["precision"] as? String } == ["fp32", "int8", "fp32", "int8"])
        #expect((report["best"] as? [String: Any])?["size"] as? String == "256x128")
        let lines = try scratch.lines("car.yaml")
        #expect(lines.contains { $0.hasPrefix("model: '/") && $0.hasSuffix("/driver''s model'") }, "\(lines)")
        #expect(lines.contains("score: 'generative'") && lines.contains("isa: 'scalar'"), "\(lines)")
        let check = try densehybrid(["check", "--pipeline", "car.yaml"], in: scratch)
        #expect(check.code == 0, "\(check.error)")
        #expect(String(decoding: check.output, as: UTF8.self).contains("256x128"))
    }

    @Test func nothingFits() throws {
        let scratch = try Scratch()
        let plan = ["plan", "--budget-ms", "0.001", "--precision", "fp32", "--write", "car.yaml"]
        let finished = try densehybrid(plan + ["--model", Program.model] + sizes, in: scratch)
        #expect(finished.code == 1 && finished.error.hasSuffix("see the table\n"), "\(finished.error)")
        #expect(String(decoding: finished.output, as: UTF8.self).contains("nothing fits: the fastest is 256x128"))
        #expect(!scratch.exists("car.yaml"))
    }

    @Test(
        arguments: [
            [], ["--budget-ms", "0"], ["--budget-ms", "10", "--frames", "0"], ["--budget-ms", "10", "--warm-up", "-1"],
            ["--budget-ms", "10", "--thread-counts", "1,x"], ["--budget-ms", "10", "--precision", "int4"],
            ["--budget-ms", "10", "--input", "x.jpg", "--frame-size", "64x64"],
        ])
    func usage(arguments: [String]) throws {
        let scratch = try Scratch()
        let finished = try densehybrid(["plan"] + arguments, in: scratch)
        #expect(finished.code == 2 && finished.output.isEmpty, "\(arguments): \(finished.error)")
    }
}
