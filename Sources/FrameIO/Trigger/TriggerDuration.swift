/// A length of time as options take it: `5s`, `500ms`, or plain seconds.
public struct TriggerDuration: Sendable, Equatable {
    /// In nanoseconds, 0 to a day.
    public let nanoseconds: Int64

    /// Nil for what is no length of time from 0 to a day.
    public init?(_ text: String) {
        let units: [(ending: String, scale: Double)] = [("ms", 1e6), ("us", 1e3), ("s", 1e9), ("", 1e9)]
        guard let unit = units.first(where: { text.hasSuffix($0.ending) }),
            let value = Double(text.dropLast(unit.ending.count)), value >= 0, value * unit.scale <= 86_400e9
        else { return nil }
        nanoseconds = Int64((value * unit.scale).rounded())
    }
}
