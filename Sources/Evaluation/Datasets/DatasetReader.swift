internal import Foundation

/// A picture and its labels.
public struct DatasetPair: Sendable, Equatable {
    /// Base name of the picture.
    public let name: String
    /// Path of the picture.
    public let imagePath: String
    /// Path of the label picture.
    public let labelPath: String
}

/// Lists the pairs of a labelled set, in natural order of their names. Reads directories only; whoever decodes pictures
/// reads the files.
public struct DatasetReader: Sendable {
    /// The layout that was found or given.
    public let layout: DatasetLayout
    /// All pairs; never empty.
    public let pairs: [DatasetPair]

    /// Recognises one of the known layouts in `folder`.
    public init(folder: String) throws(EvaluationError) {
        _ = try Self.list(folder)
        for layout in DatasetLayout.known {
            let pairs = (try? Self.pairs(layout, images: folder, labels: folder, allMustHaveLabels: false)) ?? []
            if !pairs.isEmpty {
                self.layout = layout
                self.pairs = try Self.pairs(layout, images: folder, labels: folder, allMustHaveLabels: true)
                return
            }
        }
        let known = DatasetLayout.known.map { layout in
            "\(layout.images.isEmpty ? "" : layout.images + "/")X.* with "
                + "\(layout.labels.isEmpty ? "" : layout.labels + "/")X\(layout.labelSuffix)"
        }
        throw .dataset(
            "\(folder) has none of the known layouts (\(known.joined(separator: "; "))): "
                + "name the folders with --images and --labels")
    }

    /// Pictures in one folder, labels in another (or the same): `--images`, `--labels`, `--label-suffix`.
    public init(
        images: String, labels: String, labelSuffix: String = ".png", roles: LabelRoles
    ) throws(EvaluationError) {
        layout = DatasetLayout(name: "custom", images: "", labels: "", labelSuffix: labelSuffix, roles: roles)
        pairs = try Self.pairs(layout, images: images, labels: labels, allMustHaveLabels: true)
        if pairs.isEmpty { throw .dataset("\(images) holds no pictures (.jpg, .jpeg, .png)") }
    }

    private static let pictureEndings: Set<String> = ["jpg", "jpeg", "png"]

    private static func pairs(
        _ layout: DatasetLayout, images: String, labels: String, allMustHaveLabels: Bool
    ) throws(EvaluationError) -> [DatasetPair] {
        let imageFolder = layout.images.isEmpty ? images : images + "/" + layout.images
        let labelFolder = layout.labels.isEmpty ? labels : labels + "/" + layout.labels
        let labelNames = Set(try list(labelFolder))
        var pairs: [DatasetPair] = []
        for file in try list(imageFolder) {
            let url = URL(fileURLWithPath: file)
            let base = url.deletingPathExtension().lastPathComponent
            guard pictureEndings.contains(url.pathExtension.lowercased()) else { continue }
            // Where labels lie among the pictures they are no pictures.
            if imageFolder == labelFolder && file.hasSuffix(layout.labelSuffix) { continue }
            let label = base + layout.labelSuffix
            if labelNames.contains(label) {
                pairs.append(
                    DatasetPair(name: base, imagePath: imageFolder + "/" + file, labelPath: labelFolder + "/" + label))
            } else if allMustHaveLabels {
                throw .dataset("\(imageFolder)/\(file) has no labels: \(labelFolder)/\(label) is missing")
            }
        }
        return pairs.sorted { NaturalOrder.precedes($0.name, $1.name) }
    }

    private static func list(_ folder: String) throws(EvaluationError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
        } catch {
            throw .dataset("cannot read the folder \(folder): check that it exists and may be read")
        }
    }
}
