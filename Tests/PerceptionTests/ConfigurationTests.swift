import Foundation
import Inference
import OpenSet
import Testing

@testable import Perception

/// Thresholds and pipeline files.
@Suite struct ConfigurationTests {
    private func entry(
        score: String, at resolution: String = "full", value: Float, digest: String, precision: String = "fp32"
    ) -> String {
        """
        - {score: \(score), score_at: \(resolution), value: \(value), rule: TPR 95, size: 1024x512, \
        precision: \(precision), \
        model_sha256: \(digest), set: test}

        """
    }

    private func bundle(_ thresholds: String, in scratch: Scratch) throws -> ModelBundle {
        let directory = try TestModel.variant(in: scratch) { $0 + "\n" }
        try scratch.write(thresholds, to: "thresholds.yaml")
        return try ModelBundle(directory: directory)
    }

    @Test func thresholdOfModelScoreAndResolution() throws {
        let scratch = try Scratch()
        let digest = try TestModel.network().bundle.description.modelSHA256
        let bundle = try bundle(
            entry(score: "densehybrid", value: -9.5, digest: digest)
                + entry(score: "densehybrid", at: "low", value: -9.25, digest: digest)
                + entry(score: "generative", value: 3.5, digest: digest), in: scratch)
        let hybrid = try OutlierScore(argument: "densehybrid")
        let generative = try OutlierScore(argument: "generative")
        #expect(try bundle.threshold(given: nil, score: hybrid, resolution: .full).threshold.value == -9.5)
        #expect(try bundle.threshold(given: nil, score: hybrid, resolution: .low).threshold.value == -9.25)
        #expect(try bundle.threshold(given: nil, score: generative, resolution: .full).threshold.value == 3.5)
        #expect(try bundle.threshold(given: nil, score: generative, resolution: .low).threshold.value == 3.5)
        #expect(try bundle.threshold(given: 7, score: hybrid, resolution: .full).threshold.value == 7)
    }

    @Test func thresholdOfTheSamePrecisionIsPreferred() throws {
        let scratch = try Scratch()
        let digest = try TestModel.network().bundle.description.modelSHA256
        let both = try bundle(
            entry(score: "densehybrid", value: -9.5, digest: digest)
                + entry(score: "densehybrid", value: -9.25, digest: digest, precision: "int8")
                + entry(score: "generative", value: 3.5, digest: digest), in: scratch)
        let hybrid = try OutlierScore(argument: "densehybrid")
        let exact = try both.threshold(given: nil, score: hybrid, resolution: .full, precision: .int8)
        #expect(exact.threshold.value == -9.25 && exact.note == nil)
        // Calibrated in the other precision: used, and said.
        let generative = try OutlierScore(argument: "generative")
        let other = try both.threshold(given: nil, score: generative, resolution: .full, precision: .int8)
        #expect(other.threshold.value == 3.5)
        #expect(other.note?.contains("fp32") == true && other.note?.contains("int8") == true)
    }

    @Test func thresholdsOfOthersAreRefused() throws {
        let scratch = try Scratch()
        let digest = try TestModel.network().bundle.description.modelSHA256
        let other = String(repeating: "a", count: 64)
        let bundle = try bundle(
            entry(score: "densehybrid", value: -9.5, digest: other)
                + entry(score: "generative", value: 3.5, digest: digest)
                + entry(score: "discriminative", at: "low", value: 1, digest: digest), in: scratch)
        for name in ["densehybrid", "discriminative"] {
            let score = try OutlierScore(argument: name)
            let error = #expect(throws: ModelError.self) {
                try bundle.threshold(given: nil, score: score, resolution: .full)
            }
            let text = error?.description ?? ""
            #expect(text.contains("'\(name)'") && text.contains("--threshold"), "\(text)")
        }
    }

    @Test func faultyThresholds() throws {
        let scratch = try Scratch()
        let error = #expect(throws: ModelError.self) { try bundle("- {score: densehybrid}\n", in: scratch) }
        #expect(error?.description.contains("thresholds.yaml") == true)
    }

    @Test func pipelineFile() throws {
        let scratch = try Scratch()
        let text =
            "model: ../models/mine\nsize: 512x256\nbudget_ms: 80\non_late: finish\nthreshold: -4.5\n"
            + "cpu_affinity: 0,2-3\nrealtime: 10\nregion_min_area: 50\n"
            + "camera: {fx: 1000, fy: 1000, cx: 640, cy: 360, width: 1280, height: 720, height_m: 1.5, pitch_deg: 0}\n"
        let file = try PipelineFile(path: try scratch.write(text, to: "mine.yaml"))
        #expect(file.size == "512x256" && file.budgetMilliseconds == 80 && file.onLate == "finish")
        #expect(file.threshold == -4.5 && file.score == nil)
        #expect(file.affinity == "0,2-3" && file.realtime == 10)
        #expect(file.regionMinimumArea == 50)
        #expect(try file.camera?.groundCamera().groundDistance(u: 640, v: 410) == 30)
        let parent = URL(fileURLWithPath: scratch.path).deletingLastPathComponent()
        #expect(file.model == parent.appendingPathComponent("models/mine").standardizedFileURL.path)
        let empty = try PipelineFile(path: try scratch.write("# nothing\n", to: "empty.yaml"))
        #expect(empty.model == nil && empty.queue == nil)
    }

    @Test(
        arguments: [
            ("treshold: 3\n", "treshold"), ("threads: many\n", "threads"), ("- a\n- b\n", "mine.yaml"),
            ("size: [1, 2\n", "mine.yaml"), ("camera: {fx: 1, focus: 2}\n", "focus"), ("camera: {fx: 1}\n", "fy"),
        ])
    func faultyPipelineFile(text: String, word: String) throws {
        let scratch = try Scratch()
        let path = try scratch.write(text, to: "mine.yaml")
        let error = #expect(throws: ModelError.self) { try PipelineFile(path: path) }
        let message = error?.description ?? ""
        #expect(message.contains(word) && message.contains(path) && !message.contains("\n"), "\(message)")
        #expect(throws: ModelError.self) { try PipelineFile(path: scratch.file("none.yaml")) }
    }

    @Test func shippedPipelineFilesAreValid() throws {
        let folder = URL(fileURLWithPath: TestModel.directory).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Pipelines").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
        #expect(!names.isEmpty)
        for name in names { _ = try PipelineFile(path: folder + "/" + name) }
    }
}
