import Evaluation
import Foundation
import Testing

/// A folder of empty files that goes away with the test.
private final class Folder {
    let path: String

    init(_ files: [String]) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        for file in files {
            let url = URL(fileURLWithPath: path + "/" + file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct DatasetTests {
    @Test func knownLayoutsAreRecognised() throws {
        let beside = try Folder(["b.jpg", "b_label.png", "a.jpg", "a_label.png", "CREDITS.txt"])
        let first = try DatasetReader(folder: beside.path)
        #expect(first.layout == .besideEachOther && first.pairs.map(\.name) == ["a", "b"])
        #expect(first.pairs[0].labelPath == beside.path + "/a_label.png")

        let masks = try Folder(["images/10.jpg", "images/2.png", "labels_masks/2.png", "labels_masks/10.png"])
        let second = try DatasetReader(folder: masks.path)
        #expect(second.layout == .masks && second.pairs.map(\.name) == ["2", "10"])
        #expect(second.pairs[1].imagePath == masks.path + "/images/10.jpg")

        let published = try Folder([
            "images/x1.jpg", "labels_masks/x1_labels_semantic.png", "labels_masks/x1_labels_semantic_color.png",
        ])
        #expect(try DatasetReader(folder: published.path).layout == .semanticMasks)
    }

    @Test func foldersOfOnesOwnAreRead() throws {
        let folder = try Folder(["p/1.jpg", "p/notes.md", "q/1_gt.png"])
        let reader = try DatasetReader(
            images: folder.path + "/p", labels: folder.path + "/q", labelSuffix: "_gt.png", roles: .anyAboveZero)
        #expect(reader.pairs.map(\.labelPath) == [folder.path + "/q/1_gt.png"])
    }

    @Test func whatIsMissingIsNamed() throws {
        let folder = try Folder(["images/1.jpg", "images/2.jpg", "labels_masks/1.png"])
        let error = #expect(throws: EvaluationError.self) { try DatasetReader(folder: folder.path) }
        #expect(error?.description.contains("labels_masks/2.png is missing") == true)
        #expect(throws: EvaluationError.self) { try DatasetReader(folder: folder.path + "/nowhere") }
        #expect(throws: EvaluationError.self) { try DatasetReader(folder: folder.path + "/labels_masks") }
        let empty = try Folder(["p/readme.txt"])
        #expect(throws: EvaluationError.self) {
            try DatasetReader(images: empty.path + "/p", labels: empty.path + "/p", roles: .anyAboveZero)
        }
    }

    @Test func rolesOfLabelBytesAreParsed() throws {
        let roles = try LabelRoles(
            anomaly: try LabelRoles.values("1,2"), void: try LabelRoles.values("255"))
        #expect(roles[0] == .inlier && roles[1] == .anomaly && roles[2] == .anomaly && roles[255] == .void)
        #expect(roles[3] == .inlier && LabelRoles.anyAboveZero[3] == .anomaly)
        for argument in ["", "1,", "a", "256", "-1", "1 2"] {
            #expect(throws: EvaluationError.self) { try LabelRoles.values(argument) }
        }
        #expect(throws: EvaluationError.self) { try LabelRoles(anomaly: [1], void: [1]) }
        #expect(throws: EvaluationError.self) { try LabelRoles(anomaly: [], void: []) }
    }
}
