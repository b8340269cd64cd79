internal import CDigest
internal import Foundation

/// What a drive's files were when it was processed, so that a later worker knows whether they still are.
///
/// The stamp (how many files, bytes, latest change) is cheap and is compared first; the digest settles what it leaves
/// open, such as a drive that was copied elsewhere.
struct SourceIdentity: Equatable {
    /// Files of the drive.
    let files: Int
    /// Their bytes together.
    let bytes: Int
    /// Latest change of any of them, in whole milliseconds of Unix time.
    let modifiedMilliseconds: Int
    private let paths: [(name: String, path: String, bytes: Int)]
    private let isFolder: Bool

    /// Looks at a file, or at every file below a folder, hidden ones left out.
    init(_ path: String) throws(ModelError) {
        let root = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let keys: Set<URLResourceKey> = [.isRegularFileKey, .fileSizeKey, .contentModificationDateKey]
        var found: [(name: String, path: String, bytes: Int)] = []
        var latest = 0
        func note(_ url: URL, _ name: String) throws(ModelError) {
            let resolved = url.resolvingSymlinksInPath()
            guard let values = try? resolved.resourceValues(forKeys: keys) else {
                throw ModelError("cannot look at \(url.path)")
            }
            guard values.isRegularFile == true else { return }
            latest = max(latest, Int((values.contentModificationDate?.timeIntervalSince1970 ?? 0) * 1000))
            found.append((name, resolved.path, values.fileSize ?? 0))
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder) else {
            throw ModelError("cannot read \(path): no such file or folder")
        }
        if isFolder.boolValue {
            let names = (FileManager.default.enumerator(atPath: root.path)?.allObjects as? [String]) ?? []
            for name in names.sorted() where !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
                try note(root.appendingPathComponent(name), name)
            }
        } else {
            try note(root, root.lastPathComponent)
        }
        paths = found
        self.isFolder = isFolder.boolValue
        files = found.count
        bytes = found.reduce(0) { $0 + $1.bytes }
        modifiedMilliseconds = latest
    }

    /// SHA-256: of a file that of its bytes; of a folder that of `NAME\nBYTES\nDIGEST\n` for every file, by name. Reads
    /// everything.
    func digest() throws(ModelError) -> String {
        if !isFolder, let file = paths.first { return try ModelBundle.digest(of: file.path) }
        var text = ""
        for file in paths { text += "\(file.name)\n\(file.bytes)\n\(try ModelBundle.digest(of: file.path))\n" }
        return Self.digest(of: text)
    }

    /// SHA-256 of a text.
    static func digest(of text: String) -> String {
        var state = dh_sha256()
        dh_sha256_start(&state, 1)
        var bytes = Array(text.utf8)
        dh_sha256_update(&state, &bytes, bytes.count)
        return ModelBundle.finish(&state)
    }

    /// Whether the cheap stamps agree.
    func hasStamp(of other: StoredSource) -> Bool {
        files == other.files && bytes == other.bytes && modifiedMilliseconds == other.modifiedMilliseconds
    }

    static func == (left: SourceIdentity, right: SourceIdentity) -> Bool {
        left.files == right.files && left.bytes == right.bytes
            && left.modifiedMilliseconds == right.modifiedMilliseconds
    }
}

/// A drive's identity as a manifest holds it.
struct StoredSource: Decodable {
    let path: String
    let files: Int
    let bytes: Int
    let modifiedMilliseconds: Int
    let digest: String

    enum CodingKeys: String, CodingKey {
        case path, files, bytes, digest
        case modifiedMilliseconds = "modified_ms"
    }
}
