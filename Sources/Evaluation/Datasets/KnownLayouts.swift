/// Layouts of published sets (Section 4 of the specification) and of this project's own.
extension DatasetLayout {
    /// `X.jpg` and `X_label.png` in one folder; above 0 = anomaly, 255 = void.
    public static let besideEachOther = DatasetLayout(
        name: "beside", summary: "picture and labels in one folder; above 0 = anomaly, 255 = void", images: "",
        labels: "", labelSuffix: "_label.png")

    /// `images/N.*` and `labels_masks/N.png`: repacked SegmentMeIfYouCan and Fishyscapes Static.
    public static let masks = DatasetLayout(
        name: "masks", summary: "repacked SegmentMeIfYouCan or Fishyscapes; 1 = anomaly, 255 = void", images: "images",
        labels: "labels_masks", labelSuffix: ".png")

    /// SegmentMeIfYouCan's AnomalyTrack and ObstacleTrack as published.
    public static let segmentMe = DatasetLayout(
        name: "smiyc", summary: "SegmentMeIfYouCan as published; 1 = anomaly, 255 = void", images: "images",
        labels: "labels_masks", labelSuffix: "_labels_semantic.png")

    /// RoadAnomaly, 60 pictures: above 0 (usually 2) = anomaly.
    public static let roadAnomaly = DatasetLayout(
        name: "roadanomaly", summary: "RoadAnomaly (60); above 0 = anomaly", images: "frames", labels: "frames",
        labelSuffix: ".labels/labels_semantic.png")

    private static let lostAndFoundRoles = LabelRoles { $0 == 0 || $0 == 255 ? .void : $0 == 1 ? .inlier : .anomaly }

    /// LostAndFound with label ids: 0 void, 1 road, 2 to 200 obstacles.
    public static let lostAndFound = DatasetLayout(
        name: "lostandfound", summary: "LostAndFound, label ids; 1 = road, 2-254 = anomaly, 0 and 255 = void",
        images: "leftImg8bit", imageStem: "_leftImg8bit", labels: "gtCoarse", labelSuffix: "_gtCoarse_labelIds.png",
        roles: lostAndFoundRoles, distances: .lostAndFound())

    /// SegmentMeIfYouCan's LostAndFound-testNoKnown: without scenes of children and bicycles.
    public static let lostAndFoundNoKnown: DatasetLayout = {
        var layout = DatasetLayout(
            name: "lostandfound-noknown", summary: "LostAndFound-testNoKnown of SegmentMeIfYouCan",
            images: "leftImg8bit/test", imageStem: "_leftImg8bit", labels: "gtCoarse/test",
            labelSuffix: "_gtCoarse_labelIds.png", roles: lostAndFoundRoles, distances: .lostAndFound(below: "/test"))
        layout.excludedPrefixes = [
            "15_Rechbergstr_Deckenpfronn", "01_Hanns_Klemm_Str_45_000006", "01_Hanns_Klemm_Str_45_000007",
            "10_Schlossberg_9_000004",
        ]
        return layout
    }()

    /// LostAndFound with train ids, the reading of the paper's code: 255 void, 2 obstacle, all else free.
    public static let lostAndFoundTrainIds = DatasetLayout(
        name: "lostandfound-trainids", summary: "LostAndFound, train ids; 2 = anomaly, 255 = void",
        images: "leftImg8bit", imageStem: "_leftImg8bit", labels: "gtCoarse",
        labelSuffix: "_gtCoarse_labelTrainIds.png",
        roles: LabelRoles { $0 == 255 ? .void : $0 == 2 ? .anomaly : .inlier }, distances: .lostAndFound())

    /// Fishyscapes LostAndFound validation: labels `NNNN_X_labels.png`, pictures those of LostAndFound.
    public static let fishyscapesLostAndFound: DatasetLayout = {
        var layout = DatasetLayout(
            name: "fishyscapes-laf", summary: "Fishyscapes LostAndFound; 1 = anomaly, 255 = void",
            images: "leftImg8bit", imageStem: "_leftImg8bit", labels: "labels", labelSuffix: "_labels.png",
            distances: .lostAndFound())
        layout.lookup = .numberedName
        return layout
    }()

    /// Fishyscapes LostAndFound validation with the labels' names of road-anomaly-benchmark.
    public static let renamedLostAndFound: DatasetLayout = {
        var layout = DatasetLayout(
            name: "fishyscapes-laf-smiyc",
            summary: "Fishyscapes LostAndFound as road-anomaly-benchmark names it; 1 = anomaly, 255 = void",
            images: "leftImg8bit", imageStem: "_leftImg8bit", labels: "labels", labelSuffix: "_fishy-labels.png",
            distances: .lostAndFound())
        layout.lookup = .name
        return layout
    }()

    private static func issu(_ name: String, _ summary: String, known: ClosedRange<UInt8>) -> DatasetLayout {
        var layout = DatasetLayout(
            name: name, summary: summary, images: "images", labels: "labels_masks", labelSuffix: ".png",
            roles: LabelRoles { $0 == 254 ? .anomaly : known.contains($0) ? .inlier : .void }, classes: .trainIds)
        // Its folders are those of other sets, its names are not.
        layout.requiredPrefixes = ["static_", "temporal_"]
        layout.foldsByPrefix = true
        return layout
    }

