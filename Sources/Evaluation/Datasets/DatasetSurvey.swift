internal import Foundation

/// What lies in a set's folders: pairs, and what is missing or left over. Reads directories only.
public struct DatasetSurvey: Sendable {
    /// The layout that was found or given.
    public let layout: DatasetLayout
    /// Where the pictures lie.
    public let imageFolder: String
    /// Where the labels lie.
    public let labelFolder: String
    /// Pictures with labels, in natural order.
    public private(set) var pairs: [DatasetPair] = []
    /// Pictures without labels, and the labels that were looked for.
    public private(set) var missing: [(image: String, label: String)] = []
    /// Labels without pictures.
    public private(set) var orphans: [String] = []
    /// Pictures in a format that is not read here, and overlays of Fishyscapes Static.
    public private(set) var unreadable: [String] = []

    private static let pictureEndings: Set<String> = ["jpg", "jpeg", "png", "webp"]
    private static let foreignEndings: Set<String> = ["bmp", "tif", "tiff", "npz"]

    /// Surveys `folder` as the given layout, or as the first known one that finds a pair. Where pictures are not to be
    /// decoded (`readsPictures`), those in other formats count, too.
    public init(
        folder: String, layout: DatasetLayout? = nil, readsPictures: Bool = true
    ) throws(EvaluationError) {
        _ = try Self.files(below: folder, depth: 0)
        if let layout {
            try self.init(
                images: Self.join(folder, layout.images), labels: Self.join(folder, layout.labels), layout: layout,
                root: folder, readsPictures: readsPictures)
            return
        }
        var unreadable: String?
        for layout in DatasetLayout.recognised {
            let survey = try? DatasetSurvey(
                images: Self.join(folder, layout.images), labels: Self.join(folder, layout.labels), layout: layout,
                root: folder, readsPictures: readsPictures)
            if let survey, !survey.pairs.isEmpty {
                self = survey
                return
            }
            if let survey, let first = survey.unreadable.first, !survey.orphans.isEmpty { unreadable = first }
        }
        if let unreadable {
            throw .dataset("\(unreadable) cannot be read here: \(Self.remedy(unreadable))")
        }
        throw .dataset(
            "\(folder) has none of the layouts that are recognised "
                + "(\(DatasetLayout.recognised.map(\.name).joined(separator: ", ")); --layout help shows their files): "
                + "name the folders with --images and --labels")
    }

    /// Surveys pictures below one folder and labels below another (or the same). Folders of distances lie below `root`.
    public init(
        images: String, labels: String, layout: DatasetLayout, root: String = "", readsPictures: Bool = true
    ) throws(EvaluationError) {
        self.layout = layout
        let distances = layout.distances.flatMap { files in
            // Copies of sets without their distances are common.
            FileManager.default.fileExists(atPath: Self.join(root, files.folder)) ? files : nil
        }
        imageFolder = images
        labelFolder = labels
        let labelFiles = try Self.files(below: labels, depth: 3)
        var unused = Set(labelFiles.filter { $0.hasSuffix(layout.labelSuffix) })
        let byName = Self.byName(unused, layout.lookup)
        for file in try Self.files(below: images, depth: 3) {
            // Where labels lie among the pictures they are no pictures.
            if images == labels && file.hasSuffix(layout.labelSuffix) { continue }
            let url = URL(fileURLWithPath: file)
            let ending = url.pathExtension.lowercased()
            let isForeign = Self.foreignEndings.contains(ending)
            if isForeign && readsPictures { unreadable.append(images + "/" + file) }
            guard Self.pictureEndings.contains(ending) || (isForeign && !readsPictures) else { continue }
            var path = String(file.dropLast(url.pathExtension.count + 1))
            guard path.hasSuffix(layout.imageStem) else { continue }
            path = String(path.dropLast(layout.imageStem.count))
            let parts = path.split(separator: "/").map(String.init)
            guard let name = parts.last, layout.isPart(name) else {
                unused.remove(path + layout.labelSuffix)
                continue
            }
            let label = layout.lookup == .path ? path + layout.labelSuffix : byName[name + layout.labelSuffix]
            if let label, unused.remove(label) != nil {
                pairs.append(
                    DatasetPair(
                        name: name, fold: layout.fold(parts),
                        imagePath: images + "/" + file, labelPath: labels + "/" + label,
                        distances: distances.map { Self.distancePaths($0, root, path) }))
            } else if layout.lookup == .path {
                missing.append((images + "/" + file, labels + "/" + path + layout.labelSuffix))
            }
        }
        pairs.sort { NaturalOrder.precedes($0.imagePath, $1.imagePath) }
        missing.sort { NaturalOrder.precedes($0.image, $1.image) }
        orphans = unused.sorted().map { labels + "/" + $0 }
        unreadable.sort()
    }

