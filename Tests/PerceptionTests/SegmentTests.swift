import Foundation
import Testing

@testable import Perception

/// Finding drives, and the folders that their results grow in.
@Suite struct SegmentTests {
    private func make(_ files: [String], in scratch: Scratch) throws {
        for file in files {
            let folder = URL(fileURLWithPath: scratch.file(file)).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try scratch.write("x", to: file)
        }
    }

    @Test func drivesBelowAFolder() throws {
        let scratch = try Scratch()
        try make(
            [
                "d/day10/a.mcap", "d/day2/b.y4m", "d/day2/pictures/1.jpg", "d/day2/pictures/inner/2.jpg",
                "d/euroc/data/1.png", "d/kitti/image_02/1.png", "d/kitti/image_03/1.png", "d/.hidden/c.y4m",
                "d/notes.txt", "d/day2/.x.partial/1.jpg",
            ], in: scratch)
        let list = try SegmentList([scratch.file("d")])
        #expect(
            list.segments.map(\.name) == [
                "day2/b.y4m", "day2/pictures", "day10/a.mcap", "euroc", "kitti/image_02", "kitti/image_03",
            ])
        #expect(list.segments.map(\.position) == Array(0..<6))
        #expect(try SegmentList([scratch.file("d/euroc")]).segments.map(\.name) == ["euroc"])
        let several = try SegmentList([scratch.file("d/day2"), scratch.file("d/day10/a.mcap")])
        #expect(several.segments.map(\.name) == ["day2/b.y4m", "day2/pictures", "a.mcap"])
    }

    @Test func namesMustDiffer() throws {
        let scratch = try Scratch()
        try make(["x/a.y4m", "y/a.y4m", "empty/notes.txt"], in: scratch)
        let error = #expect(throws: ModelError.self) {
            try SegmentList([scratch.file("x/a.y4m"), scratch.file("y/a.y4m")])
        }
        #expect(error?.isUsage == true)
        #expect(throws: ModelError.self) { try SegmentList([scratch.file("empty")]) }
        #expect(throws: ModelError.self) { try SegmentList([scratch.file("nothing")]) }
    }

    /// The folder of one drive's results is not inside another's, which would be replaced with all that is in it.
    @Test func namesMustNotNest() throws {
        let scratch = try Scratch()
        try make(["x/a/1.jpg", "y/a/b/2.jpg", "y/a/c.y4m"], in: scratch)
        for paths in [["x/a", "y/a"], ["y/a", "x/a"]] {
            let error = #expect(throws: ModelError.self) { try SegmentList(paths.map(scratch.file)) }
            #expect(error?.isUsage == true && error?.description.contains("'a/b' inside 'a'") == true)
        }
        #expect(try SegmentList([scratch.file("x"), scratch.file("y")]).segments.count == 3)
    }

    @Test func resultsLieBesideTheDrives() throws {
        let scratch = try Scratch()
        try make(["d/a.y4m", "e/b.y4m"], in: scratch)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.file("link"), withDestinationPath: scratch.file("d"))
        let drives = [scratch.file("d/"), scratch.file("e")]
        for inside in ["d", "d/results", "d/new/results/", "link/results", "x/../d/results", "e/results", "e/../d"] {
            let error = #expect(throws: ModelError.self, "\(inside)") {
                try SegmentList.check(output: scratch.file(inside), paths: drives)
            }
            #expect(error?.isUsage == true)
        }
        for beside in ["results", "d2", "new/d/results"] {
            try SegmentList.check(output: scratch.file(beside), paths: drives)
        }
        #expect(throws: ModelError.self) {
            try SegmentList.check(output: scratch.file("d/results"), paths: [scratch.file("link")])
        }
    }

    @Test func aFolderIsCompleteOrAbsent() throws {
        let scratch = try Scratch()
        let place = scratch.file("out/day/one")
        do {
            let folder = try SegmentFolder(place)
            try Data("half".utf8).write(to: URL(fileURLWithPath: folder.partial + "/meta.jsonl"))
            #expect(!FileManager.default.fileExists(atPath: place))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("out/day")).isEmpty)
        for content in ["first", "second"] {
            let folder = try SegmentFolder(place)
            try folder.commit(manifest: content)
        }
        #expect(try scratch.bytes("out/day/one/manifest.json") == Data("second\n".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("out/day")) == ["one"])
    }

    @Test func aLivingWorkerKeepsItsFolder() throws {
        let scratch = try Scratch()
        let place = scratch.file("one")
        let folder = try SegmentFolder(place)
        let error = #expect(throws: ModelError.self) { try SegmentFolder(place) }
        #expect(error?.description.contains("another worker") == true)
        #expect(throws: ModelError.self) { try SegmentFolder.clear(place) }
        try folder.commit(manifest: "{}")
        #expect(FileManager.default.fileExists(atPath: place + "/manifest.json"))
    }

    /// What kills leave at every point of a worker's way, and what the next one makes of it.
    @Test func leftoversOfKilledWorkers() throws {
        let scratch = try Scratch()
        let place = scratch.file("one")
        // In the middle of the work.
        try make([".one.partial/maps/1.pgm"], in: scratch)
        try SegmentFolder.clear(place)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
        // Between the manifest and the name.
        try make([".one.partial/manifest.json"], in: scratch)
        try SegmentFolder.clear(place)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["one"])
        // Between putting the old result aside and the name of the new one.
        try make([".one.old/manifest.json", ".one.partial/manifest.json"], in: scratch)
        try FileManager.default.removeItem(atPath: place)
        try SegmentFolder.clear(place)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["one"])
        // Before the old result was removed.
        try make([".one.old/manifest.json"], in: scratch)
        try SegmentFolder.clear(place)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["one"])
    }

    /// A file's digest is that of its bytes; a folder's tells names and sizes apart, too, even of one file.
    @Test func digestsOfDrives() throws {
        let scratch = try Scratch()
        try make(["d/a.jpg", "e/a.jpg", "f/b.jpg", "d/.hidden"], in: scratch)
        func digest(_ path: String) throws -> String { try SourceIdentity(scratch.file(path)).digest() }
        let file = try ModelBundle.digest(of: scratch.file("d/a.jpg"))
        #expect(try digest("d/a.jpg") == file)
        let (folder, same, other) = (try digest("d"), try digest("e"), try digest("f"))
        #expect(folder == same && folder != file && folder != other)
        #expect(folder == SourceIdentity.digest(of: "a.jpg\n1\n\(file)\n"))
        let identity = try SourceIdentity(scratch.file("d"))
        #expect(identity.files == 1 && identity.bytes == 1 && identity.modifiedMilliseconds > 1_700_000_000_000)
    }
}
