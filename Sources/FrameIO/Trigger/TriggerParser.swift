/// Recursive descent over the tokens of a trigger expression.
struct TriggerParser {
    private let tokens: [TriggerToken]
    private var place = 0
    private var steps: [TriggerExpression.Step] = []
    private var nesting = 0

    init(_ text: String) throws(TriggerError) {
        var lexer = TriggerLexer(text)
        tokens = try lexer.tokens()
    }

    mutating func parse() throws(TriggerError) -> [TriggerExpression.Step] {
        try parseOr()
        if current.content == .close { throw error("')' closes nothing") }
        guard current.content == .end else { throw error("expected and, or, or the end before '\(current.text)'") }
        var height = 0
        for step in steps {
            switch step {
            case .compare, .flag: height += 1
            case .and, .or: height -= 1
            case .not: break
            }
            guard height <= TriggerExpression.depth else { throw tooDeep(1) }
        }
        return steps
    }

    private mutating func parseOr() throws(TriggerError) {
        try parseAnd()
        while current.content == .or {
            place += 1
            try parseAnd()
            steps.append(.or)
        }
    }

    private mutating func parseAnd() throws(TriggerError) {
        try parseNot()
        while current.content == .and {
            place += 1
            try parseNot()
            steps.append(.and)
        }
    }

    private mutating func parseNot() throws(TriggerError) {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= TriggerExpression.depth else { throw tooDeep(current.column) }
        switch current.content {
        case .not:
            place += 1
            try parseNot()
            steps.append(.not)
        case .open:
            let opened = current
            place += 1
            try parseOr()
            guard current.content == .close else {
                throw TriggerError(column: opened.column, "'(' is never closed")
            }
            place += 1
        default: try parseComparison()
        }
    }

    private mutating func parseComparison() throws(TriggerError) {
        let left = try operand()
        guard case .comparison(let comparison) = current.content else {
            guard left.kind == .flag, case .field(let field) = left.value else {
                throw error("expected a comparison (<, <=, >, >=, ==, !=) after '\(left.token.text)'")
            }
            steps.append(.flag(field))
            return
        }
        place += 1
        let right = try operand()
        for side in [left, right] where side.kind == .flag {
            throw TriggerError(
                column: side.token.column, "\(side.token.text) is true or false by itself: leave the comparison out")
        }
        // A plain number takes the kind of the other side.
        if let a = left.kind, let b = right.kind, a != b {
            throw TriggerError(
                column: right.token.column,
                "\(left.token.text) is \(a.words) and \(right.token.text) is \(b.words)")
        }
        guard !(isNumber(left) && isNumber(right)) else {
            throw TriggerError(column: left.token.column, "neither side is a field: there are \(TriggerField.names)")
        }
        if case .comparison = current.content {
            throw error("comparisons are not chained: join them by and")
        }
        steps.append(.compare(left.value, comparison, right.value))
    }

    private struct Operand {
        let value: TriggerExpression.Value
        let kind: TriggerKind?
        let token: TriggerToken
    }

    private func isNumber(_ operand: Operand) -> Bool {
        if case .number = operand.value { return true }
        return false
    }

    private mutating func operand() throws(TriggerError) -> Operand {
        let token = current
        switch token.content {
        case .name(let name):
            guard let field = TriggerField(name: name) else {
                throw error("unknown field '\(name)': there are \(TriggerField.names)")
            }
            place += 1
            return Operand(value: .field(field), kind: field.kind, token: token)
        case .number(let number, let kind):
            place += 1
            return Operand(value: .number(number), kind: kind, token: token)
        case .end: throw error("expected a field or a number before the end")
        default: throw error("expected a field or a number, not '\(token.text)'")
        }
    }

    private var current: TriggerToken { tokens[min(place, tokens.count - 1)] }

    private func error(_ message: String) -> TriggerError { TriggerError(column: current.column, message) }

    private func tooDeep(_ column: Int) -> TriggerError {
        TriggerError(column: column, "nested more than \(TriggerExpression.depth) deep")
    }
}
