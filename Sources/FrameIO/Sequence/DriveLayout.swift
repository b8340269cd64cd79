/// Finds the pictures and their times in a folder.
///
/// Pictures lie in the folder itself, or else in `images`, `data` or `rgb` below it, or in the only one of KITTI's
/// `image_0`, `image_02` and so on. Times come from `data.csv`
/// (EuRoC), `timestamps.txt` or `times.txt` (KITTI) or `rgb.txt` (TUM): in the folder, beside the pictures, or, where
/// the folder is itself such a subfolder, above it. A sidecar that names files also gives their order.
enum DriveLayout {
    private static let pictureFolders = ["images", "data", "rgb"]
    private static let sidecars = ["data.csv", "timestamps.csv", "timestamps.txt", "times.txt", "rgb.txt"]

    static func pictures(in folder: String) throws(FrameIOError) -> PictureList {
        let (pictureFolder, names, leftOut) = try pictureNames(folder)
        var list: PictureList
        if let sidecar = findSidecar(folder, pictureFolder) {
            let entries = try SidecarTimes.parse(Paths.lines(sidecar), path: sidecar)
            list = ordered(names, pictureFolder, by: entries, from: sidecar)
        } else {
            list = PictureList(files: names.map { Paths.joined(pictureFolder, $0) })
        }
        guard !list.files.isEmpty else {
            throw .malformed("\(folder): no JPEG, PNG or WebP pictures in it, nor in images, data or rgb below it")
        }
        if leftOut > 0 { list.notes.append("\(leftOut) label pictures (X_label beside X) are left out") }
        return list
    }

    /// Whether a folder is one drive: pictures lie in it, or where a drive has them. A folder of several cameras is none:
    /// each camera's is.
    static func isDrive(_ folder: String) -> Bool {
        guard let found = try? pictureNames(folder) else { return false }
        return !found.1.isEmpty
    }

    /// The folder that holds pictures and their names in natural order, label pictures left out.
    private static func pictureNames(_ folder: String) throws(FrameIOError) -> (String, [String], Int) {
        let own = try Paths.entries(folder)
        let (names, leftOut) = withoutLabels(own.filter(PictureList.isPicture))
        if !names.isEmpty { return (folder, names, leftOut) }
        for name in pictureFolders where own.contains(name) {
            let path = Paths.joined(folder, name)
            guard Paths.kind(path) == .directory else { continue }
            let (names, leftOut) = withoutLabels(try Paths.entries(path).filter(PictureList.isPicture))
            if !names.isEmpty { return (path, names, leftOut) }
        }
        let cameras = own.filter(isCamera).filter { Paths.kind(Paths.joined(folder, $0)) == .directory }
        guard cameras.count <= 1 else {
            let list = cameras.sorted().joined(separator: ", ")
            throw .usage("\(folder): several cameras, name the folder of one of them: \(list)")
        }
        // KITTI's raw drives have another folder `data` in each camera's.
        return try cameras.first.map { name throws(FrameIOError) in
            try pictureNames(Paths.joined(folder, name))
        } ?? (folder, [], 0)
    }

    /// `image_0`, `image_02`: the cameras of a KITTI drive.
    private static func isCamera(_ name: String) -> Bool {
        name.hasPrefix("image_") && !name.dropFirst(6).isEmpty && name.dropFirst(6).allSatisfy(\.isNumber)
    }

    /// `X_label.png` beside `X.jpg` is the ground truth of a frame, not a frame.
    private static func withoutLabels(_ names: [String]) -> ([String], Int) {
        let stems = Set(names.map(Paths.stem))
        let frames = names.filter { name in
            let stem = Paths.stem(name)
            return !(stem.hasSuffix("_label") && stems.contains(String(stem.dropLast("_label".count))))
        }
        return (frames.sorted(by: NaturalOrder.precedes), names.count - frames.count)
    }

    private static func findSidecar(_ folder: String, _ pictureFolder: String) -> String? {
        var places = [folder]
        if pictureFolder != folder { places.append(pictureFolder) }
        let name = Paths.baseName(folder)
        if pictureFolders.contains(name) || isCamera(name) { places.append(above(folder)) }
        let inner = above(pictureFolder)
        if pictureFolder != folder, inner != folder, isCamera(Paths.baseName(inner)) { places.append(inner) }
        for place in places {
            for name in sidecars {
                let path = place == "." ? name : Paths.joined(place, name)
                if Paths.kind(path) == .file { return path }
            }
        }
        return nil
    }

    private static func above(_ folder: String) -> String {
        folder.contains("/") ? Paths.directory(folder) : "."
    }

    private static func ordered(
        _ names: [String], _ pictureFolder: String, by entries: [SidecarTimes.Entry], from sidecar: String
    ) -> PictureList {
        var list = PictureList()
        let label = Paths.baseName(sidecar)
        if entries.contains(where: { $0.file != nil }) {
            let base = Paths.directory(sidecar)
            let present = Set(names)
            var listed = Set<String>()
            for entry in entries {
                guard let file = entry.file else { continue }
                let isHere = present.contains(file)
                list.files.append(Paths.joined(isHere ? pictureFolder : base, file))
                list.times.append(entry.nanoseconds)
                listed.insert(Paths.baseName(file))
            }
            let extra = names.filter { !listed.contains($0) }.count
            if extra > 0 { list.notes.append("\(extra) pictures that \(label) does not list are left out") }
            return list
        }
        list = PictureList(files: names.map { Paths.joined(pictureFolder, $0) })
        for index in 0..<min(names.count, entries.count) { list.times[index] = entries[index].nanoseconds }
        if entries.count != names.count {
            list.notes.append(
                "\(label) has \(entries.count) times for \(names.count) pictures; they are joined in order")
        }
        return list
    }
}
