import Evaluation
import Foundation
import Testing

/// Files that NumPy and h5py wrote (`python -m tools.evaluate.generate`) and their values: element (y, x) of height 3,
/// width 5 is y * 5 + x - 7.25.
@Suite struct ScoreMapTests {
    private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/"
    private let values = (0..<15).map { Float($0) - 7.25 }

    @Test(arguments: [
        "half.npy", "single.npy", "double.npy", "batch.npy", "half.hdf5", "single.hdf5", "issu.npz", "deflated.npz",
    ])
    func filesOfOthersAreRead(name: String) throws {
        #expect(try ScoreMap(contentsOf: fixtures + name) == ScoreMap(width: 5, height: 3, values: values))
    }

    @Test(arguments: [
        "fortran.npy", "integers.npy", "cube.npy", "other.hdf5", "metrics.safetensors", "none.npy", "other.npz",
    ])
    func whatIsNoMapIsSaid(name: String) {
        let error = #expect(throws: EvaluationError.self) { try ScoreMap(contentsOf: fixtures + name) }
        #expect(error?.description.contains(name) == true)
    }

    @Test func ownFilesAreReadBack() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let values: [Float] = [1, -2.5, 0.1, 65504, -0, .infinity]
        try values.withUnsafeBufferPointer { values throws(EvaluationError) in
            try NpyMap.write(values, width: 3, to: folder + "/a.npy")
            try HDF5Map.write(values, width: 3, to: folder + "/b.hdf5")
        }
        #expect(try ScoreMap(contentsOf: folder + "/a.npy") == ScoreMap(width: 3, height: 2, values: values))
        let half = values.map { Float(Float16($0)) }
        #expect(try ScoreMap(contentsOf: folder + "/b.hdf5") == ScoreMap(width: 3, height: 2, values: half))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.npy", "b.hdf5"])
        let scores = ScoreFolder(folder)
        #expect(try scores.path(name: "b", fold: "") == folder + "/b.hdf5")
        #expect(throws: EvaluationError.self) { try scores.path(name: "c", fold: "town") }
        for cut in [0, 5, 9, 40, 127, 140] {
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.npy")).prefix(cut)
            try data.write(to: URL(fileURLWithPath: folder + "/cut.npy"))
            #expect(throws: EvaluationError.self) { try ScoreMap(contentsOf: folder + "/cut.npy") }
        }
    }

    /// An archive has classes beside scores; whatever is damaged in it is found.
    @Test func archivesHaveClassesAndAreChecked() throws {
        let scores = ScoreFolder(fixtures)
        #expect(scores.hasClasses(name: "issu", fold: "") && scores.hasClasses(name: "deflated", fold: ""))
        #expect(!scores.hasClasses(name: "other", fold: ""))
        for name in ["issu", "deflated"] {
            let classes = try scores.classes(name: name, fold: "", width: 5, height: 3, below: 19)
            #expect(classes == (0..<15).map { UInt8($0) })
            #expect(throws: EvaluationError.self) {
                try scores.classes(name: name, fold: "", width: 5, height: 3, below: 14)
            }
        }
        #expect(try scores.classes(name: "other", fold: "", width: 5, height: 3, below: 19) == nil)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixtures + "deflated.npz")))
        for cut in 0..<whole.count {
            try Data(whole.prefix(cut)).write(to: URL(fileURLWithPath: folder + "/cut.npz"))
            #expect(throws: EvaluationError.self, "cut at \(cut)") { try ScoreMap(contentsOf: folder + "/cut.npz") }
        }
        // A changed byte may lie in a field that nobody reads; then the map is the same.
        let map = try ScoreMap(contentsOf: fixtures + "deflated.npz")
        var refused = 0
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 0xFF
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/changed.npz"))
            do {
                #expect(try ScoreMap(contentsOf: folder + "/changed.npz") == map, "changed at \(place)")
            } catch { refused += 1 }
        }
        #expect(refused > 60)
    }

    @Test func classesLieBesideScores() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder + "/t5", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let classes: [UInt8] = [0, 1, 2, 18, 4, 5]
        try classes.withUnsafeBufferPointer { bytes throws(EvaluationError) in
            try NpyMap.write(bytes, width: 3, to: folder + "/t5/x_segmentation.npy")
        }
        let scores = ScoreFolder(folder)
        #expect(scores.hasClasses(name: "x", fold: "t5") && !scores.hasClasses(name: "x", fold: ""))
        func read(_ width: Int, _ count: Int) throws -> [UInt8]? {
            try scores.classes(name: "x", fold: "t5", width: width, height: 6 / width, below: count)
        }
        #expect(try read(3, 19) == classes)
        for (width, count, word) in [(2, 19, "3x2"), (3, 18, "class 18")] {
            let error = #expect(throws: EvaluationError.self) { try read(width, count) }
            #expect(error?.description.contains(word) == true)
        }
        #expect(try scores.classes(name: "y", fold: "t5", width: 3, height: 2, below: 19) == nil)
    }

    /// Between pixel centres: the values that OpenCV's INTER_LINEAR has.
    @Test func mapsGrowLinearly() {
        let map = ScoreMap(width: 2, height: 1, values: [0, 8])
        #expect(map.resized(width: 4, height: 2).values == [0, 2, 6, 8, 0, 2, 6, 8])
        #expect(map.resized(width: 2, height: 1) == map)
        #expect(ScoreMap(width: 4, height: 1, values: [0, 2, 4, 6]).resized(width: 2, height: 1).values == [1, 5])
    }
}
