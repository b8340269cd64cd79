/// Capture times that stand in a file beside the pictures.
///
/// EuRoC `data.csv`: `ns,filename`, comment or header lines begin with `#`; one that says `[ns]` settles the unit. TUM
/// `rgb.txt`: `seconds filename`.
/// KITTI `timestamps.txt`: one `2011-09-26 13:02:25.964389445` (taken as UTC) a line, or plain seconds or nanoseconds,
/// in the order of the pictures.
enum SidecarTimes {
    struct Entry: Equatable {
        var nanoseconds: Int64?
        /// Relative to the folder of the sidecar (or of its pictures); nil where the file goes by order alone.
        var file: String?
    }

    static func parse(_ lines: [Substring], path: String) throws(FrameIOError) -> [Entry] {
        var entries: [Entry] = []
        var unit: DecimalText.Unit?
        for (number, line) in lines.enumerated() {
            let text = trimmed(line)
            if text.hasPrefix("#"), text.contains("[ns]") { unit = .nanoseconds }
            if text.isEmpty || text.hasPrefix("#") { continue }
            // A header without the `#` is common in hand-made files: a first line without a number in front.
            if entries.isEmpty, let first = text.first, first.isLetter, text.contains(",") { continue }
            guard let entry = entry(text, unit) else {
                throw .malformed(
                    "\(path): line \(number + 1) is no time (expected `ns,filename`, `seconds filename`, a date and time, or a number)"
                )
            }
            entries.append(entry)
        }
        return entries
    }

    /// A list of picture files: like a sidecar, but lines may hold a path alone.
    static func parseList(_ lines: [Substring]) -> [Entry] {
        lines.compactMap { line in
            let text = trimmed(line)
            if text.isEmpty || text.hasPrefix("#") { return nil }
            if let entry = entry(text, nil), entry.file != nil { return entry }
            return Entry(nanoseconds: nil, file: String(text))
        }
    }

    private static func entry(_ text: Substring, _ unit: DecimalText.Unit?) -> Entry? {
        if let comma = text.firstIndex(of: ",") {
            guard let time = number(text[..<comma], unit) else { return nil }
            let rest = text[text.index(after: comma)...]
            let name = trimmed(rest.prefix { $0 != "," })
            return Entry(nanoseconds: time, file: name.isEmpty ? nil : String(name))
        }
        if let time = dateAndTime(text) { return Entry(nanoseconds: time, file: nil) }
        if let blank = text.firstIndex(where: { $0 == " " || $0 == "\t" }) {
            guard let time = number(text[..<blank], unit) else { return nil }
            return Entry(nanoseconds: time, file: String(trimmed(text[blank...])))
        }
        return number(text, unit).map { Entry(nanoseconds: $0, file: nil) }
    }

    /// Where no unit is known, an integer of 13 digits and more is nanoseconds (as EuRoC has them); all else is seconds.
    private static func number(_ text: Substring, _ unit: DecimalText.Unit?) -> Int64? {
        let digits = trimmed(text)
        if unit == .nanoseconds {
            return Array(digits.utf8).withUnsafeBufferPointer { DecimalText.nanoseconds($0, unit: .nanoseconds) }
        }
        if let exponent = digits.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            guard exponent != digits.startIndex, let seconds = Double(digits), seconds >= 0, seconds < 9e9 else {
                return nil
            }
            return Int64((seconds * 1e9).rounded())
        }
        let isLong = digits.count >= 13 && digits.allSatisfy(\.isNumber)
        return Array(digits.utf8).withUnsafeBufferPointer {
            DecimalText.nanoseconds($0, unit: isLong ? .nanoseconds : .seconds)
        }
    }

    /// `YYYY-MM-DD hh:mm:ss[.fraction]` as nanoseconds since 1970, read as UTC.
    static func dateAndTime(_ text: Substring) -> Int64? {
        let halves = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-").map { Int($0) }
        let clock = halves[1].split(separator: ":")
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2], clock.count == 3,
            let hour = Int(clock[0]), let minute = Int(clock[1]), 1970...2261 ~= year, 1...12 ~= month, 1...31 ~= day,
            0...23 ~= hour, 0...59 ~= minute
        else { return nil }
        let seconds = Array(clock[2].utf8).withUnsafeBufferPointer { DecimalText.nanoseconds($0, unit: .seconds) }
        guard let seconds, seconds < 61_000_000_000 else { return nil }
        let minutes = Int64(daysSince1970(year, month, day) * 1440 + hour * 60 + minute)
        return minutes * 60_000_000_000 + seconds
    }

    /// Days of the Gregorian calendar from 1970-01-01.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        // Years begin in March, so that the leap day is the last of its year.
        let marchYear = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
