import Foundation
import FrameIO
import Kernels
import OpenSet
import Streaming
import Synchronization
import Testing

@testable import Perception

/// Models that cannot be used say in one line why, and what to do.
@Suite struct ModelErrorTests {
    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
        } catch {
            return "\(error)"
        }
        Issue.record("no error was thrown")
        return ""
    }

    /// The error for a bundle whose `model.yaml` was edited, from loading to the compiled network.
    private func message(editing edit: (String) -> String) throws -> String {
        let scratch = try Scratch()
        let directory = try TestModel.variant(in: scratch, edit)
        let message = message {
            let network = try ImportedNetwork(try ModelBundle(directory: directory))
            _ = try network.compile(
                size: NetworkSize(width: 256, height: 128), kernels: try KernelTable(.detected), threads: 1)
        }
        #expect(!message.contains("\n"), "\(message)")
        return message
    }

    @Test func missingFiles() throws {
        let scratch = try Scratch()
        let none = message { _ = try ModelBundle(directory: scratch.path) }
        #expect(none.contains("model.yaml") && none.contains("--model"))
        let directory = try TestModel.variant(in: scratch) { $0 + "\n" }
        try FileManager.default.removeItem(atPath: scratch.file("model.onnx"))
        let noNetwork = message { _ = try ModelBundle(directory: directory) }
        #expect(noNetwork.contains(scratch.file("model.onnx")))
    }

    @Test func wrongDigest() throws {
        let digest = try TestModel.network().bundle.description.modelSHA256
        let wrong = String(repeating: "0", count: 64)
        let text = try message { $0.replacing(digest, with: wrong) }
        #expect(text.contains(digest) && text.contains(wrong))
    }

    @Test func truncatedNetwork() throws {
        let scratch = try Scratch()
        let directory = try TestModel.variant(in: scratch) { $0 + "\n" }
        let whole = try Data(contentsOf: URL(fileURLWithPath: TestModel.directory + "/model.onnx"))
        try FileManager.default.removeItem(atPath: scratch.file("model.onnx"))
        try scratch.write(whole.prefix(whole.count / 2), to: "model.onnx")
        #expect(message { _ = try ModelBundle(directory: directory) }.contains("SHA-256"))
        // Even with the right digest a cut file is no model.
        let yaml = try String(contentsOfFile: scratch.file("model.yaml"), encoding: .utf8)
        let digest = try TestModel.network().bundle.description.modelSHA256
        let cut = try ModelBundle.digest(of: scratch.file("model.onnx"))
        try scratch.write(yaml.replacing(digest, with: cut), to: "model.yaml")
        let text = message { _ = try ImportedNetwork(try ModelBundle(directory: directory)) }
        #expect(text.contains("model.onnx") && !text.contains("\n"), "\(text)")
    }

    @Test func faultsInTheDescription() throws {
        let missing = try message { $0.replacing("size_multiple:", with: "size_multiples:") }
        #expect(missing.contains("size_multiple"))
        let format = try message { $0.replacing("format: 1\n", with: "format: 9\n") }
        #expect(format.contains("format 9"))
        let type = try message { $0.replacing("size_multiple: 16", with: "size_multiple: many") }
        #expect(type.contains("size_multiple"))
        let syntax = try message { $0.replacing("tensors: {", with: "tensors: {{[") }
        #expect(syntax.contains("model.yaml"))
        let deviation = try message { $0.replacing("std: [0.229", with: "std: [0.0") }
        #expect(deviation.contains("input.std"))
    }

    @Test func wrongClassCount() throws {
        let text = try message { $0.replacing("drop_outputs: [19]", with: "drop_outputs: []") }
        #expect(text.contains("19 classes") && text.contains("20 channels"), "\(text)")
        let drops = try message { $0.replacing("drop_outputs: [19]", with: "drop_outputs: [-1]") }
        #expect(drops.contains("drop_outputs"))
        for line in ["drop_outputs: [19]\noutlier_output: 19", "drop_outputs: [19]\noutlier_output: -1"] {
            let both = try message { $0.replacing("drop_outputs: [19]", with: line) }
            #expect(both.contains("outlier_output"), "\(both)")
        }
        let beyond = try message { $0.replacing("drop_outputs: [19]", with: "drop_outputs: [19]\noutlier_output: 20") }
        #expect(beyond.contains("outlier_output 20") && beyond.contains("0 to 19"), "\(beyond)")
    }

    @Test func missingTensors() throws {
        for (key, word) in [("pre_logits", "pre_logits"), ("logits", "'none'"), ("outlier_logits", "'none'")] {
            let text = try message {
                $0.replacing(" \(key): \(key)", with: " \(key): none").replacing(
                    "{\(key): \(key)", with: "{\(key): none")
            }
            #expect(text.contains("none") && text.contains(word), "\(text)")
        }
        let input = try message { $0.replacing("name: image", with: "name: picture") }
        #expect(input.contains("picture"))
    }

    @Test func sizeThatTheNetworkDoesNotTake() throws {
        let scratch = try Scratch()
        let settings = try TestModel.settings(size: NetworkSize(width: 250, height: 120))
        let text = message { _ = try perceive(try noise(frames: 2, in: scratch), settings) }
        #expect(text.contains("multiples of 16") && text.contains("256x128"), "\(text)")
    }

    @Test func sizeThatTheGraphItselfDoesNotTake() throws {
        let scratch = try Scratch()
        let directory = try TestModel.variant(in: scratch) {
            $0.replacing("size_multiple: 16", with: "size_multiple: 4")
        }
        let network = try ImportedNetwork(try ModelBundle(directory: directory))
        let text = message {
            _ = try network.compile(
                size: NetworkSize(width: 248, height: 120), kernels: try KernelTable(.detected), threads: 1)
        }
        #expect(text.contains("multiples of 16") && text.contains("256x128"), "\(text)")
        #expect(text.contains("size_multiple") && !text.contains("\n"), "\(text)")
    }

    /// The bytes of the input's extents in the model file: {dim_value 3}, {dim_param "height"}, {dim_param "width"}.
    private static let extents =
        Data([0x0A, 2, 8, 3]) + Data([0x0A, 8, 0x12, 6] + "height".utf8)
        + Data([0x0A, 7, 0x12, 5] + "width".utf8)

    private func replaceExtents(_ bytes: inout Data, with edited: Data) throws {
        try #require(edited.count == Self.extents.count)
        let place = try #require(bytes.range(of: Self.extents))
        bytes.replaceSubrange(place, with: edited)
    }

    @Test func inputThatIsNoPicture() throws {
        let scratch = try Scratch()
        let directory = try TestModel.variant(
            in: scratch,
            network: { bytes in
                var four = Self.extents
                four[3] = 4
                try replaceExtents(&bytes, with: four)
            })
        let text = message { _ = try ImportedNetwork(try ModelBundle(directory: directory)) }
        #expect(text.contains("1x4xheightxwidth") && text.contains("1x3xHxW") && !text.contains("\n"), "\(text)")
    }

    /// A file that fixes height and width is run at that size whatever the frame's aspect is.
    @Test func networkOfFixedSize() throws {
        let scratch = try Scratch()
        let directory = try TestModel.variant(
            in: scratch,
            network: { bytes in
                // {dim_value 128}, {dim_value 256}: numbers padded to the length of the names.
                let height = Data([0x0A, 8, 8, 0x80, 0x81, 0x80, 0x80, 0x80, 0x80, 0])
                let width = Data([0x0A, 7, 8, 0x80, 0x82, 0x80, 0x80, 0x80, 0])
                try replaceExtents(&bytes, with: Self.extents.prefix(4) + height + width)
            })
        let network = try ImportedNetwork(try ModelBundle(directory: directory))
        #expect(network.fixedSize == NetworkSize(width: 256, height: 128))
        let result = try perceive(try noise(frames: 2, in: scratch), try TestModel.settings(network, size: nil))
        #expect(result.summary.ledger.delivered == 2)
        #expect(result.networkSize == NetworkSize(width: 256, height: 128))
        let other = NetworkSize(width: 512, height: 128)
        let text = message {
            _ = try perceive(try noise(frames: 2, in: scratch), try TestModel.settings(network, size: other))
        }
        #expect(text.contains("512x128"), "\(text)")
    }

    @Test func checkRefusesWhatARunWouldRefuse() throws {
        let scratch = try Scratch()
        let directory = try TestModel.variant(in: scratch) {
            $0.replacing(", outlier_logits: outlier_logits", with: "")
        }
        let network = try ImportedNetwork(try ModelBundle(directory: directory))
        let settings = try TestModel.settings(network)
        #expect(message { _ = try ModelCheck(settings: settings).run() }.contains("head"))
    }

    @Test func modelWithoutAnOutlierHead() throws {
        let scratch = try Scratch()
        let directory = try TestModel.variant(in: scratch) {
            $0.replacing(", outlier_logits: outlier_logits", with: "")
        }
        let network = try ImportedNetwork(try ModelBundle(directory: directory))
        #expect(network.bundle.description.tensors.outlierLogits == nil)
        let result = try perceive(
            try noise(frames: 2, in: scratch), try TestModel.settings(network, score: "generative"))
        #expect(result.summary.ledger.delivered == 2 && result.exitCode == 0)
        let text = message {
            _ = try perceive(try noise(frames: 2, in: scratch), try TestModel.settings(network))
        }
        #expect(text.contains("densehybrid") && text.contains("head"), "\(text)")
        // With the head or without it, the score from class logits alone is the same.
        let whole = try perceive(try noise(frames: 2, in: scratch), try TestModel.settings(score: "generative"))
        #expect(whole.digest == result.digest)
    }
}
