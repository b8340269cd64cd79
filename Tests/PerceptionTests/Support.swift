import Foundation
import FrameIO
import Kernels
import OpenSet
import Streaming
import Testing

@testable import Perception

/// A folder of its own for each test, removed with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/perception-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    @discardableResult
    func write(_ bytes: Data, to name: String) throws -> String {
        try bytes.write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file(name))) }

    func lines(_ name: String) throws -> [String] {
        String(decoding: try bytes(name), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// The bundled model, and what tests make of it.
enum TestModel {
    static let directory: String =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Calibration/espnetv2-densehybrid").path

    /// The bundled network, read once.
    static func network() throws -> ImportedNetwork { try imported.get() }

    private static let imported = Result<ImportedNetwork, any Error> {
        try ImportedNetwork(try ModelBundle(directory: directory))
    }

    /// A copy of the bundle in `scratch` with another `model.yaml`; the network is linked, not copied.
    static func variant(in scratch: Scratch, _ edit: (String) -> String) throws -> String {
        let yaml = try String(contentsOfFile: directory + "/model.yaml", encoding: .utf8)
        let edited = edit(yaml)
        try #require(edited != yaml, "the edit does nothing: has model.yaml changed?")
        try scratch.write(edited, to: "model.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.file("model.onnx"), withDestinationPath: directory + "/model.onnx")
        return scratch.path
    }

    /// A copy of the bundle in `scratch` whose network's bytes are edited, with the digest that belongs to them.
    static func variant(in scratch: Scratch, network edit: (inout Data) throws -> Void) throws -> String {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: directory + "/model.onnx"))
        try edit(&bytes)
        try scratch.write(bytes, to: "model.onnx")
        let yaml = try String(contentsOfFile: directory + "/model.yaml", encoding: .utf8)
        let own = try network().bundle.description.modelSHA256
        let digest = try ModelBundle.digest(of: scratch.file("model.onnx"))
        try scratch.write(yaml.replacing(own, with: digest), to: "model.yaml")
        return scratch.path
    }

    /// Statistics of 19 classes that were never measured, for tests of what depends on them.
    static let statistics = ScoreStatistics(
        maximumLogit: (0..<19).map { .init(pixels: 10_000, mean: 5 + Double($0 % 5), deviation: 1 + Double($0 % 3)) })

    static func settings(
        _ network: ImportedNetwork? = nil, score: String = "densehybrid", threads: Int = 1,
        size: NetworkSize? = NetworkSize(width: 256, height: 128), statistics: ScoreStatistics? = nil
    ) throws -> PerceptionSettings {
        PerceptionSettings(
            network: try network ?? TestModel.network(), kernels: try KernelTable(.detected),
            pool: WorkerPool(threads: threads), score: try OutlierScore(argument: score),
            statistics: statistics, threshold: try Threshold(-3), size: size)
    }
}

/// Runs `source` through the pipeline; nothing is dropped. The books are checked.
func perceive(
    _ source: any FrameSource, _ settings: PerceptionSettings, outputs: OutputRequest = OutputRequest(),
    warmup: Int = 0, messages: MessageSink = MessageSink(clock: { MonotonicTime.now() }, print: { _ in })
) throws -> RunResult {
    let run = PerceptionRun(
        settings: settings, outputs: outputs, stream: StreamConfiguration(queue: .block, warmupFrames: warmup),
        onCorrupt: .skip)
    let result = try run.run(source, control: PipelineControl(), messages: messages)
    let ledger = result.summary.ledger
    #expect(ledger.framesIn == ledger.delivered + ledger.droppedTotal + ledger.failedTotal)
    return result
}

/// A raw rgb24 video of noise in `scratch`, opened.
func noise(frames: Int, in scratch: Scratch, seed: UInt64 = 7) throws -> any FrameSource {
    var state = seed
    var bytes = Data(capacity: frames * 64 * 32 * 3)
    for _ in 0..<frames * 64 * 32 * 3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(UInt8(truncatingIfNeeded: state >> 56))
    }
    let path = try scratch.write(bytes, to: "noise-\(seed).rgb")
    var options = InputOptions()
    options.format = InputFormat(name: "raw")
    options.raw = RawVideoLayout(pixelFormat: .rgb24, width: 64, height: 32, frameRate: nil)
    return try FrameInput.open(path, options: options)
}