    /// What to do with a picture that is not read here.
    public static func remedy(_ path: String) -> String {
        path.hasSuffix("_rgb.npz")
            ? "overlays of Fishyscapes Static want Cityscapes beneath: add both and store X_rgb.png"
            : "convert the set's pictures to JPEG or PNG"
    }

    /// Names (paths without ending, relative to `folder`) and paths of the pictures below a folder, in natural order.
    public static func pictures(below folder: String) throws(EvaluationError) -> [(name: String, path: String)] {
        var found: [(name: String, path: String)] = []
        for file in try files(below: folder, depth: 3) {
            let ending = URL(fileURLWithPath: file).pathExtension
            if pictureEndings.contains(ending.lowercased()) {
                found.append((String(file.dropLast(ending.count + 1)), folder + "/" + file))
            }
        }
        guard !found.isEmpty else { throw .dataset("\(folder) holds no pictures (.jpg, .jpeg, .png, .webp)") }
        return found.sorted { NaturalOrder.precedes($0.name, $1.name) }
    }

    /// Labels by their file's name, without its number where names are numbered; empty where paths tell.
    private static func byName(_ files: Set<String>, _ lookup: DatasetLayout.LabelLookup) -> [String: String] {
        var found: [String: String] = [:]
        if lookup == .path { return found }
        for file in files {
            var name = file.split(separator: "/").last.map(String.init) ?? file
            if lookup == .numberedName {
                guard let mark = name.firstIndex(of: "_"), Int(name[..<mark]) != nil else { continue }
                name = String(name[name.index(after: mark)...])
            }
            found[name] = file
        }
        return found
    }

    private static func distancePaths(_ files: DistanceFiles, _ root: String, _ name: String) -> DistancePaths {
        let path = join(root, files.folder) + "/" + name + files.suffix
        switch files.content {
        case .depth(let metresPerUnit): return DistancePaths(path: path, camera: nil, metresPerUnit: metresPerUnit)
        case .disparity(let cameras, let suffix):
            return DistancePaths(path: path, camera: join(root, cameras) + "/" + name + suffix, metresPerUnit: 1)
        }
    }

    private static func join(_ folder: String, _ sub: String) -> String {
        folder.isEmpty ? sub : sub.isEmpty ? folder : folder + "/" + sub
    }

    /// Paths of files relative to `folder`, in its folders down to `depth`.
    private static func files(below folder: String, depth: Int) throws(EvaluationError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
        } catch {
            throw .dataset("cannot read the folder \(folder): check that it exists and may be read")
        }
        if depth == 0 { return names }
        var files: [String] = []
        for name in names {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
            if exists && isFolder.boolValue {
                files += try Self.files(below: folder + "/" + name, depth: depth - 1).map { name + "/" + $0 }
            } else if exists {
                files.append(name)
            }
        }
        return files
    }
}

extension DatasetLayout {
    /// Whether a picture of this name belongs to the set.
    fileprivate func isPart(_ name: String) -> Bool {
        !excludedPrefixes.contains { name.hasPrefix($0) }
            && (requiredPrefixes.isEmpty || requiredPrefixes.contains { name.hasPrefix($0) })
    }

    /// The fold of a picture, given the folders below the pictures' folder and its name.
    fileprivate func fold(_ parts: [String]) -> String {
        if foldsByFolder && parts.count > 1 { return parts[0] }
        return foldsByPrefix ? String(parts.last?.prefix { $0 != "_" } ?? "") : ""
    }
}
