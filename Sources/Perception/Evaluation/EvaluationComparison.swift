internal import Evaluation
internal import Foundation

/// Several scores on the same pictures: the report of each, and by how much each differs from the first (Tables 6 and 8 of the
/// paper compare the hybrid score with its parts so).
///
/// Differences are paired: the pictures of a draw are the same for all scores, so that what makes a set of pictures hard for
/// all of them cancels out.
public struct EvaluationComparison {
    private let reports: [EvaluationReport]

    /// Compares `reports` of the same set, protocol and bootstrap; the first is what the others are compared with.
    public init(_ reports: [EvaluationReport]) { self.reports = reports }

    /// A headline number and its difference.
    private struct Number {
        let key: String
        let rate: KeyPath<DetectionRates, Double>
        let whole: KeyPath<EvaluationResult, Double?>
    }

    private static var numbers: [Number] {
        [
            Number(key: "ap", rate: \.averagePrecision, whole: \.averagePrecision),
            Number(key: "fpr95", rate: \.falsePositiveRate95, whole: \.falsePositiveRate95),
            Number(key: "auroc", rate: \.areaUnderROC, whole: \.areaUnderROC),
        ]
    }

    private struct Difference {
        let value: Double?
        let interval: ClosedRange<Double>?
    }

    private func difference(_ report: EvaluationReport, _ number: Number) -> Difference {
        guard let first = reports.first else { return Difference(value: nil, interval: nil) }
        var value: Double?
        if let own = report.result[keyPath: number.whole], let other = first.result[keyPath: number.whole] {
            value = own - other
        }
        let interval = first.result.draws.flatMap { report.result.draws?.difference(from: $0, number.rate) }
        return Difference(value: value, interval: interval)
    }

    /// The reports, and a line for each score but the first.
    public var text: String {
        var parts = reports.map(\.text)
        if let first = reports.first {
            var lines = ["less \(first.scoreName), in points of percent; 95 % over the same draws of pictures"]
            let width = reports.map(\.scoreName.count).max() ?? 0
            for report in reports.dropFirst() {
                let name = report.scoreName
                let columns = zip(["AP", "FPR95", "AUROC"], Self.numbers).map { title, number in
                    "\(title) \(Self.points(difference(report, number)))"
                }
                lines.append(
                    name + String(repeating: " ", count: width - name.count + 2) + columns.joined(separator: "   "))
            }
            parts.append(lines.joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n")
    }

    /// `{"set", "reference", "scores": [the reports], "differences": [{"score", "ap", "fpr95", "auroc", "confidence95"}]}`.
    public var json: String {
        guard let first = reports.first else { return "{}" }
        let differences = reports.dropFirst().map { report -> [String: Any] in
            var row: [String: Any] = ["score": report.scoreName]
            var ends: [String: Any] = [:]
            for number in Self.numbers {
                let difference = difference(report, number)
                row[number.key] = difference.value.map { $0 as Any } ?? NSNull()
                ends[number.key] = difference.interval.map { [$0.lowerBound, $0.upperBound] as Any } ?? NSNull()
            }
            if let draws = report.result.draws {
                ends["replicates"] = draws.count
                row["confidence95"] = ends
            }
            return row
        }
        return EvaluationReport.json([
            "set": first.name, "reference": first.scoreName, "scores": reports.map(\.object),
            "differences": differences,
        ])
    }

    private static func points(_ difference: Difference) -> String {
        guard let value = difference.value else { return "-" }
        func signed(_ share: Double) -> String { String(format: "%+.2f", share * 100) }
        let interval = difference.interval.map { " [\(signed($0.lowerBound)), \(signed($0.upperBound))]" } ?? ""
        return signed(value) + interval
    }
}
