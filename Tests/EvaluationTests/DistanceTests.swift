import Foundation
import TestSupport
import Testing

@testable import Evaluation

private func metrics(
    _ bins: consuming DistanceBins, _ scores: [Float], _ labels: [UInt8], _ distances: [Float]
) throws -> [DistanceMetrics] {
    try scores.withUnsafeBufferPointer { scores throws(EvaluationError) in
        try labels.withUnsafeBufferPointer { labels throws(EvaluationError) in
            _ = try bins.add(scores: scores, labels: labels, distances: distances, roles: .anyAboveZero)
        }
    }
    return try bins.metrics(.first(.atLeast))
}

@Suite struct DistanceTests {
    @Test func rangesEqualScikitLearn() throws {
        let goldens = try GoldenTensors("distances", madeBy: "python -m tools.evaluate.generate")
        let want: [Double] = try goldens.elements("expected")
        for isBinned in [false, true] {
            let found = try metrics(
                DistanceBins(isBinned: isBinned), try goldens.elements("scores"), try goldens.elements("labels"),
                try goldens.elements("metres"))
            #expect(found.count == 9 && found.first?.from == 5 && found.last?.to == 50)
            for (bin, row) in zip(found, stride(from: 0, to: want.count, by: 4)) {
                #expect(bin.inlierPixels == Int(want[row]) && bin.anomalyPixels == Int(want[row + 1]))
                // One decimal: no bin of scores holds two values.
                #expect(abs((bin.metrics?.averagePrecision ?? -1) - want[row + 2]) <= 1e-9)
                #expect(abs((bin.metrics?.falsePositiveRate95 ?? -1) - want[row + 3]) <= 1e-9)
            }
        }
    }

    @Test func edgesBelongToTheFartherRange() throws {
        let found = try metrics(
            DistanceBins(edges: [5, 10, 20], isBinned: false), [3, 1, 2, 9, 9, 9, 9], [1, 0, 1, 0, 1, 255, 0],
            [5, 9.9, 10, 4.9, 20, 7, .nan])
        #expect(found.map(\.anomalyPixels) == [1, 1] && found.map(\.inlierPixels) == [1, 0])
        #expect(found[0].metrics?.averagePrecision == 1 && found[1].metrics == nil)
    }

    /// Where sets keep distances, and that a copy of a set without them is a set all the same.
    @Test(arguments: [
        (
            "streethazards", ["test/images/test/t5/1.png", "test/annotations/test/t5/1.png"],
            "test/depth/test/t5/1.png",
            nil as String?, 0.01
        ),
        ("drive", ["images/1.jpg", "labels/1.png"], "depth/1.png", nil, 0.01),
        (
            "lostandfound", ["leftImg8bit/test/s/x_leftImg8bit.png", "gtCoarse/test/s/x_gtCoarse_labelIds.png"],
            "disparity/test/s/x_disparity.png", "camera/test/s/x_camera.json", 1
        ),
    ])
    func distancesLieBesideTheSet(
        name: String, files: [String], path: String, camera: String?, metresPerUnit: Double
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func touch(_ file: String) throws {
            let url = URL(fileURLWithPath: folder + "/" + file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
        for file in files { try touch(file) }
        #expect(try DatasetReader(folder: folder).pairs.map(\.distances) == [nil])
        try touch(path)
        let pair = try DatasetReader(folder: folder).pairs[0]
        let far = try #require(pair.distances)
        #expect(try DatasetReader(folder: folder).layout.name == name && far.path == folder + "/" + path)
        #expect(far.camera == camera.map { folder + "/" + $0 } && far.metresPerUnit == metresPerUnit)
    }
}
