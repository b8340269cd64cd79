import Foundation

/// The committed list of cases that are not run: case, reason, detail.
enum NotRunList {
    private static let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "not-run.tsv")

    static func read() throws -> [String: Exclusion] {
        var entries: [String: Exclusion] = [:]
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3, let reason = Exclusion.Reason(rawValue: fields[1]),
                entries.updateValue(Exclusion(reason: reason, detail: fields[2]), forKey: fields[0]) == nil
            else { throw ConformanceFailure("not-run.tsv: cannot use the line: \(line)") }
        }
        return entries
    }

    static func line(_ id: String, _ exclusion: Exclusion) -> String {
        "\(id)\t\(exclusion.reason.rawValue)\t\(exclusion.detail)"
    }

    /// Writes what the list would have to be to the file that DENSEHYBRID_CONFORMANCE_LIST names.
    static func propose(_ lines: [String]) throws {
        guard let path = ProcessInfo.processInfo.environment["DENSEHYBRID_CONFORMANCE_LIST"] else { return }
        let text = "# case\treason\tdetail\n" + lines.sorted().map { $0 + "\n" }.joined()
        try text.write(to: URL(filePath: path), atomically: true, encoding: .utf8)
    }
}
