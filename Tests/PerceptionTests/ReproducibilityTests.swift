import Foundation
import FrameIO
import Streaming
import Testing

@testable import Perception

/// The maps depend on model and frames, not on how they are computed.
@Suite struct ReproducibilityTests {
    private func digest(threads: Int, seed: UInt64 = 7) throws -> String {
        let scratch = try Scratch()
        let result = try perceive(
            try noise(frames: 6, in: scratch, seed: seed), try TestModel.settings(threads: threads))
        #expect(result.summary.ledger.delivered == 6 && result.exitCode == 0)
        return result.digest
    }

    @Test func threadsAndRepetitionsGiveTheSameMaps() throws {
        let first = try digest(threads: 1)
        #expect(first.count == 64)
        #expect(try digest(threads: 2) == first)
        #expect(try digest(threads: 2) == first)
        #expect(try digest(threads: 1) == first)
        #expect(try digest(threads: 1, seed: 8) != first, "the digest does not see the maps")
    }

    @Test func picturesOfManySizes() throws {
        let scratch = try Scratch()
        // More sizes than the cache of geometries holds, odd ones too, and the first once more at the end.
        let sizes = [(64, 32), (97, 51), (33, 64), (128, 48), (65, 33), (16, 16), (64, 32)]
        var files: [String] = []
        for (number, (width, height)) in sizes.enumerated() {
            let file = scratch.file("\(number).png")
            try makePicture(file, width: width, height: height)
            files.append(file)
        }
        let settings = try TestModel.settings(size: nil)
        var outputs = OutputRequest()
        outputs.format = .pgm
        let fixed = try TestModel.settings()
        for (settings, folder) in [(fixed, "fixed/"), (settings, "fitted/")] {
            outputs.openSet = scratch.file(folder)
            // The model's own width is large; two of the sizes are enough for it.
            let taken = settings.size == nil ? Array(files[1...2]) : files
            let result = try perceive(FrameInput.pictures(taken), settings, outputs: outputs)
            #expect(result.exitCode == 0 && result.summary.ledger.delivered == UInt64(taken.count))
        }
        var maps: [Data] = []
        for (number, (width, height)) in sizes.enumerated() {
            let map = try scratch.bytes("fixed/\(number).pgm")
            #expect(map.starts(with: Data("P5".utf8)))
            #expect(map.count >= width * height && map.count < width * height + 64, "\(width)x\(height)")
            maps.append(map)
        }
        #expect(maps[0] == maps[6], "the same picture gave two maps")
        #expect(try scratch.bytes("fitted/2.pgm").count >= 33 * 64)
    }

    private func makePicture(_ path: String, width: Int, height: Int) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=\(width)x\(height)",
            "-frames:v", "1", path,
        ]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "ffmpeg failed (is the package ffmpeg installed?)")
    }
}
