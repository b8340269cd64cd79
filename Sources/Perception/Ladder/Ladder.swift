public import Streaming

/// A degradation ladder as a pipeline file declares it: what `--on-late degrade` goes down and up.
public struct Ladder: Sendable, Equatable {
    /// One step of quality, best first.
    public enum Rung: Sendable, Equatable, CustomStringConvertible {
        /// The network at its full size.
        case full
        /// A smaller input of the network.
        case size(NetworkSize)
        /// One frame in this many, at the size of the rung before.
        case every(Int)
        /// The last map, with its age.
        case hold
        /// Every pixel unknown.
        case unknown

        /// `full`, `size 512x256`, `every 2`, `hold`, `unknown`.
        public var description: String {
            switch self {
            case .full: "full"
            case .size(let size): "size \(size)"
            case .every(let count): "every \(count)"
            case .hold: "hold"
            case .unknown: "unknown"
            }
        }
    }

    /// The rungs; the first is `full`, the last `unknown`.
    public let rungs: [Rung]
    /// When to move between them.
    public let hysteresis: LadderConfiguration.Hysteresis
    /// Nanoseconds since its frame's arrival after which a map is no longer held.
    public let longestHold: Int64

    /// How old a map may become where nothing is declared: a second.
    public static let defaultLongestHold: Int64 = 1_000_000_000

    /// A ladder. `unknown` is added at the end where it is missing: something must answer when there is no map, or only
    /// one that is too old. Throws where the rungs do not get cheaper one by one.
    public init(
        rungs declared: [Rung], hysteresis: LadderConfiguration.Hysteresis = LadderConfiguration.Hysteresis(),
        longestHold: Int64 = Ladder.defaultLongestHold
    ) throws(ModelError) {
        let rungs = declared.last == .unknown ? declared : declared + [.unknown]
        guard rungs.first == .full else { throw Self.error("the first rung must be 'full'") }
        guard rungs.count <= LadderConfiguration.mostRungs else {
            throw Self.error("\(rungs.count) rungs are too many: \(LadderConfiguration.mostRungs) are possible")
        }
        for (number, (above, below)) in zip(rungs, rungs.dropFirst()).enumerated() {
            if Self.is(below, cheaperThan: above) { continue }
            throw Self.error(
                "rung \(number + 2) '\(below)' is not cheaper than '\(above)' before it: the order is full, sizes from "
                    + "large to small, every 2 and more, hold, unknown")
        }
        try Self.check(hysteresis)
        guard longestHold > 0 else { throw ModelError("max_age_ms must be above 0", isUsage: true) }
        self.rungs = rungs
        self.hysteresis = hysteresis
        self.longestHold = longestHold
    }

    private static func `is`(_ below: Rung, cheaperThan above: Rung) -> Bool {
        switch (above, below) {
        case (.full, .size): true
        case (.size(let large), .size(let small)): small.width * small.height < large.width * large.height
        case (.full, .every(let count)), (.size, .every(let count)): count >= 2
        case (.every(let few), .every(let fewer)): fewer > few
        case (.full, .hold), (.size, .hold), (.every, .hold): true
        case (.full, .unknown), (.size, .unknown), (.every, .unknown), (.hold, .unknown): true
        default: false
        }
    }

    private static func check(_ rules: LadderConfiguration.Hysteresis) throws(ModelError) {
        func demand(_ isFulfilled: Bool, _ text: String) throws(ModelError) {
            if !isFulfilled { throw ModelError("hysteresis: \(text)", isUsage: true) }
        }
        try demand(1...64 ~= rules.downWithin, "down_within takes 1 to 64 frames, not \(rules.downWithin)")
        try demand(
            1...rules.downWithin ~= rules.downAfter,
            "down_after takes 1 to down_within (\(rules.downWithin)) frames, not \(rules.downAfter)")
        try demand(rules.near > 0 && rules.near <= 1, "near takes a share of the budget above 0, at most 1")
        try demand(
            rules.upBelow > 0 && rules.upBelow < rules.near,
            "up_below takes a share of the budget above 0 and below near (\(rules.near)): else the rungs alternate")
        try demand(rules.upAfter > 0, "up_after_ms must be above 0")
        try demand(rules.upAfterLongest >= rules.upAfter, "up_after_max_ms must not be below up_after_ms")
    }

    static func error(_ text: String) -> ModelError { ModelError("ladder: \(text)", isUsage: true) }
}

extension Ladder {
    /// Full, half as wide and high, every second frame, hold, unknown: what degrades where no ladder is declared.
    public static func standard(for settings: PerceptionSettings) throws(ModelError) -> Ladder {
        var rungs: [Rung] = [.full]
        let network = settings.network
        let input = network.bundle.description.input
        let full = settings.declaredSize
        func half(_ extent: Int) -> Int {
            max(1, Int((Double(extent) / 2 / Double(input.sizeMultiple)).rounded())) * input.sizeMultiple
        }
        let small = NetworkSize(width: half(full.width), height: half(full.height))
        if network.fixedSize == nil && small.width * small.height < full.width * full.height {
            rungs.append(.size(small))
        }
        return try Ladder(rungs: rungs + [.every(2), .hold, .unknown])
    }

    /// Refuses sizes that the network does not take, and a first one that is no smaller than the full size.
    func check(_ settings: PerceptionSettings) throws(ModelError) {
        guard let first = sizes.first else { return }
        if let fixed = settings.network.fixedSize {
            throw Self.error("size \(first): this network takes \(fixed) alone; leave the size rungs out")
        }
        let full = settings.declaredSize
        guard first.width * first.height < full.width * full.height else {
            throw Self.error("size \(first) is not cheaper than the full \(full)")
        }
        for size in sizes {
            do throws(ModelError) {
                _ = try settings.network.specialised(for: size)
            } catch {
                throw Self.error("\(error)")
            }
        }
    }

    /// The smaller inputs: variants 1 and up.
    public var sizes: [NetworkSize] {
        rungs.compactMap { rung in
            if case .size(let size) = rung { size } else { nil }
        }
    }

    /// The rungs by name.
    public var names: [String] { rungs.map(\.description) }

    /// What the pipeline goes by.
    public var configuration: LadderConfiguration {
        var variant = 0
        let steps = rungs.map { rung -> LadderConfiguration.Rung in
            switch rung {
            case .full: return .compute(variant: 0)
            case .size:
                variant += 1
                return .compute(variant: variant)
            case .every(let count): return .every(count, variant: variant)
            case .hold: return .hold
            case .unknown: return .unknown
            }
        }
        return LadderConfiguration(rungs: steps, hysteresis: hysteresis, longestHold: longestHold)
    }
}
