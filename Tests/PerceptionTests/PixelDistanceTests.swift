import Evaluation
import Foundation
import Testing

@testable import Perception

/// Distances as files store them. The pictures are 3x2, 16 bits, made by Pillow: `Image.fromarray(uint16).save(...)`.
@Suite struct PixelDistanceTests {
    /// 0, 1, 500 / 1234, 65535, 256
    private static let picture =
        "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACEAAAAADoj+WFAAAAFklEQV"
        + "R4nGNgYGBgZPzCwHLp/39GBgAS7gPMhtsiGwAAAABJRU5ErkJggg=="

    private func pair(_ scratch: Scratch, _ name: String, camera: String? = nil, unit: Double) -> DatasetPair {
        var pair = DatasetPair(name: "x", fold: "", imagePath: "x.jpg", labelPath: "x.png")
        pair.distances = DistancePaths(
            path: scratch.file(name), camera: camera.map { scratch.file($0) }, metresPerUnit: unit)
        return pair
    }

    @Test func depthIsScaled() throws {
        let scratch = try Scratch()
        try scratch.write(try #require(Data(base64Encoded: Self.picture)), to: "depth.png")
        let pair = pair(scratch, "depth.png", unit: 0.01)
        #expect(try pair.distances(width: 3, height: 2) == [0, 0.01, 5, 12.34, 655.35, 2.56])
        #expect(throws: ModelError.self) { try pair.distances(width: 2, height: 3) }
        try scratch.write("no picture", to: "depth.png")
        #expect(throws: (any Error).self) { try pair.distances(width: 3, height: 2) }
        #expect(
            try DatasetPair(name: "x", fold: "", imagePath: "", labelPath: "").distances(width: 3, height: 2) == nil)
    }

    @Test func disparityBecomesDistance() throws {
        let scratch = try Scratch()
        try scratch.write(try #require(Data(base64Encoded: Self.picture)), to: "d.png")
        try scratch.write(
            #"{"extrinsic": {"baseline": 0.2, "pitch": 0.03}, "intrinsic": {"fx": 2000, "fy": 1000, "u0": 1}}"#,
            to: "c.json")
        // 0.2 m * 1500 px / (value / 256) px; nothing to match counts as the farthest.
        let found = try #require(
            try pair(scratch, "d.png", camera: "c.json", unit: 1).distances(width: 3, height: 2))
        #expect(found == [76800, 76800, 153.6, Float(76800.0 / 1234), Float(76800.0 / 65535), 300])
        for (text, word) in [
            ("{}", "baseline"), (#"{"extrinsic": {"baseline": 0}, "intrinsic": {"fx": 1, "fy": 1}}"#, "above 0"),
        ] {
            try scratch.write(text, to: "c.json")
            let error = #expect(throws: ModelError.self) {
                try pair(scratch, "d.png", camera: "c.json", unit: 1).distances(width: 3, height: 2)
            }
            #expect(error?.description.contains(word) == true)
        }
        #expect(throws: ModelError.self) {
            try pair(scratch, "d.png", camera: "none.json", unit: 1).distances(width: 3, height: 2)
        }
    }
}
