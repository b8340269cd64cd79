internal import Foundation

/// Columns of text for people: the first ones left-aligned, numbers right-aligned.
struct TextTable {
    /// Widths; negative ones are left-aligned.
    let widths: [Int]
    private(set) var lines: [String] = []

    init(_ widths: [Int]) { self.widths = widths }

    mutating func add(_ cells: [String]) {
        var line = zip(cells, widths).map { cell, width in
            let padding = String(repeating: " ", count: max(1, abs(width) - cell.count))
            return width < 0 ? cell + padding : padding + cell
        }
        // What is beyond the columns stands as it is.
        line += cells.dropFirst(widths.count)
        lines.append(line.joined().replacing(/\s+$/, with: ""))
    }

    var text: String { lines.joined(separator: "\n") }
}

extension Double {
    /// With this many digits behind the point.
    func digits(_ count: Int) -> String { String(format: "%.\(count)f", self) }

    /// A share as a percentage.
    var percent: String { (self * 100).digits(1) + " %" }
}

extension SampleStatistics {
    /// Median, minimum, p95, p99.
    var cells: [String] { [medianMs, minMs, p95Ms, p99Ms].map { $0.digits(3) } }

    static let heads = ["median ms", "min", "p95", "p99"]
}

extension MachinePeaks {
    /// One line.
    var line: String {
        func text(_ name: String, _ rate: Rate?) -> String {
            rate.map { "\(name) \($0.gmacPerSecond.digits(1)) GMAC/s (\($0.instructions)), " } ?? ""
        }
        return "peaks of \(threads) threads: " + text("fp32", fp32) + text("int8", int8)
            + "memory \(memoryReadGbPerSecond.digits(1)) GB/s, hand-over \((handOverMs * 1000).digits(1)) us a region"
    }
}
