internal import Foundation

/// The runs that a merge is made of, each once.
public struct MergeInputs {
    /// Names and runs, in natural order of the files.
    let runs: [(name: String, record: RunRecord)]
    /// Segments that came more than once; only the first counts. `differ` where their maps are not the same.
    let duplicates: [(name: String, differ: Bool)]
    /// Segments that a list names and no manifest tells of; numbers where no list is there.
    let missing: [String]
    /// How many segments there should be; nil where nothing tells it.
    let expected: Int?

    /// Reads manifests, summaries and lists of segments; of a folder all manifests and lists in it, hidden folders left
    /// out.
    public init(_ paths: [String]) throws(ModelError) {
        var files: [String] = []
        for path in paths { files += try Self.files(path) }
        var runs: [(name: String, record: RunRecord)] = []
        var digests: [String: String] = [:]
        var duplicates: [String: Bool] = [:]
        var listed: [String]?
        for file in files {
            if let names = Self.list(file) {
                listed = (listed ?? []) + names.filter { listed?.contains($0) != true }
                continue
            }
            let record = try RunRecord(path: file)
            guard record.histograms != nil, record.histogramLayout == "hdr3-ns" else {
                throw ModelError("\(file) has no latency histograms that this version merges; make it again")
            }
            let name = record.segment ?? file
            if let digest = digests[name] {
                duplicates[name] = duplicates[name] == true || digest != record.digest
                continue
            }
            digests[name] = record.digest
            runs.append((name, record))
        }
        guard !runs.isEmpty else { throw ModelError("no manifest and no summary in \(paths.joined(separator: ", "))") }
        self.runs = runs
        self.duplicates = duplicates.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if let listed {
            expected = listed.count
            missing = listed.filter { digests[$0] == nil }
        } else {
            expected = runs.compactMap { $0.record.batch?.of }.max()
            let positions = Set(runs.compactMap { $0.record.batch?.position })
            missing = (0..<(expected ?? 0)).filter { !positions.contains($0) }.map { "number \($0)" }
        }
    }

    /// Runs that are at hand, each with another name; nothing is missing.
    public init(records: [(name: String, record: RunRecord)]) {
        runs = records
        duplicates = []
        missing = []
        expected = nil
    }

    private static func files(_ path: String) throws(ModelError) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ModelError("cannot read \(path): no such file or folder")
        }
        guard isFolder.boolValue else { return [path] }
        let names = (FileManager.default.enumerator(atPath: path)?.allObjects as? [String]) ?? []
        return names.filter { name in
            let parts = name.split(separator: "/")
            let isMeant = parts.last == "manifest.json" || parts.last == "batch.json"
            return isMeant && !parts.contains { $0.hasPrefix(".") }
        }.sorted { $0.compare($1, options: .numeric) == .orderedAscending }.map { path + "/" + $0 }
    }

    /// The segments of a `batch.json`; nil for any other file.
    private static func list(_ path: String) -> [String]? {
        struct List: Decodable {
            let kind: String
            let segments: [String]
        }
        guard let data = FileManager.default.contents(atPath: path),
            let list = try? JSONDecoder().decode(List.self, from: data), list.kind == BatchFiles.listKind
        else { return nil }
        return list.segments
    }
}
