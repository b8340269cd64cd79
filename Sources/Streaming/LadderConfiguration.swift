/// The rungs of a degradation ladder and the rules for moving between them. Declared, never guessed; see
/// `DegradationLadder` for what they do.
public struct LadderConfiguration: Hashable, Sendable {
    /// One step of quality.
    public enum Rung: Hashable, Sendable {
        /// Every frame is computed with this network size (0 = the full one).
        case compute(variant: Int)
        /// One frame in this many is computed, those between hold the last map.
        case every(Int, variant: Int)
        /// No frame is computed: the last map is given out, with its age.
        case hold
        /// Every pixel is unknown.
        case unknown
    }

    /// When to step down and when to try a better rung again.
    public struct Hysteresis: Hashable, Sendable {
        /// This many late or nearly late frames among the last `downWithin` of a rung step down.
        public var downAfter = 2
        /// See `downAfter`; 1 to 64.
        public var downWithin = 50
        /// A frame that took this share of the budget or more is nearly late.
        public var near = 0.9
        /// Frames that take less than this share of the budget may step up.
        public var upBelow = 0.6
        /// Nanoseconds for which every frame must have been that quick before a better rung is tried.
        public var upAfter: Int64 = 2_000_000_000
        /// The longest that a rung which fails again and again has to wait for its next trial, in nanoseconds.
        public var upAfterLongest: Int64 = 60_000_000_000

        /// The defaults.
        public init() {}
    }

    /// The most rungs of a ladder.
    public static let mostRungs = 16

    /// The rungs from best to cheapest. The first computes with variant 0, the last is `unknown`, `hold` at most once
    /// before it; those that compute come first.
    public let rungs: [Rung]
    /// The rules for moving.
    public let hysteresis: Hysteresis
    /// Nanoseconds since its frame's arrival after which a map is no longer held.
    public let longestHold: Int64

    /// A ladder. Traps where the rungs are not in the order that `rungs` asks for: whoever reads a declaration checks it.
    public init(rungs: [Rung], hysteresis: Hysteresis = Hysteresis(), longestHold: Int64 = 1_000_000_000) {
        precondition(2...Self.mostRungs ~= rungs.count, "a ladder has 2 to \(Self.mostRungs) rungs")
        precondition(rungs.first == .compute(variant: 0) && rungs.last == .unknown, "from full quality to unknown")
        let computing = rungs.prefix { $0.isComputing }.count
        precondition(rungs.dropFirst(computing).allSatisfy { !$0.isComputing }, "rungs that compute come first")
        precondition(rungs.count - computing <= 2, "hold and unknown at most once")
        lastComputing = computing - 1
        precondition(1...64 ~= hysteresis.downWithin && hysteresis.downAfter >= 1, "a window of 1 to 64 frames")
        self.rungs = rungs
        self.hysteresis = hysteresis
        self.longestHold = longestHold
    }

    /// How many network sizes the rungs use.
    public var variants: Int {
        rungs.reduce(1) { most, rung in
            switch rung {
            case .compute(let variant), .every(_, let variant): max(most, variant + 1)
            case .hold, .unknown: most
            }
        }
    }

    /// The cheapest rung that still computes.
    let lastComputing: Int

    /// What a frame gets that cannot be computed in time: the last map, or nothing.
    var fallback: FrameAnswer {
        let level = rungs.count - 2
        return rungs[level] == .hold ? FrameAnswer(.held, level: level) : unknown
    }

    /// The last rung.
    var unknown: FrameAnswer { FrameAnswer(.unknown, level: rungs.count - 1) }

    /// What becomes of an answer when it is given out at `now`: a held map that is missing, or whose frame arrived
    /// longer ago than `longestHold`, becomes unknown.
    public func resolve(_ answer: FrameAnswer, lastMap arrival: Int64?, now: Int64) -> FrameAnswer {
        guard answer.kind == .held else { return answer }
        guard let arrival, now - arrival <= longestHold else { return unknown }
        return answer
    }
}

extension LadderConfiguration.Rung {
    var isComputing: Bool {
        switch self {
        case .compute, .every: true
        case .hold, .unknown: false
        }
    }
}
