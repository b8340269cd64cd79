import Foundation
import FrameIO
import Kernels
import OpenSet
import Streaming
import Testing

@testable import Perception

/// The bundled model in int8, with the ranges beside it, against itself in fp32.
@Suite struct PrecisionTests {
    private func labels(_ precision: String, in scratch: Scratch) throws -> Data {
        let network = try ImportedNetwork(try ModelBundle(directory: TestModel.directory), precision: precision)
        var selection = FrameSelection()
        selection.every = 20
        let drive = URL(fileURLWithPath: TestModel.directory).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Pipelines/sample-drive").path
        let source = try SelectedSource(try FrameInput.open(drive, options: InputOptions()), selection)
        var outputs = OutputRequest()
        outputs.labels = scratch.file("\(precision).raw")
        let result = try perceive(source, try TestModel.settings(network, threads: 2, size: nil), outputs: outputs)
        #expect(result.summary.ledger.delivered == 4)
        return try scratch.bytes("\(precision).raw")
    }

    @Test func labelsOfTheSampleDriveAgree() throws {
        let scratch = try Scratch()
        let (exact, int8) = (try labels("fp32", in: scratch), try labels("int8", in: scratch))
        try #require(exact.count == int8.count && exact.count >= 4 * 1024 * 512)
        let same = zip(exact, int8).count { $0 == $1 }
        let agreement = Double(same) / Double(exact.count)
        print("int8 and fp32 agree in \(agreement * 100) % of the labels")
        #expect(agreement >= 0.99)
        #expect(agreement < 1, "int8 that equals fp32 everywhere is none")
    }
}
