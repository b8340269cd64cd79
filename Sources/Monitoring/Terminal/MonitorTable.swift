/// The latency table of a monitor, fitted to a width by leaving out columns.
struct MonitorTable {
    struct Row {
        let name: String
        let statistics: LatencySnapshot.Window
        let durations: [Int64]
        /// Work of a stage is compared with the budget by its share; the frame's row tells whether it is kept.
        let isFrame: Bool
    }

    private enum Column: CaseIterable {
        case name, n, last, p50, p95, p99, maximum, trend, budget

        /// Columns that go first when there is no room.
        static let byImportance: [Column] = [.name, .p50, .p99, .last, .budget, .p95, .maximum, .n, .trend]

        var width: Int {
            switch self {
            case .name: 10
            case .n: 6
            case .last, .p50, .p95, .p99, .maximum: 8
            case .trend: 16
            case .budget: 16
            }
        }

        var head: String {
            switch self {
            case .name: "stage"
            case .n: "n"
            case .last: "last"
            case .p50: "p50"
            case .p95: "p95"
            case .p99: "p99"
            case .maximum: "max"
            case .trend: "latest"
            case .budget: "p95 of budget"
            }
        }
    }

    let rows: [Row]
    let budget: Int64?
    let style: MonitorStyle

    /// Lines of at most `width` columns: heads, one row each, all in milliseconds.
    func lines(width: Int) -> [String] {
        let columns = fitting(width)
        var lines = [columns.map { style.paint(padded($0.head, $0), .heading) }.joined(separator: " ")]
        for row in rows {
            lines.append(columns.map { cell($0, of: row) }.joined(separator: " "))
        }
        return lines
    }

    private func fitting(_ width: Int) -> [Column] {
        var chosen: [Column] = []
        var used = -1
        for column in Column.byImportance where column != .budget || budget != nil {
            guard used + 1 + column.width <= width || chosen.isEmpty else { continue }
            chosen.append(column)
            used += 1 + column.width
        }
        return Column.allCases.filter(chosen.contains)
    }

    private func padded(_ text: String, _ column: Column) -> String {
        let space = String(repeating: " ", count: max(0, column.width - text.count))
        switch column {
        case .name, .trend, .budget: return String((text + space).prefix(column.width))
        default: return space + text
        }
    }

    private func cell(_ column: Column, of row: Row) -> String {
        let statistics = row.statistics
        func time(_ value: Int64?) -> String {
            guard let value, statistics.count > 0 else { return padded("-", column) }
            return style.paint(padded(milliseconds(value), column), tone(value, of: row))
        }
        switch column {
        case .name: return style.paint(padded(row.name, column), row.isFrame ? .heading : .plain)
        case .n: return padded("\(statistics.count)", column)
        case .last: return time(row.durations.last)
        case .p50: return time(statistics.p50)
        case .p95: return time(statistics.p95)
        case .p99: return time(statistics.p99)
        case .maximum: return time(statistics.maximum)
        case .trend: return style.sparkline(row.durations, width: column.width)
        case .budget:
            guard let budget, statistics.count > 0 else { return padded("-", column) }
            let share = Double(statistics.p95) / Double(budget)
            let percent = "\(Int(min(share * 100, 9999).rounded()))%"
            let bar = style.bar(share, width: 10)
            let text = String(repeating: " ", count: max(0, 5 - percent.count)) + percent
            return style.paint(bar + " " + text, tone(statistics.p95, of: row))
        }
    }

    private func tone(_ value: Int64, of row: Row) -> MonitorStyle.Tone {
        guard let budget else { return .plain }
        if value > budget { return .bad }
        return row.isFrame && value > budget / 10 * 9 ? .warning : .plain
    }
}

/// Nanoseconds as milliseconds with as many decimals as fit in seven columns.
func milliseconds(_ nanoseconds: Int64) -> String {
    let value = Double(nanoseconds) / 1e6
    return fixed(value, decimals: value < 1000 ? 3 : value < 100_000 ? 1 : 0)
}

/// A number with a fixed count of decimals.
func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale: Int64 = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int64((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    if decimals == 0 { return "\(sign)\(scaled)" }
    let rest = "\(scaled % scale)"
    return "\(sign)\(scaled / scale)." + String(repeating: "0", count: decimals - rest.count) + rest
}
