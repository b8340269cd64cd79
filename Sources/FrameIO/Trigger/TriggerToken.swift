/// A piece of a trigger expression, and the column (from 1, in characters) where it begins.
struct TriggerToken {
    enum Content: Equatable {
        case name(String)
        case number(Double, kind: TriggerKind?)
        case comparison(TriggerComparison)
        case and, or, not, open, close, end
    }

    let content: Content
    let text: String
    let column: Int
}

/// How two numbers are compared.
enum TriggerComparison: String {
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case equal = "=="
    case unequal = "!="

    /// False where either is not a number: nothing can be said of what is not there.
    func holds(_ a: Double, _ b: Double) -> Bool {
        switch self {
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .equal: a == b
        case .unequal: a < b || a > b
        }
    }
}

/// Cuts an expression into tokens.
struct TriggerLexer {
    private let characters: [Character]
    private var place = 0

    init(_ text: String) { characters = Array(text) }

    /// All tokens, the last of which is `.end`.
    mutating func tokens() throws(TriggerError) -> [TriggerToken] {
        var tokens: [TriggerToken] = []
        while true {
            let token = try next()
            tokens.append(token)
            if token.content == .end { return tokens }
        }
    }

    private mutating func next() throws(TriggerError) -> TriggerToken {
        while place < characters.count, characters[place].isWhitespace { place += 1 }
        let start = place
        guard let first = peek() else { return token(.end, from: start) }
        if first.isASCII && (first.isNumber || first == "." || first == "-" || first == "+") { return try number() }
        if first == "_" || first.isLetter {
            while let next = peek(), next == "_" || next.isLetter || next.isNumber { place += 1 }
            switch String(characters[start..<place]) {
            case "and": return token(.and, from: start)
            case "or": return token(.or, from: start)
            case "not": return token(.not, from: start)
            case let name: return token(.name(name), from: start)
            }
        }
        for length in [2, 1] where start + length <= characters.count {
            let text = String(characters[start..<start + length])
            guard let content = Self.symbol(text) else { continue }
            place += length
            return token(content, from: start)
        }
        if first == "=" { throw TriggerError(column: start + 1, "'=' compares nothing: write ==") }
        throw TriggerError(column: start + 1, "'\(first)' has no meaning here")
    }

    private static func symbol(_ text: String) -> TriggerToken.Content? {
        if let comparison = TriggerComparison(rawValue: text) { return .comparison(comparison) }
        switch text {
        case "&&": return .and
        case "||": return .or
        case "!": return .not
        case "(": return .open
        case ")": return .close
        default: return nil
        }
    }

    private mutating func number() throws(TriggerError) -> TriggerToken {
        let start = place
        if peek() == "-" || peek() == "+" { place += 1 }
        while let next = peek(), next.isASCII, next.isNumber || next == "." { place += 1 }
        // An exponent only where digits follow: `5e3`, but not `5 else`.
        if let mark = peek(), mark == "e" || mark == "E" {
            var after = place + 1
            if after < characters.count, characters[after] == "-" || characters[after] == "+" { after += 1 }
            if after < characters.count, characters[after].isASCII, characters[after].isNumber {
                place = after
                while let next = peek(), next.isASCII, next.isNumber { place += 1 }
            }
        }
        let digits = String(characters[start..<place])
        guard let value = Double(digits), value.isFinite else {
            throw TriggerError(column: start + 1, "'\(digits)' is no number")
        }
        let unitStart = place
        if peek() == "%" {
            place += 1
        } else {
            while let next = peek(), next.isLetter || next.isNumber || next == "_" { place += 1 }
        }
        let unit = String(characters[unitStart..<place])
        switch unit {
        case "": return token(.number(value, kind: nil), from: start)
        case "%": return token(.number(value / 100, kind: .share), from: start)
        case "us": return token(.number(value / 1000, kind: .time), from: start)
        case "ms": return token(.number(value, kind: .time), from: start)
        case "s": return token(.number(value * 1000, kind: .time), from: start)
        default:
            throw TriggerError(column: unitStart + 1, "unknown unit '\(unit)': there are %, us, ms and s")
        }
    }

    private func peek() -> Character? { place < characters.count ? characters[place] : nil }

    private func token(_ content: TriggerToken.Content, from start: Int) -> TriggerToken {
        TriggerToken(content: content, text: String(characters[start..<place]), column: start + 1)
    }
}

/// What is wrong with a trigger expression, and at which column (from 1). One line.
public struct TriggerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where, in characters from 1.
    public let column: Int
    /// What.
    public let message: String

    init(column: Int, _ message: String) {
        self.column = column
        self.message = message
    }

    /// Column and message.
    public var description: String { "column \(column): \(message)" }
}
