internal import Foundation
internal import FrameIO
internal import Glibc

/// One recorded drive of a batch.
public struct Segment: Sendable, Hashable {
    /// Its name: its results lie in a folder of this name below the batch's.
    public let name: String
    /// Where the drive lies.
    public let path: String
    /// Its number in the whole list, from 0.
    public let position: Int
}

/// All segments of a batch, in the order that numbers them.
public struct SegmentList: Sendable {
    /// The segments.
    public let segments: [Segment]

    /// Looks for drives at and below `paths`. Names of one path are relative to it; of several, each begins with the
    /// last component of its path. Reads folders; throws where two segments would share a name, or one's results would lie
    /// in another's folder.
    public init(_ paths: [String]) throws(ModelError) {
        do throws(FrameIOError) {
            var found: [(name: String, path: String)] = []
            for path in paths {
                let drives = try DriveList.drives(at: path)
                let own = URL(fileURLWithPath: path).lastPathComponent
                let isDrive = drives.count == 1 && drives[0].path == path
                let prefix = paths.count == 1 || isDrive ? "" : own + "/"
                found += drives.map { (prefix + $0.name, $0.path) }
            }
            segments = found.enumerated().map { Segment(name: $1.name, path: $1.path, position: $0) }
        } catch {
            if case .usage(let text) = error { throw ModelError(text, isUsage: true) }
            throw ModelError(error.description)
        }
        var places: [String: String] = [:]
        for segment in segments {
            if let other = places.updateValue(segment.path, forKey: segment.name) {
                throw ModelError(
                    "\(other) and \(segment.path) would both be segment '\(segment.name)'; name a folder above both",
                    isUsage: true)
            }
        }
        for segment in segments {
            var name = segment.name[...]
            while let slash = name.lastIndex(of: "/") {
                name = name[..<slash]
                guard let other = places[String(name)] else { continue }
                throw ModelError(
                    "\(segment.path) would be segment '\(segment.name)' inside '\(name)', which is \(other); name a "
                        + "folder above both", isUsage: true)
            }
        }
    }

    /// Refuses a folder for results at or below `paths`: the next worker would take results for drives.
    public static func check(output: String, paths: [String]) throws(ModelError) {
        func folder(_ path: String) -> String { path.hasSuffix("/") ? path : path + "/" }
        let place = folder(resolved(output))
        for path in paths where place.hasPrefix(folder(resolved(path))) {
            throw ModelError(
                "--out \(output) lies in \(path), so that results would be taken for drives; name a folder beside it",
                isUsage: true)
        }
    }

    /// A path without links as far as it exists; what does not exist yet is taken as it is written.
    private static func resolved(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        let url = URL(fileURLWithPath: path)
        let parent = url.deletingLastPathComponent().path
        guard parent != url.path else { return parent }
        return URL(fileURLWithPath: resolved(parent)).appendingPathComponent(url.lastPathComponent)
            .standardizedFileURL.path
    }

    /// The segments of one part.
    public func part(_ shard: Shard) -> [Segment] { segments.filter { shard.takes($0.position) } }

    /// The list as `batch.json`, by which `merge` knows what is missing. Whole or absent; every worker writes the same.
    func write(to folder: String) throws(ModelError) {
        let object: [String: Any] = [
            "kind": BatchFiles.listKind, "format": 1, "segments": segments.map(\.name),
        ]
        try BatchFiles.write(JSONText.pretty(object), to: folder + "/" + BatchFiles.list)
    }
}

/// Names and kinds of the files that a batch leaves beside results.
enum BatchFiles {
    static let list = "batch.json"
    static let manifest = "manifest.json"
    static let listKind = "densehybrid-batch"
    static let manifestKind = "densehybrid-manifest"

    /// Writes a text aside and renames it.
    static func write(_ text: String, to path: String) throws(ModelError) {
        do {
            try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ModelError("cannot write \(path): \(error.localizedDescription)")
        }
    }
}
