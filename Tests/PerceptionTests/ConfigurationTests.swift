import Foundation
import Inference
import OpenSet
import Testing

@testable import Perception

/// Thresholds and pipeline files.
@Suite struct ConfigurationTests {
    private func entry(
        score: String, at resolution: String = "full", value: Float, digest: String, precision: String = "fp32",
        size: String = "1024x512"
    ) -> String {
        """
        - {score: \(score), score_at: \(resolution), value: \(value), rule: TPR 95, size: \(size), \
        precision: \(precision), \
        model_sha256: \(digest), set: test}

        """
    }

    private func bundle(_ thresholds: String, in scratch: Scratch) throws -> ModelBundle {
        let directory = try TestModel.variant(in: scratch) { $0 + "\n" }
        try scratch.write(thresholds, to: "thresholds.yaml")
        return try ModelBundle(directory: directory)
    }

    private func use(
        _ score: String, _ resolution: ScoreResolution = .full, _ precision: Precision = .fp32,
        _ size: (Int, Int) = (1024, 512)
    ) throws -> ThresholdUse {
        ThresholdUse(
            score: try OutlierScore(argument: score), resolution: resolution, precision: precision,
            size: NetworkSize(width: size.0, height: size.1))
    }

    @Test func thresholdOfModelScoreAndResolution() throws {
        let scratch = try Scratch()
        let digest = try TestModel.network().bundle.description.modelSHA256
        let bundle = try bundle(
            entry(score: "densehybrid", value: -9.5, digest: digest)
                + entry(score: "densehybrid", at: "low", value: -9.25, digest: digest)
                + entry(score: "generative", value: 3.5, digest: digest), in: scratch)
        let full = try bundle.threshold(for: try use("densehybrid"))
        #expect(full.threshold.value == -9.5 && full.note == nil && full.origin.contains("thresholds.yaml: TPR 95"))
        #expect(try bundle.threshold(for: try use("densehybrid", .low)).threshold.value == -9.25)
        #expect(try bundle.threshold(for: try use("generative")).threshold.value == 3.5)
        // An approximate score may use the exact one's, and says so.
        let low = try bundle.threshold(for: try use("generative", .low))
        #expect(low.threshold.value == 3.5 && low.note?.contains("score at low") == true)
    }

    @Test func thresholdOfTheSamePrecisionAndSizeIsPreferred() throws {
        let scratch = try Scratch()
        let digest = try TestModel.network().bundle.description.modelSHA256
        let both = try bundle(
            entry(score: "densehybrid", value: -9.5, digest: digest)
                + entry(score: "densehybrid", value: -9.25, digest: digest, precision: "int8")
                + entry(score: "generative", value: 3.5, digest: digest)
                + entry(score: "generative", value: 3.25, digest: digest, size: "512x256"), in: scratch)
        let exact = try both.threshold(for: try use("densehybrid", .full, .int8))
        #expect(exact.threshold.value == -9.25 && exact.note == nil)
        #expect(try both.threshold(for: try use("generative", .full, .fp32, (512, 256))).threshold.value == 3.25)
        // Calibrated in the other precision or at another size: used, and said.
        let other = try both.threshold(for: try use("generative", .full, .int8))
        #expect(other.threshold.value == 3.5)
        #expect(other.note?.contains("fp32") == true && other.note?.contains("int8") == true)
        let small = try both.threshold(for: try use("densehybrid", .full, .fp32, (512, 256)))
        #expect(small.threshold.value == -9.5 && small.note?.contains("fp32 at 512x256") == true)
    }

    @Test func thresholdsOfOthersAreRefused() throws {
        let scratch = try Scratch()
        let digest = try TestModel.network().bundle.description.modelSHA256
        let other = String(repeating: "a", count: 64)
        let bundle = try bundle(
            entry(score: "densehybrid", value: -9.5, digest: other)
                + entry(score: "generative", value: 3.5, digest: digest)
                + entry(score: "discriminative", at: "low", value: 1, digest: digest), in: scratch)
        for name in ["densehybrid", "discriminative", "generative:2"] {
            let error = #expect(throws: ModelError.self) { try bundle.threshold(for: try use(name)) }
            let text = error?.description ?? ""
            #expect(text.contains("'\(name)'") && text.contains("--threshold"), "\(text)")
        }
    }

