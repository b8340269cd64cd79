/// How a labelled set of pictures lies on disk, and what its label bytes mean.
///
/// Pictures are the files below `images` whose name ends in `imageStem` and an ending of pictures. The labels of
/// `<folder>/<name><imageStem>.jpg` are `<labels>/<folder>/<name><labelSuffix>`.
public struct DatasetLayout: Sendable, Equatable {
    /// Name for `--layout`, people and reports.
    public let name: String
    /// What the set is, in a few words.
    public let summary: String
    /// Folder of the pictures, relative to the set's; empty for the set's own.
    public let images: String
    /// What ends a picture's base name and is no part of its labels' name.
    public var imageStem = ""
    /// Folder of the labels, relative to the set's; empty for the set's own.
    public let labels: String
    /// What follows a picture's name in its label's name, ending included.
    public let labelSuffix: String
    /// What label bytes mean.
    public var roles = LabelRoles.anyAboveZero
    /// The set's known classes; nil where its labels have none.
    public var classes: ClassLabels?
    /// The set's distances; nil where it has none. Their folder may be missing in a copy of the set.
    public var distances: DistanceFiles?
    /// Whether the first folder below `images` is a fold (a town).
    public var foldsByFolder = false
    /// Whether a picture's name up to its first `_` is its fold.
    public var foldsByPrefix = false
    /// How labels are found.
    public var lookup = LabelLookup.path
    /// Pictures that are no part of the set: beginnings of names.
    public var excludedPrefixes: [String] = []
    /// Where not empty, only pictures whose names begin so are part of the set.
    public var requiredPrefixes: [String] = []

    /// How a picture's labels are found.
    public enum LabelLookup: Sendable, Equatable {
        /// In the same place below their folder.
        case path
        /// By name, in whatever folder; pictures without labels are no part of the set.
        case name
        /// By name after a number and `_`, in whatever folder; pictures without labels are no part of the set.
        case numberedName
    }

    /// A layout of one's own.
    public init(
        name: String, summary: String = "", images: String, imageStem: String = "", labels: String, labelSuffix: String,
        roles: LabelRoles = .anyAboveZero, classes: ClassLabels? = nil, distances: DistanceFiles? = nil
    ) {
        self.name = name
        self.summary = summary
        self.images = images
        self.imageStem = imageStem
        self.labels = labels
        self.labelSuffix = labelSuffix
        self.roles = roles
        self.classes = classes
        self.distances = distances
    }

    /// Whether some label byte means anomaly.
    public var hasAnomalies: Bool { roles.roles.contains(.anomaly) }

    /// Where pictures and labels lie, in one line.
    public var pattern: String {
        let folder = { (path: String) in path.isEmpty ? "" : path + "/" }
        let label = "\(lookup == .numberedName ? "NNNN_" : lookup == .name ? "**/" : "")X\(labelSuffix)"
        let start = requiredPrefixes.isEmpty ? "" : " (X begins with \(requiredPrefixes.joined(separator: " or ")))"
        return "\(folder(images))X\(imageStem).*\(start) with \(folder(labels))\(label)"
    }
}
