/// A condition on a frame, such as `anomaly_fraction > 0.5% and not dropped` (`--record-if`).
///
/// ```
/// or         = and { ("or" | "||") and }
/// and        = not { ("and" | "&&") not }
/// not        = ("not" | "!") not | "(" or ")" | FLAG | value COMPARISON value
/// value      = FIELD | NUMBER [ "%" | "us" | "ms" | "s" ]
/// COMPARISON = "<" | "<=" | ">" | ">=" | "==" | "!="
/// ```
/// Shares take % (a plain number is a fraction of 1), times a unit (a plain number is milliseconds); nothing else takes a
/// unit, and fields of different kinds are not compared. A comparison with what a frame does not have (the score of a
/// dropped frame) is false.
public struct TriggerExpression: Sendable {
    enum Value {
        case field(TriggerField)
        case number(Double)
    }

    /// Steps of a stack machine: an operator finds what it joins on top.
    enum Step {
        case compare(Value, TriggerComparison, Value)
        case flag(TriggerField)
        case not, and, or
    }

    /// The text that was parsed.
    public let text: String
    private let steps: [Step]

    private typealias Stack = InlineArray<32, Bool>

    /// The most values that wait on the stack: nesting beyond it is refused.
    static let depth = Stack.count

    /// Parses an expression.
    public init(_ text: String) throws(TriggerError) {
        var parser = try TriggerParser(text)
        self.text = text
        steps = try parser.parse()
    }

    /// Names of all fields, for help.
    public static let fieldNames = TriggerField.names

    /// Whether it holds for a frame; `regions` as outputs write them. Allocates nothing.
    public func holds(for record: FrameRecord, regions: UnsafeBufferPointer<RegionRecord>?) -> Bool {
        let values = TriggerValues(record, regions: regions)
        var stack = Stack(repeating: false)
        var top = 0
        for step in steps {
            switch step {
            case .compare(let a, let comparison, let b):
                stack[top] = comparison.holds(Self.number(a, values), Self.number(b, values))
                top += 1
            case .flag(let field):
                stack[top] = values[field] == 1
                top += 1
            case .not: stack[top - 1] = !stack[top - 1]
            case .and:
                top -= 1
                stack[top - 1] = stack[top - 1] && stack[top]
            case .or:
                top -= 1
                stack[top - 1] = stack[top - 1] || stack[top]
            }
        }
        return stack[0]
    }

    private static func number(_ value: Value, _ values: TriggerValues) -> Double {
        switch value {
        case .field(let field): values[field]
        case .number(let number): number
        }
    }
}