    /// A file that was asked for by name holds for what it was made for, or not at all.
    @Test func aNamedFileIsTakenAtItsWord() throws {
        let scratch = try Scratch()
        let bundle = try TestModel.network().bundle
        let digest = bundle.description.modelSHA256
        let path = try scratch.write(
            entry(score: "densehybrid", value: 1, digest: String(repeating: "b", count: 64))
                + entry(score: "generative", value: 3.5, digest: digest.uppercased())
                + entry(score: "generative", at: "low", value: 3.25, digest: digest, size: "512x256")
                + entry(score: "msp", value: 0.5, digest: digest, size: "1024x512, sizes: [1024x576]"), to: "mine.yaml")
        let file = try ThresholdsFile(path: path)
        let found = try bundle.threshold(of: file, for: try use("generative"))
        #expect(found.threshold.value == 3.5 && found.note == nil && found.origin.hasPrefix(path))
        // Frames of that aspect had this very size.
        #expect(try bundle.threshold(of: file, for: try use("msp", .full, .fp32, (1024, 576))).threshold.value == 0.5)
        // The other precision moves the rates little: used, and said.
        let int8 = try bundle.threshold(of: file, for: try use("generative", .full, .int8))
        #expect(int8.threshold.value == 3.5 && int8.note?.contains("in int8") == true)
        let refused: [(ThresholdUse, [String])] = [
            (try use("densehybrid"), ["SHA-256 bbbbbbbbbbbb", String(digest.prefix(12))]),
            (try use("entropy"), ["'entropy'", "densehybrid, generative, msp"]),
            (try use("msp", .low), ["score at full", "--score-at full"]),
            (try use("generative", .full, .fp32, (512, 256)), ["at 1024x512", "at 512x256", "--size 1024x512"]),
            (try use("generative", .low), ["at 512x256", "--size 512x256"]),
            (try use("msp", .full, .int8, (512, 256)), ["--size 1024x576"]),
        ]
        for (use, words) in refused {
            let error = #expect(throws: ModelError.self) { try bundle.threshold(of: file, for: use) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix(path) && !text.contains("\n") && text.contains("calibrate threshold"), "\(text)")
            for word in words { #expect(text.contains(word), "\(text)") }
        }
        #expect(throws: ModelError.self) { try ThresholdsFile(path: scratch.file("none.yaml")) }
        let empty = try ThresholdsFile(path: try scratch.write("# none yet\n", to: "empty.yaml"))
        #expect(throws: ModelError.self) { try bundle.threshold(of: empty, for: try use("msp")) }
    }

    /// A score that reads statistics has another scale with others.
    @Test func thresholdsOfOtherStatisticsAreRefused() throws {
        let scratch = try Scratch()
        let digest = try TestModel.network().bundle.description.modelSHA256
        let mine = String(repeating: "d", count: 64), others = String(repeating: "e", count: 64)
        func use(_ statistics: String?) throws -> ThresholdUse {
            ThresholdUse(
                score: .standardizedMaximumLogit, resolution: .full, precision: .fp32,
                size: NetworkSize(width: 1024, height: 512), statisticsSHA256: statistics)
        }
        let text =
            entry(score: "sml", value: 1, digest: digest, size: "1024x512, statistics_sha256: \(others)")
            + entry(score: "sml", value: 2, digest: digest, size: "1024x512, statistics_sha256: \(mine.uppercased())")
        let bundle = try bundle(text, in: scratch)
        let path = try scratch.write(text, to: "mine.yaml")
        let file = try ThresholdsFile(path: path)
        #expect(try bundle.threshold(for: use(mine)).threshold.value == 2)
        #expect(try bundle.threshold(of: file, for: use(mine)).threshold.value == 2)
        for stranger in [String(repeating: "f", count: 64), nil] {
            let own = #expect(throws: ModelError.self) { try bundle.threshold(for: use(stranger)) }
            #expect(own?.description.contains("'sml'") == true)
            let named = #expect(throws: ModelError.self) { try bundle.threshold(of: file, for: use(stranger)) }
            let message = named?.description ?? ""
            #expect(message.hasPrefix(path) && message.contains("other statistics"), "\(message)")
        }
        var made = CalibratedThreshold(
            score: "sml", scoreAt: "full", value: 3, rule: "FPR 1", size: "1024x512", precision: "fp32",
            modelSHA256: digest, set: "new")
        made.statisticsSHA256 = String(repeating: "f", count: 64)
        try ThresholdsFile.update(path, with: [made])
        let after = try ThresholdsFile(path: path).entries
        #expect(after.map(\.value) == [3] && after[0].statisticsSHA256 == made.statisticsSHA256)
    }

    /// New entries take the place of old ones for the same; what is not understood stays.
    @Test func entriesOfOthersAreKept() throws {
        let scratch = try Scratch()
        let digest = String(repeating: "c", count: 64)
        let path = try scratch.write(
            entry(score: "densehybrid", value: 1, digest: digest)
                + "- {score: densehybrid, score_at: full, value: 0.10000000000000001, rule: TPR 95, size: 512x256, "
                + "precision: fp32, model_sha256: \(digest), set: 'a: b', my_own: [1, x]}\n", to: "mine.yaml")
        func made(_ value: Float, _ size: String) -> CalibratedThreshold {
            CalibratedThreshold(
                score: "densehybrid", scoreAt: "full", value: value, rule: "FPR 1", size: size, precision: "fp32",
                modelSHA256: digest.uppercased(), set: "new: 'set'")
        }
        try ThresholdsFile.update(path, with: [made(-2e-20, "1024x512")])
        let text = String(decoding: try scratch.bytes("mine.yaml"), as: UTF8.self)
        #expect(text.contains("my_own:\n  - 1\n  - x") && text.contains("0.10000000000000001"), "\(text)")
        #expect(text.contains("value: -2.0e-20"), "YAML 1.1 has a point in every number: \(text)")
        let file = try ThresholdsFile(path: path)
        #expect(file.entries.map(\.size) == ["512x256", "1024x512"] && file.entries.map(\.value) == [0.1, -2e-20])
        #expect(file.entries.map(\.set) == ["a: b", "new: 'set'"])
        // A new file; and one that cannot be understood stays as it is.
        try ThresholdsFile.update(scratch.file("new.yaml"), with: [made(1, "512x256"), made(2, "256x128")])
        #expect(try ThresholdsFile(path: scratch.file("new.yaml")).entries.map(\.value) == [1, 2])
        try scratch.write("- {score: x}\n", to: "new.yaml")
        #expect(throws: ModelError.self) { try ThresholdsFile.update(scratch.file("new.yaml"), with: [made(1, "8x8")]) }
        #expect(String(decoding: try scratch.bytes("new.yaml"), as: UTF8.self) == "- {score: x}\n")
        #expect(throws: ModelError.self) { try ThresholdsFile.update(scratch.file("no/folder.yaml"), with: []) }
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
        #expect(file.threshold == -4.5 && file.score == nil && file.thresholdFile == nil)
        #expect(file.affinity == "0,2-3" && file.realtime == 10)
        #expect(file.regionMinimumArea == 50)
        #expect(try file.camera?.groundCamera().groundDistance(u: 640, v: 410) == 30)
        let parent = URL(fileURLWithPath: scratch.path).deletingLastPathComponent()
        #expect(file.model == parent.appendingPathComponent("models/mine").standardizedFileURL.path)
        let named = try PipelineFile(path: try scratch.write("threshold_file: t.yaml\n", to: "named.yaml"))
        #expect(named.thresholdFile == URL(fileURLWithPath: scratch.file("t.yaml")).standardizedFileURL.path)
        let empty = try PipelineFile(path: try scratch.write("# nothing\n", to: "empty.yaml"))
        #expect(empty.model == nil && empty.queue == nil)
    }

    @Test(
        arguments: [
            ("treshold: 3\n", "treshold"), ("threads: many\n", "threads"), ("- a\n- b\n", "mine.yaml"),
            ("size: [1, 2\n", "mine.yaml"), ("camera: {fx: 1, focus: 2}\n", "focus"), ("camera: {fx: 1}\n", "fy"),
            ("threshold: 1\nthreshold_file: a.yaml\n", "threshold_file"),
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