    /// ISSU (Laskar et al., CVPR 2025), road anomaly: Cityscapes' train ids, 254 = anomaly, 255 = void.
    public static let issu = issu("issu", "ISSU test; 254 = anomaly, 255 = void, 19 classes", known: 0...18)

    /// ISSU, road obstacle: the road is all that is known.
    public static let issuObstacle = issu(
        "issu-obstacle", "ISSU test, obstacles; 254 = anomaly, 0 (road) = inlier, all else void", known: 0...0)

    private static let repackedRoles = LabelRoles { $0 == 2 || $0 == 255 ? .void : $0 == 1 ? .anomaly : .inlier }

    /// The paper's repack of Fishyscapes LostAndFound: 2 is void.
    public static let repackedLostAndFound = DatasetLayout(
        name: "fishyscapes-laf-repack",
        summary: "the paper's repack of Fishyscapes LostAndFound; 1 = anomaly, 2 = void",
        images: "leftImg8bit", imageStem: "_leftImg8bit", labels: "ood", labelSuffix: "_ood_segmentation.png",
        roles: repackedRoles)

    /// The paper's repack of Fishyscapes Static.
    public static let repackedStatic = DatasetLayout(
        name: "fishyscapes-static-repack", summary: "the paper's repack of Fishyscapes Static; 1 = anomaly, 255 = void",
        images: "", imageStem: "_rgb", labels: "", labelSuffix: "_labels.png")

    private static func streetHazards(_ name: String, _ summary: String, other: LabelRoles.Role) -> DatasetLayout {
        var layout = DatasetLayout(
            name: name, summary: summary, images: "test/images/test", labels: "test/annotations/test",
            labelSuffix: ".png",
            roles: LabelRoles { $0 == 14 ? .anomaly : $0 == 4 ? other : 1...13 ~= $0 ? .inlier : .void },
            classes: .streetHazards, distances: .centimetres("test/depth/test"))
        layout.foldsByFolder = true
        return layout
    }

    /// StreetHazards' test towns as the paper counts: 14 = anomaly, 4 ("other") = void.
    public static let streetHazards = streetHazards(
        "streethazards", "StreetHazards test; 14 = anomaly, 4 (other) = void, 12 classes", other: .void)

    /// StreetHazards' test towns as Hendrycks counts: "other" is an inlier.
    public static let streetHazardsOther = streetHazards(
        "streethazards-other", "StreetHazards test as Hendrycks counts: 4 (other) = inlier", other: .inlier)

    /// StreetHazards' validation town: known classes only.
    public static let streetHazardsValidation = DatasetLayout(
        name: "streethazards-validation", summary: "StreetHazards validation, closed set only, 12 classes",
        images: "train/images/validation", labels: "train/annotations/validation", labelSuffix: ".png",
        roles: LabelRoles { ClassLabels.streetHazards[$0] == nil ? .void : .inlier }, classes: .streetHazards)

    /// Cityscapes: known classes only.
    public static let cityscapes = DatasetLayout(
        name: "cityscapes", summary: "Cityscapes, closed set only", images: "leftImg8bit", imageStem: "_leftImg8bit",
        labels: "gtFine", labelSuffix: "_gtFine_labelIds.png",
        roles: LabelRoles { ClassLabels.cityscapesIds[$0] == nil ? .void : .inlier }, classes: .cityscapesIds)

    /// CamVid with 11 classes beside the pictures: known classes only.
    public static let camVid = DatasetLayout(
        name: "camvid11", summary: "CamVid with 11 classes, closed set only, for networks with Cityscapes' classes",
        images: "", labels: "", labelSuffix: "_label.png", roles: LabelRoles { $0 < 11 ? .inlier : .void },
        classes: .camVid)

    /// A drive of tools/render: Cityscapes' train ids, 19 = anomaly, 255 = void.
    public static let drive = DatasetLayout(
        name: "drive", summary: "a drive of tools/render; 19 = anomaly, 255 = void, 19 classes", images: "images",
        labels: "labels", labelSuffix: ".png",
        roles: LabelRoles { $0 == 19 ? .anomaly : $0 < 19 ? .inlier : .void }, classes: .trainIds,
        distances: .centimetres("depth"))

    /// Layouts that are recognised by their files, the most particular first.
    public static let recognised: [DatasetLayout] = [
        .segmentMe, .issu, .masks, .roadAnomaly, .repackedLostAndFound, .lostAndFound, .lostAndFoundTrainIds,
        .cityscapes,
        .renamedLostAndFound, .fishyscapesLostAndFound, .streetHazards, .drive, .repackedStatic, .besideEachOther,
    ]

    /// All layouts: those that are recognised, and those that `--layout` must name.
    public static let known =
        recognised + [.issuObstacle, .lostAndFoundNoKnown, .streetHazardsOther, .streetHazardsValidation, .camVid]

    /// The layout of a name.
    public init(named name: String) throws(EvaluationError) {
        guard let layout = Self.known.first(where: { $0.name == name }) else {
            throw .dataset("no layout is called '\(name)': there are \(Self.known.map(\.name).joined(separator: ", "))")
        }
        self = layout
    }

    /// One line for each layout.
    public static var helpText: String {
        known.map { layout in
            let name = layout.name.padding(26)
            return "\(name)\(layout.summary)\n\(String(repeating: " ", count: 26))\(layout.pattern)"
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(1, width - count))
    }
}
