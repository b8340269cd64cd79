import Foundation
import Inference
import OpenSet
import Testing

@testable import Perception

/// `statistics.yaml`: written, read, refused.
@Suite struct StatisticsFileTests {
    private func example(digest: String = String(repeating: "ab", count: 32), classes: Int = 2) -> StatisticsFile {
        StatisticsFile(
            modelSHA256: digest, precision: .fp32, sizes: ["256x128", "512x256"], frames: 3, set: "a \"set\"",
            command: "densehybrid calibrate statistics \"a drive\"/",
            statistics: ScoreStatistics(
                maximumLogit: (0..<classes).map { .init(pixels: $0 * 1000, mean: 1.25 * Double($0), deviation: 0.5) }))
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
        } catch {
            return "\(error)"
        }
        Issue.record("no error was thrown")
        return ""
    }

    @Test func readsWhatItWrites() throws { #expect(try StatisticsFile(text: example().text) == example()) }

    @Test func damageIsSaid() throws {
        let text = example().text
        for (old, new, word) in [
            ("format: 1", "format: 2", "format 2"), ("classes: 2", "classes: 3", "3 numbers"),
            ("classes: 2", "classes: 0", "1 to 254"), ("mean: 0 1.25", "mean: 0 nan", "2 numbers"),
            ("deviation: 0.5 0.5", "deviation: 0.5 -1", "2 numbers"), ("precision: fp32", "precision: fp8", "fp8"),
            ("pixels: 0 1000", "pixels: 0 9223372036854775807", "2 numbers"),
            ("mean: 0 1.25", "mean: 0 1e300", "2 numbers"),
            ("frames: 3\n", "", "frames"), ("maximum_logit:", "maximum_logit: [", "not valid YAML"),
        ] {
            #expect(text.contains(old))
            let said = message { _ = try StatisticsFile(text: text.replacing(old, with: new)) }
            #expect(said.contains(word) && !said.contains("\n"), "\(old) -> \(new): \(said)")
        }
    }

    @Test func anotherModelsFileIsRefused() throws {
        let scratch = try Scratch()
        let bundle = try ModelBundle(directory: try TestModel.variant(in: scratch) { $0 + "\n" })
        let missing = message { _ = try StatisticsFile(of: bundle, for: .maximumLogit) }
        #expect(missing.contains("calibrate statistics") && missing.contains("is not there"))
        try scratch.write(Data(example(classes: 19).text.utf8), to: StatisticsFile.name)
        let foreign = message { _ = try StatisticsFile(of: bundle, for: .maximumLogit) }
        #expect(foreign.contains("abababababab") && foreign.contains("calibrate statistics"))
        let digest = bundle.description.modelSHA256
        try scratch.write(Data(example(digest: digest, classes: 5).text.utf8), to: StatisticsFile.name)
        #expect(message { _ = try StatisticsFile(of: bundle, for: .maximumLogit) }.contains("5 classes"))
        try scratch.write(Data(example(digest: digest, classes: 19).text.utf8), to: StatisticsFile.name)
        #expect(try StatisticsFile(of: bundle, for: .maximumLogit).frames == 3)
        #expect(try bundle.statistics(for: .maximumLogit, precision: .fp32, size: nil) == nil, "it needs none")
    }

    /// Measured at 256x128 and 512x256 in fp32; the model's own width is 1024.
    @Test func anotherSizeOrPrecisionIsNoted() throws {
        let scratch = try Scratch()
        let bundle = try ModelBundle(directory: try TestModel.variant(in: scratch) { $0 + "\n" })
        try scratch.write(
            Data(example(digest: bundle.description.modelSHA256, classes: 19).text.utf8), to: StatisticsFile.name)
        func note(_ size: NetworkSize?, _ precision: Precision = .fp32) throws -> String? {
            try #require(
                try bundle.statistics(for: .standardizedMaximumLogit, precision: precision, size: size)
            ).note
        }
        #expect(try note(NetworkSize(width: 512, height: 256)) == nil)
        let size = try #require(try note(NetworkSize(width: 512, height: 288)))
        #expect(size.contains("in fp32 at 256x128, 512x256") && size.contains("in fp32 at 512x288"), "\(size)")
        #expect(try #require(try note(nil)).contains("at width 1024"))
        #expect(try #require(try note(NetworkSize(width: 256, height: 128), .int8)).contains("computes in int8"))
        let file = try StatisticsFile(of: bundle, for: .standardizedMaximumLogit)
        #expect(file.fits(nil, width: 512) && !file.fits(nil, width: 51))
    }
}
