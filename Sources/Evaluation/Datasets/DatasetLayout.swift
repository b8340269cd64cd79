/// How a labelled set of pictures lies on disk, and what its label bytes mean.
public struct DatasetLayout: Sendable, Equatable {
    /// Name for people and reports.
    public let name: String
    /// Folder of the pictures, relative to the set's; empty for the set's own.
    public let images: String
    /// Folder of the labels, relative to the set's; empty for the set's own.
    public let labels: String
    /// What follows a picture's base name in its label's name, ending included.
    public let labelSuffix: String
    /// What label bytes mean.
    public let roles: LabelRoles

    /// A layout of one's own.
    public init(name: String, images: String, labels: String, labelSuffix: String, roles: LabelRoles) {
        self.name = name
        self.images = images
        self.labels = labels
        self.labelSuffix = labelSuffix
        self.roles = roles
    }

    /// `X.jpg` and `X_label.png` in one folder; above 0 = anomaly, 255 = void.
    public static let besideEachOther = DatasetLayout(
        name: "beside", images: "", labels: "", labelSuffix: "_label.png", roles: .anyAboveZero)
    /// `images/N.*` and `labels_masks/N.png`, 1 = anomaly, 255 = void: SegmentMeIfYouCan's RoadAnomaly21 and repacked
    /// Fishyscapes Static.
    public static let masks = DatasetLayout(
        name: "masks", images: "images", labels: "labels_masks", labelSuffix: ".png", roles: .anyAboveZero)
    /// `images/N.*` and `labels_masks/N_labels_semantic.png`: SegmentMeIfYouCan as published.
    public static let semanticMasks = DatasetLayout(
        name: "smiyc", images: "images", labels: "labels_masks", labelSuffix: "_labels_semantic.png",
        roles: .anyAboveZero)

    /// Layouts that `DatasetReader` recognises by themselves, the most particular first.
    public static let known: [DatasetLayout] = [.semanticMasks, .masks, .besideEachOther]
}
