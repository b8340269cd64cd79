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
        #expect(try DatasetReader(folder: published.path).layout == .segmentMe)
    }

    @Test func foldersOfOnesOwnAreRead() throws {
        let folder = try Folder(["p/1.jpg", "p/notes.md", "q/1_gt.png"])
        let layout = DatasetLayout(name: "custom", images: "", labels: "", labelSuffix: "_gt.png")
        let reader = try DatasetReader(images: folder.path + "/p", labels: folder.path + "/q", layout: layout)
        #expect(reader.pairs.map(\.labelPath) == [folder.path + "/q/1_gt.png"])
    }

    /// Section 4 of the specification: files as the sets' authors lay them, and what becomes of them.
    @Test(arguments: [
        ("roadanomaly", ["frames/2.jpg", "frames/2.labels/labels_semantic.png"], "2", ""),
        (
            "lostandfound",
            [
                "leftImg8bit/test/01_Hanns/01_Hanns_000000_000010_leftImg8bit.png",
                "gtCoarse/test/01_Hanns/01_Hanns_000000_000010_gtCoarse_labelIds.png",
                "gtCoarse/test/01_Hanns/01_Hanns_000000_000010_gtCoarse_color.png",
            ], "01_Hanns_000000_000010", ""
        ),
        (
            "lostandfound-trainids",
            ["leftImg8bit/a/b_leftImg8bit.png", "gtCoarse/a/b_gtCoarse_labelTrainIds.png"], "b", ""
        ),
        (
            "fishyscapes-laf",
            [
                "leftImg8bit/test/04_M/04_M_000001_leftImg8bit.png",
                "leftImg8bit/test/04_M/04_M_000002_leftImg8bit.png",
                "labels/0007_04_M_000002_labels.png",
            ], "04_M_000002", ""
        ),
        ("fishyscapes-laf-repack", ["leftImg8bit/x_leftImg8bit.png", "ood/x_ood_segmentation.png"], "x", ""),
        ("fishyscapes-static-repack", ["0000_bonn_rgb.jpg", "0000_bonn_labels.png"], "0000_bonn", ""),
        ("streethazards", ["test/images/test/t5/300.png", "test/annotations/test/t5/300.png"], "300", "second half"),
        ("cityscapes", ["leftImg8bit/val/bonn/q_leftImg8bit.png", "gtFine/val/bonn/q_gtFine_labelIds.png"], "q", ""),
        ("drive", ["images/000000.jpg", "labels/000000.png"], "000000", "second half"),
        ("issu", ["images/static_0_009599.png", "labels_masks/static_0_009599.png"], "static_0_009599", "second half"),
        (
            "fishyscapes-laf-smiyc",
            [
                "leftImg8bit/test/04_M/04_M_000001_leftImg8bit.png",
                "leftImg8bit/test/04_M/04_M_000002_leftImg8bit.png", "labels/val/04_M_000002_fishy-labels.png",
            ], "04_M_000002", ""
        ),
    ])
    func publishedLayoutsAreRecognised(name: String, files: [String], picture: String, fold: String) throws {
        let folder = try Folder(files)
        let reader = try DatasetReader(folder: folder.path)
        #expect(reader.layout.name == name && reader.pairs.map(\.name) == [picture])
        #expect(reader.pairs[0].fold == fold && reader.pairs[0].labelPath.hasSuffix(".png"))
        #expect(try DatasetLayout(named: name) == reader.layout)
        #expect(FileManager.default.fileExists(atPath: reader.pairs[0].labelPath))
    }

    @Test func townsAreFolds() throws {
        let folder = try Folder(
            ["t5/1", "t5/2", "t6/1"].flatMap { ["test/images/test/\($0).png", "test/annotations/test/\($0).png"] })
        #expect(try DatasetReader(folder: folder.path).pairs.map(\.fold) == ["t5", "t5", "t6"])
        let drive = try Folder(["1", "2", "3"].flatMap { ["images/\($0).jpg", "labels/\($0).png"] })
        #expect(
            try DatasetReader(folder: drive.path).pairs.map(\.fold) == ["first half", "second half", "second half"])
        let issu = try Folder(
            ["static_0_1", "temporal_99_520"].flatMap { ["images/\($0).png", "labels_masks/\($0).png"] })
        #expect(try DatasetReader(folder: issu.path).pairs.map(\.fold) == ["static", "temporal"])
    }

    @Test func scenesOfKnownObjectsAreLeftOut() throws {
        let names = ["test/a/15_Rechbergstr_Deckenpfronn_000001_000010", "test/a/02_Hanns_000000_000010"]
        let folder = try Folder(
            names.flatMap { ["leftImg8bit/\($0)_leftImg8bit.png", "gtCoarse/\($0)_gtCoarse_labelIds.png"] })
        let reader = try DatasetReader(folder: folder.path, layout: .lostAndFoundNoKnown)
        #expect(reader.pairs.map(\.name) == ["02_Hanns_000000_000010"])
        #expect(try DatasetReader(folder: folder.path).pairs.count == 2)
    }

    @Test func labelBytesMeanWhatTheirSetsSay() {
        let hazards = DatasetLayout.streetHazards
        #expect(hazards.roles[14] == .anomaly && hazards.roles[4] == .void && hazards.roles[1] == .inlier)
        #expect(DatasetLayout.streetHazardsOther.roles[4] == .inlier)
        #expect(hazards.classes?[3] == 2 && hazards.classes?[5] == 3 && hazards.classes?[13] == 11)
        #expect(hazards.classes?[4] == nil && hazards.classes?[14] == nil && hazards.classes?.count == 12)
        #expect(
            DatasetLayout.streetHazardsValidation.roles[14] == .void
                && !DatasetLayout.streetHazardsValidation.hasAnomalies)
        let (issu, obstacle) = (DatasetLayout.issu, DatasetLayout.issuObstacle.roles)
        #expect(issu.roles[254] == .anomaly && issu.roles[18] == .inlier && issu.roles[19] == .void)
        #expect(obstacle[254] == .anomaly && obstacle[0] == .inlier && obstacle[1] == .void && obstacle[255] == .void)
        #expect(issu.classes?[18] == 18 && issu.classes?[254] == nil)
        let lost = DatasetLayout.lostAndFound.roles
        #expect(lost[0] == .void && lost[1] == .inlier && lost[2] == .anomaly && lost[200] == .anomaly)
        #expect(DatasetLayout.repackedLostAndFound.roles[2] == .void)
        #expect(DatasetLayout.cityscapes.classes?[7] == 0 && DatasetLayout.cityscapes.classes?[33] == 18)
        #expect(DatasetLayout.cityscapes.roles[0] == .void && !DatasetLayout.cityscapes.hasAnomalies)
        #expect(LabelRoles.anyAboveZero.voidRule == "label 255" && lost.voidRule == "label 0, 255")
        #expect(DatasetLayout.drive.roles.voidRule == "label 20-255")
    }

    /// A wall is right for CamVid's buildings and fences, and a building where neither is true.
    @Test func classesOfOtherNetworksAreMapped() {
        let camVid = ClassLabels.camVid
        #expect(camVid.networkClasses == 19)
        #expect(camVid.predicted(3, truth: 7) == 7 && camVid.predicted(3, truth: 1) == 1)
        #expect(camVid.predicted(3, truth: 0) == 1 && camVid.predicted(18, truth: nil) == 10)
        #expect(ClassLabels.trainIds.predicted(5, truth: 2) == 5)
    }

    @Test func surveysSayWhatIsMissingAndLeftOver() throws {
        let folder = try Folder([
            "images/1.jpg", "images/2.jpg", "images/3.tif", "images/4.webp", "labels_masks/1.png", "labels_masks/4.png",
            "labels_masks/9.png",
        ])
        let survey = try DatasetSurvey(folder: folder.path)
        #expect(
            survey.pairs.map(\.name) == ["1", "4"] && survey.missing.map(\.image) == [folder.path + "/images/2.jpg"])
        #expect(survey.orphans == [folder.path + "/labels_masks/9.png"])
        #expect(survey.unreadable == [folder.path + "/images/3.tif"])
        let foreign = try Folder(["images/3.tif", "labels_masks/3_labels_semantic.png"])
        let error = #expect(throws: EvaluationError.self) { try DatasetReader(folder: foreign.path) }
        #expect(error?.description.contains("convert") == true)
        let overlays = try Folder(["0003_x_rgb.npz", "0003_x_labels.png"])
        let advice = #expect(throws: EvaluationError.self) { try DatasetReader(folder: overlays.path) }
        #expect(advice?.description.contains("Cityscapes beneath") == true)
        // For stored maps nobody decodes pictures.
        let stored = try DatasetSurvey(folder: foreign.path, readsPictures: false)
        #expect(stored.pairs.map(\.name) == ["3"] && stored.unreadable.isEmpty && stored.layout == .segmentMe)
        #expect(throws: EvaluationError.self) { try DatasetLayout(named: "nothing") }
        #expect(DatasetLayout.helpText.contains("streethazards"))
    }

    @Test func whatIsMissingIsNamed() throws {
        let folder = try Folder(["images/1.jpg", "images/2.jpg", "labels_masks/1.png"])
        let error = #expect(throws: EvaluationError.self) { try DatasetReader(folder: folder.path) }
        #expect(error?.description.contains("labels_masks/2.png is missing") == true)
        #expect(throws: EvaluationError.self) { try DatasetReader(folder: folder.path + "/nowhere") }
        #expect(throws: EvaluationError.self) { try DatasetReader(folder: folder.path + "/labels_masks") }
        let empty = try Folder(["p/readme.txt"])
        #expect(throws: EvaluationError.self) {
            try DatasetReader(images: empty.path + "/p", labels: empty.path + "/p", layout: .besideEachOther)
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
