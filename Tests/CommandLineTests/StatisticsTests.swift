import Foundation
import Testing

/// `calibrate statistics`, and runs that need its file.
@Suite struct StatisticsTests {
    private static let drive: String =
        URL(fileURLWithPath: Program.model).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Pipelines/sample-drive").path

    /// A copy of the bundled model without its statistics.
    private func model(in scratch: Scratch) throws -> String {
        for name in ["model.yaml", "model.onnx", "thresholds.yaml"] {
            try FileManager.default.createSymbolicLink(
                atPath: scratch.file(name), withDestinationPath: Program.model + "/" + name)
        }
        return scratch.path
    }

    @Test func measuresAndThenRuns() throws {
        let scratch = try Scratch()
        let small = ["--model", try model(in: scratch), "--size", "256x128", "--threads", "1"]
        let refused = try densehybrid(
            ["run", Self.drive, "--score", "mahalanobis", "--threshold", "100"] + small, in: scratch)
        #expect(refused.code == 1 && refused.error.split(separator: "\n").count == 1)
        #expect(refused.error.contains("calibrate statistics") && refused.error.contains("statistics.yaml"))

        let made = try densehybrid(
            ["calibrate", "statistics", Self.drive, "--every", "40", "--set", "two frames"] + small, in: scratch)
        #expect(made.code == 0 && made.error.contains("2 frames"))
        let text = try scratch.text("statistics.yaml")
        #expect(text.contains("set: \"two frames\"") && text.contains("--every 40") && text.contains("--size 256x128"))
        #expect(scratch.unfinished.isEmpty)

        for score in ["react", "mahalanobis", "energy-neco"] {
            let ran = try densehybrid(
                ["replay", Self.drive, "--frames", "2", "--score", score, "--threshold", "100"] + small, in: scratch)
            #expect(ran.code == 0, "\(score): \(ran.error)")
        }
    }

    @Test func wrongOptionsAreUsage() throws {
        let scratch = try Scratch()
        for wrong in [["--percentile", "101"], ["--components", "0"], ["--neco-weight", "2"]] {
            let run = try densehybrid(["calibrate", "statistics", Self.drive] + wrong, in: scratch)
            #expect(run.code == 2 && run.error.contains(wrong[0]), "\(wrong)")
        }
        #expect(try densehybrid(["calibrate", "statistics", scratch.file("none")], in: scratch).code == 1)
    }
}
