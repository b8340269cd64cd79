import Foundation
import Inference
import Kernels
import Streaming
import Testing

@testable import Perception

/// `int8-ranges.yaml`: written, read, refused; and made from frames.
@Suite struct RangesFileTests {
    private var example: RangesFile {
        RangesFile(
            modelSHA256: String(repeating: "ab", count: 32), frames: 3, sizes: ["256x128", "512x256"],
            command: "densehybrid calibrate ranges \"a drive\"/",
            ranges: ActivationRanges(
                values: [
                    "conv 1": ChannelStatistics(minimum: [-1.5, 0], maximum: [2.25, 1e-7], mean: [0.125, 0]),
                    "relu": ChannelStatistics(minimum: [0], maximum: [3], mean: [1]),
                ],
                prologues: ["dense": PrologueStatistics(maximum: [4, 0], mean: [0.5, 0], activity: [0.25, 0])],
                inHigherPrecision: ["logits", "conv \"x\""]))
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

    @Test func readsWhatItWrites() throws { #expect(try RangesFile(text: example.text) == example) }

    @Test func missingFileNamesTheCommand() throws {
        let scratch = try Scratch()
        let bundle = try ModelBundle(directory: try TestModel.variant(in: scratch) { $0 + "\n" })
        let text = message { _ = try ImportedNetwork(bundle, precision: .int8) }
        #expect(text.contains("densehybrid calibrate ranges") && text.contains(scratch.path))
        #expect(!text.contains("\n"))
    }

    @Test func rangesOfAnotherModelAreRefused() throws {
        let scratch = try Scratch()
        let bundle = try ModelBundle(directory: try TestModel.variant(in: scratch) { $0 + "\n" })
        try scratch.write(example.text, to: RangesFile.name)
        let text = message { _ = try ImportedNetwork(bundle, precision: .int8) }
        #expect(text.contains("SHA-256 abababababab") && text.contains("calibrate ranges"))
    }

    @Test func damagedFilesSayWhatIsWrong() throws {
        let text = example.text
        for (edited, expected) in [
            (text.replacing("format: 1", with: "format: 2"), "format 2"),
            (text.replacing("min: -1.5 0", with: "min: -1.5"), "conv 1"),
            (text.replacing("min: -1.5 0", with: "min: 5 0"), "minimum above its maximum"),
            (text.replacing("max: 2.25", with: "max: nan"), "conv 1"),
            (text.replacing("active: 0.25", with: "active: 1.25"), "activity"),
            (text.replacing("channels: 2", with: "channels: 0"), "0 channels"),
            (String(text.prefix(text.count / 2)), "cannot be read"), ("", "cannot be read"),
        ] {
            let message = message { _ = try RangesFile(text: edited) }
            #expect(message.contains(expected) && !message.contains("\n"), "\(message)")
        }
    }

    @Test func calibrationMakesRangesThatInt8RunsWith() throws {
        let scratch = try Scratch()
        let bundle = try ModelBundle(directory: try TestModel.variant(in: scratch) { $0 + "\n" })
        let size = NetworkSize(width: 128, height: 64)
        let calibration = RangeCalibration(
            settings: try TestModel.settings(try ImportedNetwork(bundle), threads: 2, size: size))
        let messages = MessageSink(clock: { MonotonicTime.now() }, print: { _ in })
        try calibration.add(
            try noise(frames: 2, in: scratch), control: PipelineControl(), messages: messages, progress: RunProgress())
        let file = try calibration.result(command: "test", agreement: 0) { _ in }
        #expect(file.frames == 2 && file.sizes == ["128x64"] && file.modelSHA256 == bundle.description.modelSHA256)
        try file.write(to: scratch.file(RangesFile.name))
        let network = try ImportedNetwork(bundle, precision: .int8)
        let result = try perceive(
            try noise(frames: 2, in: scratch), try TestModel.settings(network, threads: 2, size: size))
        #expect(result.summary.ledger.delivered == 2)
        let steps = try network.compile(size: size, kernels: try KernelTable(), threads: 1).steps
        let int8 = (steps.backbone + steps.heads).filter { $0.precision == .int8 }
        #expect(int8.reduce(0) { $0 + $1.multiplyAccumulates } > 0)
    }

    @Test func noFramesAreNoCalibration() throws {
        let calibration = RangeCalibration(settings: try TestModel.settings())
        #expect(message { _ = try calibration.result(command: "test", agreement: 0) { _ in } }.contains("no frame"))
    }
}
