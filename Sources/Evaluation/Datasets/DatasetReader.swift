internal import Foundation

/// A picture and its labels.
public struct DatasetPair: Sendable, Equatable {
    /// Base name of the picture without the layout's stem.
    public let name: String
    /// Part of the set that lends its threshold to others (a town); empty where the layout has none.
    public internal(set) var fold: String
    /// Path of the picture.
    public let imagePath: String
    /// Path of the label picture.
    public let labelPath: String
    /// Where its distances lie; nil in sets without. The files are not looked for.
    public var distances: DistancePaths?

    /// A pair; see the properties.
    public init(
        name: String, fold: String, imagePath: String, labelPath: String, distances: DistancePaths? = nil
    ) {
        self.name = name
        self.fold = fold
        self.imagePath = imagePath
        self.labelPath = labelPath
        self.distances = distances
    }
}

/// Lists the pairs of a labelled set, in natural order of their names. Reads directories only; whoever decodes pictures
/// reads the files.
public struct DatasetReader: Sendable {
    /// The layout that was found or given.
    public let layout: DatasetLayout
    /// All pairs; never empty.
    public let pairs: [DatasetPair]

    /// Recognises one of the known layouts in `folder`, or takes the one that is given.
    public init(folder: String, layout: DatasetLayout? = nil) throws(EvaluationError) {
        let survey = try DatasetSurvey(folder: folder, layout: layout)
        try self.init(survey)
    }

    /// Pictures in one folder, labels in another (or the same): `--images`, `--labels`. The layout's own folders do not
    /// count.
    public init(images: String, labels: String, layout: DatasetLayout) throws(EvaluationError) {
        try self.init(try DatasetSurvey(images: images, labels: labels, layout: layout))
    }

    /// The pairs of a survey that found all labels.
    public init(_ survey: DatasetSurvey) throws(EvaluationError) {
        if let missing = survey.missing.first {
            throw .dataset(
                "\(missing.image) has no labels: \(missing.label) is missing"
                    + (survey.missing.count > 1 ? " (and \(survey.missing.count - 1) more)" : ""))
        }
        guard !survey.pairs.isEmpty else {
            throw .dataset("\(survey.imageFolder) holds no labelled pictures (.jpg, .jpeg, .png, .webp)")
        }
        layout = survey.layout
        var pairs = survey.pairs
        if layout.classes != nil, layout.hasAnomalies, Set(pairs.map(\.fold)).count == 1 {
            // Open-IoU wants two folds. Pictures of a drive that follow each other are alike, so it is cut once.
            for index in pairs.indices { pairs[index].fold = index < pairs.count / 2 ? "first half" : "second half" }
        }
        self.pairs = pairs
    }
}
