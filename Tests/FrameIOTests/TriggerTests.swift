import FrameIO
import TestSupport
import Testing

/// The language of `--record-if`.
@Suite struct TriggerTests {
    private static let region = RegionRecord(
        x: 0, y: 0, width: 9, height: 9, area: 700, maxScore: 1, centroidX: 4, centroidY: 4)

    private static func record(_ status: FrameStatus = .delivered) -> FrameRecord {
        var record = FrameRecord(
            FrameHeader(id: 1, payload: .jpeg, width: 8, height: 8, byteCount: 1), status: status)
        record.totalNanoseconds = 80_500_000
        record.stages.backbone = 42_000_000
        record.anomalyFraction = 0.0078125
        record.anomalyMaxScore = -2
        record.regionCount = 3
        record.qualityLevel = 1
        record.ageNanoseconds = 1_200_000_000
        record.deadlineMet = false
        return record
    }

    private func holds(_ text: String, _ record: FrameRecord = record(), regions: [RegionRecord] = [region]) throws
        -> Bool
    {
        let expression = try TriggerExpression(text)
        return regions.withUnsafeBufferPointer { expression.holds(for: record, regions: $0) }
    }

    @Test(arguments: [
        ("anomaly_fraction > 0.5%", true), ("anomaly_fraction > 0.8%", false), ("anomaly_fraction>0.005", true),
        ("0.5% < anomaly_fraction", true), ("anomaly_fraction == 0.78125%", true),
        ("anomaly_fraction != 0.78125%", false),
        ("total_ms > 80", true), ("total_ms > 80.5ms", false), ("total_ms >= 80.5ms", true), ("total_ms > 0.08s", true),
        ("total_ms <= 80500us", true), ("backbone_ms < total_ms", true), ("age_ms >= 1.2s", true),
        ("anomaly_max_score > -3", true), ("anomaly_max_score > -2.0", false), ("regions >= 3", true),
        ("largest_region_area > 699", true), ("quality_level == 1", true), ("delivered", true), ("dropped", false),
        ("deadline_missed", true), ("not dropped", true), ("!dropped && !failed", true), ("not not dropped", false),
        ("dropped or failed or regions > 2", true), ("dropped and failed or delivered", true),
        ("dropped and (failed or delivered)", false), ("delivered or dropped and failed", true),
        ("not (dropped or total_ms < 1s)", false), ("((((delivered))))", true), ("total_ms > 8e1", true),
        ("total_ms > +1", true), ("  regions\t>2  ", true),
    ])
    func expressions(text: String, expected: Bool) throws { #expect(try holds(text) == expected, "\(text)") }

    @Test func whatAFrameDoesNotHaveComparesFalse() throws {
        var record = FrameRecord(
            FrameHeader(id: 1, payload: .jpeg, width: 8, height: 8, byteCount: 1),
            status: .dropped(place: "admission", reason: "superseded"))
        record.totalNanoseconds = 5
        let fields = ["anomaly_fraction", "anomaly_max_score", "regions", "largest_region_area", "decode_ms", "age_ms"]
        for field in fields {
            for comparison in ["<", "<=", ">", ">=", "==", "!="] {
                let expression = try TriggerExpression("\(field) \(comparison) 1")
                #expect(!expression.holds(for: record, regions: nil), "\(field) \(comparison)")
            }
        }
        #expect(try TriggerExpression("dropped and not deadline_missed").holds(for: record, regions: nil))
        // Regions were looked for and there were none: the largest has no area.
        #expect(try holds("largest_region_area == 0", regions: []))
    }

    @Test(arguments: [
        ("", 1, "before the end"), ("   ", 4, "before the end"),
        ("anomaly_fracton > 1%", 1, "unknown field 'anomaly_fracton'"),
        ("anomaly_fraction", 17, "expected a comparison"), ("anomaly_fraction > ", 20, "before the end"),
        ("anomaly_fraction > 5ms", 20, "a share and 5ms is a time"), ("total_ms > 5%", 12, "a time and 5% is a share"),
        ("total_ms > anomaly_fraction", 12, "a time and anomaly_fraction is a share"),
        ("total_ms > 5 parsec", 14, "expected and, or, or the end before 'parsec'"),
        ("total_ms > 5min", 13, "unknown unit 'min'"), ("total_ms = 5", 10, "write =="), ("1 < 2", 1, "neither side"),
        ("dropped == 1", 1, "leave the comparison out"), ("regions > dropped", 11, "leave the comparison out"),
        ("(dropped", 1, "never closed"), ("dropped)", 8, "closes nothing"), ("dropped or", 11, "before the end"),
        ("dropped and or failed", 13, "not 'or'"), ("1 < regions < 5", 13, "not chained"),
        ("regions > 1.2.3", 11, "no number"),
        ("regions > #", 11, "'#' has no meaning"), ("not", 4, "before the end"),
        ("regions 5", 9, "expected a comparison"),
        ("delivered failed", 11, "before 'failed'"), ("dröpped", 1, "unknown field"),
    ])
    func errorsNameTheColumn(text: String, column: Int, message: String) {
        let error = #expect(throws: TriggerError.self) { try TriggerExpression(text) }
        #expect(error?.column == column, "\(text): \(error.map { "\($0)" } ?? "")")
        #expect(error?.message.contains(message) == true, "\(text): \(error.map { "\($0)" } ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func deepNestingIsRefusedAndNotARecursionWithoutEnd() throws {
        #expect(throws: TriggerError.self) { try TriggerExpression(String(repeating: "(", count: 100_000)) }
        #expect(throws: TriggerError.self) { try TriggerExpression(String(repeating: "!", count: 100_000) + "dropped") }
        // A long chain is not nested.
        #expect(try holds(Array(repeating: "delivered", count: 5000).joined(separator: " and ")))
    }

    /// Random trees, written out with every pair of parentheses and with as few as precedence allows.
    @Test func randomExpressionsEqualTheirTrees() throws {
        indirect enum Tree {
            case leaf(Bool), not(Tree), and(Tree, Tree), or(Tree, Tree)

            var value: Bool {
                switch self {
                case .leaf(let value): value
                case .not(let tree): !tree.value
                case .and(let a, let b): a.value && b.value
                case .or(let a, let b): a.value || b.value
                }
            }

            func text(_ outer: Int, full: Bool) -> String {
                let (own, text): (Int, String) =
                    switch self {
                    case .leaf(let value): (3, value ? "delivered" : "failed")
                    case .not(let tree): (2, "not " + tree.text(2, full: full))
                    case .and(let a, let b): (1, a.text(1, full: full) + " and " + b.text(2, full: full))
                    case .or(let a, let b): (0, a.text(0, full: full) + " or " + b.text(1, full: full))
                    }
                return own < outer || full && own < 3 ? "(\(text))" : text
            }

            static func random(_ depth: Int, _ random: inout SeededGenerator) -> Tree {
                switch depth == 0 ? 0 : Int.random(in: 0..<4, using: &random) {
                case 1: .not(.random(depth - 1, &random))
                case 2: .and(.random(depth - 1, &random), .random(depth - 1, &random))
                case 3: .or(.random(depth - 1, &random), .random(depth - 1, &random))
                default: .leaf(Bool.random(using: &random))
                }
            }
        }
        var random = SeededGenerator(label: "trigger expressions")
        for _ in 0..<300 {
            let tree = Tree.random(6, &random)
            for full in [false, true] {
                let text = tree.text(0, full: full)
                #expect(try holds(text) == tree.value, "\(text)")
            }
        }
    }

    @Test func durations() {
        #expect(TriggerDuration("5s")?.nanoseconds == 5_000_000_000)
        #expect(TriggerDuration("250ms")?.nanoseconds == 250_000_000)
        #expect(TriggerDuration("1.5")?.nanoseconds == 1_500_000_000)
        #expect(TriggerDuration("0")?.nanoseconds == 0)
        for text in ["", "s", "-1s", "5m", "nan", "inf", "1e9", "5 s s"] {
            #expect(TriggerDuration(text) == nil, "\(text)")
        }
    }
}
