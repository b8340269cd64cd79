/// A recorded drive that lies in a folder of drives.
public struct ListedDrive: Sendable, Hashable {
    /// Where it lies below the folder, with `/` between folders; the last component where the path is itself a drive.
    public let name: String
    /// What `FrameInput.open` takes.
    public let path: String
}

/// Finds the drives at or below a path, each of which `FrameInput.open` reads as one stream.
public enum DriveList {
    /// Streams by their ending; other files below a folder are not drives.
    private static let endings: Set<String> = ["y4m", "mjpeg", "mjpg", "mcap"]
    /// Folders within folders that are looked into; more would be a loop of links.
    private static let deepest = 16

    /// A file is a drive; so is a folder with pictures (see `DriveLayout`). Any other folder holds drives: those below
    /// it in natural order, files by their endings. Hidden entries are left out.
    public static func drives(at path: String) throws(FrameIOError) -> [ListedDrive] {
        let own = Paths.baseName(path)
        switch Paths.kind(path) {
        case .file: return [ListedDrive(name: own, path: path)]
        case .other: throw .usage("\(path): a list of drives takes files and folders, no pipes or devices")
        case .absent: throw .system(operation: "open", path: path, code: 2)
        case .directory: break
        }
        if DriveLayout.isDrive(path) { return [ListedDrive(name: own, path: path)] }
        var found: [ListedDrive] = []
        try collect(path, prefix: "", depth: 0, into: &found)
        guard !found.isEmpty else {
            let kinds = endings.sorted().joined(separator: ", ")
            throw .malformed("\(path): no drives in it: no folders with JPEG, PNG or WebP pictures, no \(kinds) files")
        }
        return found
    }

    private static func collect(
        _ folder: String, prefix: String, depth: Int, into found: inout [ListedDrive]
    ) throws(FrameIOError) {
        guard depth < deepest else { throw .malformed("\(folder): folders lie too deep, or links lead in a circle") }
        for name in try Paths.entries(folder).sorted(by: NaturalOrder.precedes) where !name.hasPrefix(".") {
            let path = Paths.joined(folder, name)
            switch Paths.kind(path) {
            case .directory where DriveLayout.isDrive(path):
                found.append(ListedDrive(name: prefix + name, path: path))
            case .directory: try collect(path, prefix: prefix + name + "/", depth: depth + 1, into: &found)
            case .file where endings.contains(Paths.ending(name)):
                found.append(ListedDrive(name: prefix + name, path: path))
            default: break
            }
        }
    }
}
