/// How a monitor's screen looks: colours or none, and which characters the terminal has.
public struct MonitorStyle: Hashable, Sendable {
    /// Colours by SGR sequences.
    public var hasColor: Bool
    /// Block characters for bars and sparklines; plain ASCII otherwise.
    public var hasBlocks: Bool

    /// A style.
    public init(hasColor: Bool, hasBlocks: Bool) {
        self.hasColor = hasColor
        self.hasBlocks = hasBlocks
    }

    /// What a piece of text means; every meaning is also told by the text itself, never by colour alone.
    enum Tone: String {
        case plain = "0"
        case heading = "1"
        case faint = "2"
        case good = "32"
        case warning = "33"
        case bad = "31"
    }

    func paint(_ text: String, _ tone: Tone) -> String {
        hasColor && tone != .plain && !text.isEmpty ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The latest `width` of `values` as one character each, from 0 to the greatest; empty columns in front.
    func sparkline(_ values: [Int64], width: Int) -> String {
        let steps: [Character] = hasBlocks ? Array("▁▂▃▄▅▆▇█") : Array("_.-:=+*#")
        let shown = values.suffix(width)
        let greatest = max(1, shown.max() ?? 1)
        let text = shown.map { value -> Character in
            steps[Int((Double(max(0, value)) / Double(greatest) * Double(steps.count - 1)).rounded())]
        }
        return String(repeating: " ", count: max(0, width - shown.count)) + String(text)
    }

    /// A bar of `width` columns filled to `share` of 1, in eighths of a column where there are blocks.
    func bar(_ share: Double, width: Int) -> String {
        let filled = max(0, min(1, share.isFinite ? share : 1)) * Double(width)
        let whole = Int(filled)
        guard hasBlocks else {
            return String(repeating: "#", count: whole) + String(repeating: ".", count: width - whole)
        }
        let parts: [Character] = Array(" ▏▎▍▌▋▊▉")
        let rest = whole < width ? String(parts[Int((filled - Double(whole)) * 8)]) : ""
        return String(repeating: "█", count: whole) + rest
            + String(repeating: " ", count: max(0, width - whole - (whole < width ? 1 : 0)))
    }
}
