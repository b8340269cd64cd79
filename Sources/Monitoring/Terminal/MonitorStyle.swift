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

    /// The latest `width` of `values` as one character each, from the least to the greatest of them; where these differ
    /// by less than a quarter the line stays low, so that noise does not look like trouble. Empty columns in front.
    func sparkline(_ values: [Int64], width: Int) -> String {
        let steps: [Character] = hasBlocks ? Array("▁▂▃▄▅▆▇█") : Array("_.-:=+*#")
        let shown = values.suffix(width)
        let least = shown.min() ?? 0
        let greatest = shown.max() ?? 0
        let span = max(1, Double(greatest - least), Double(greatest) / 4)
        let text = shown.map { value in
            steps[Int((Double(value - least) / span * Double(steps.count - 1)).rounded())]
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
