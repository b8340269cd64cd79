public import Evaluation
internal import Foundation
internal import FrameIO

/// Looks at a labelled set without scoring it: which files are missing or left over, which label values occur, and what
/// they will be taken for.
public struct DatasetDoctor {
    /// One line each, for people.
    public let findings: [String]
    /// Whether an evaluation would run.
    public let isHealthy: Bool

    /// Reads every label picture. Blocks.
    public init(_ survey: DatasetSurvey) {
        var findings = [
            "layout      \(survey.layout.name): \(survey.layout.pattern)",
            "pairs       \(survey.pairs.count) pictures with labels"
                + Self.folds(survey.pairs.map(\.fold)),
        ]
        Self.list("missing", survey.missing.map(\.label), "labels that pictures lack", into: &findings)
        Self.list("left over", survey.orphans, "labels without pictures, not used", into: &findings)
        for remedy in Set(survey.unreadable.map(DatasetSurvey.remedy)).sorted() {
            let files = survey.unreadable.filter { DatasetSurvey.remedy($0) == remedy }
            Self.list("unreadable", files, "files (\(remedy))", into: &findings)
        }
        var pixels = [Int](repeating: 0, count: 256), files = pixels
        var broken: [String] = []
        let far = survey.pairs.compactMap(\.distances)
        if !far.isEmpty { findings.append("distances   of \(far.count) pictures, as \(far[0].path)") }
        let absent = far.flatMap { [$0.path, $0.camera].compactMap { $0 } }
            .filter { !FileManager.default.fileExists(atPath: $0) }
        Self.list("missing", absent, "files of distances", into: &findings)
        for pair in survey.pairs {
            do {
                let labels = try GrayImage(contentsOf: pair.labelPath)
                var counts = [Int](repeating: 0, count: 256)
                for value in labels.pixels { counts[Int(value)] += 1 }
                for value in 0..<256 where counts[value] > 0 {
                    pixels[value] += counts[value]
                    files[value] += 1
                }
            } catch {
                broken.append("\(error)")
            }
        }
        Self.list("broken", broken, "labels that cannot be read", into: &findings)
        for value in 0..<256 where pixels[value] > 0 {
            findings.append(
                "value \(value)\(String(repeating: " ", count: 6 - "\(value)".count))"
                    + "\(pixels[value]) pixels in \(files[value]) pictures: \(Self.meaning(UInt8(value), survey.layout))"
            )
        }
        let anomalous = (0..<256).filter { survey.layout.roles[UInt8($0)] == .anomaly }.reduce(0) { $0 + pixels[$1] }
        if survey.layout.hasAnomalies && anomalous == 0 {
            findings.append(
                "warning     no pixel is an anomaly: AP and FPR95 do not exist; see --anomaly-values, --layout")
        }
        let kinds = (0..<256).filter { pixels[$0] > 0 && survey.layout.roles[UInt8($0)] == .anomaly }.count
        if kinds > 3 && survey.layout.classes == nil && !survey.layout.name.hasPrefix("lostandfound") {
            findings.append(
                "warning     \(kinds) values mean anomaly: are these labels of classes? see --layout help, --anomaly-values"
            )
        }
        self.findings = findings
        isHealthy = survey.missing.isEmpty && absent.isEmpty && broken.isEmpty && !survey.pairs.isEmpty
    }

    private static func meaning(_ value: UInt8, _ layout: DatasetLayout) -> String {
        let role =
            switch layout.roles[value] {
            case .inlier: "inlier"
            case .anomaly: "anomaly"
            case .void: "void, left out"
            }
        return role + (layout.classes.flatMap { classes in classes[value].map { ", \(classes.names[$0])" } } ?? "")
    }

    private static func folds(_ folds: [String]) -> String {
        let names = Set(folds).sorted().filter { !$0.isEmpty }
        if names.isEmpty { return "" }
        return "; folds " + names.map { name in "\(name) (\(folds.count { $0 == name }))" }.joined(separator: ", ")
    }

    private static func list(_ name: String, _ entries: [String], _ what: String, into findings: inout [String]) {
        if entries.isEmpty { return }
        let name = name + String(repeating: " ", count: 12 - name.count)
        findings.append(
            "\(name)\(entries.count) \(what): \(entries.prefix(3).joined(separator: ", "))"
                + (entries.count > 3 ? ", ..." : ""))
    }
}
