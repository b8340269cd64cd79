internal import Streaming

/// A rung as a pipeline file writes it: a word (`full`, `hold`, `unknown`), or one key with its value (`size: 512x256`,
/// `every: 2`).
struct LadderEntry: Decodable, Sendable {
    let rung: Ladder.Rung

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let word = try? decoder.singleValueContainer().decode(String.self) {
            rung = try Self.rung(named: word)
            return
        }
        let container = try decoder.container(keyedBy: Key.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw Ladder.error("a rung is one of full, size: WxH, every: N, hold, unknown")
        }
        rung = try Self.rung(named: "\(key.stringValue) \(try container.decode(String.self, forKey: key))")
    }

    /// Reads the name of a rung, as `Ladder.Rung.description` writes it.
    static func rung(named name: String) throws(ModelError) -> Ladder.Rung {
        let words = name.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words.first, words.count > 1 ? words[1] : nil) {
        case ("full"?, nil): return .full
        case ("hold"?, nil): return .hold
        case ("unknown"?, nil): return .unknown
        case ("size"?, let text?):
            guard let size = NetworkSize(argument: text) else {
                throw Ladder.error("size takes WIDTHxHEIGHT, each from 1 to 16384, not '\(text)'")
            }
            return .size(size)
        case ("every"?, let text?):
            guard let count = Int(text), 2...1000 ~= count else {
                throw Ladder.error("every takes 2 to 1000 frames, not '\(text)'")
            }
            return .every(count)
        default: throw Ladder.error("unknown rung '\(name)' (known: full, size: WxH, every: N, hold, unknown)")
        }
    }
}

/// The rules for moving between rungs as a pipeline file writes them; what is missing keeps its default.
struct HysteresisEntry: Decodable, Sendable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case near
        case downAfter = "down_after"
        case downWithin = "down_within"
        case upBelow = "up_below"
        case upAfterMilliseconds = "up_after_ms"
        case upAfterMaximumMilliseconds = "up_after_max_ms"
    }

    var near: Double?
    var downAfter: Int?
    var downWithin: Int?
    var upBelow: Double?
    var upAfterMilliseconds: Double?
    var upAfterMaximumMilliseconds: Double?

    var rules: LadderConfiguration.Hysteresis {
        var rules = LadderConfiguration.Hysteresis()
        if let near { rules.near = near }
        if let downWithin { rules.downWithin = downWithin }
        if let downAfter { rules.downAfter = downAfter }
        if let upBelow { rules.upBelow = upBelow }
        if let upAfterMilliseconds { rules.upAfter = Self.nanoseconds(upAfterMilliseconds) }
        rules.upAfterLongest =
            upAfterMaximumMilliseconds.map(Self.nanoseconds) ?? max(rules.upAfterLongest, rules.upAfter)
        return rules
    }

    /// A day is as good as for ever; what is no number becomes 0 and is refused.
    static func nanoseconds(_ milliseconds: Double) -> Int64 {
        milliseconds > 0 ? Int64(min(milliseconds, 86_400_000) * 1e6) : 0
    }
}

extension PipelineFile {
    /// Whether the file has rungs of its own.
    public var declaresLadder: Bool { ladder != nil }

    /// The ladder that the file declares; the standard one where it declares none.
    public func ladder(for settings: PerceptionSettings) throws(ModelError) -> Ladder {
        let standard = try Ladder.standard(for: settings)
        let ladder = try Ladder(
            rungs: ladder?.map(\.rung) ?? standard.rungs, hysteresis: hysteresis?.rules ?? standard.hysteresis,
            longestHold: maximumAgeMilliseconds.map(HysteresisEntry.nanoseconds) ?? standard.longestHold)
        try ladder.check(settings)
        return ladder
    }
}
