/// Chooses how good an answer the next frame gets, by how late the last ones were. A pure state machine: times and
/// observed latencies are handed in.
///
/// **Down.** A rung is left for the next cheaper one when `downAfter` of its last `downWithin` frames were late or nearly
/// late, or could not be computed in time.
///
/// **Up.** A better rung is tried when every frame for `upAfter` took less than `upBelow` of the budget; where nothing is
/// computed (`hold`, `unknown`) after the same time. A rung is on trial for its first `upAfter`: one late frame ends it.
///
/// **No oscillation.** A rung that does not hold as long as it was waited for has to wait twice as long for its next
/// trial, up to `upAfterLongest`; for each such time that it does hold the wait is halved again.
///
/// Frames that were admitted by another rung than the present one tell nothing of it and are passed over. Allocates
/// nothing after `init`.
public struct DegradationLadder: Sendable {
    /// The rungs and rules.
    public let configuration: LadderConfiguration
    /// The present rung.
    public private(set) var level = 0

    /// One bit a frame of this rung, the latest lowest: whether it was late or nearly late.
    private var history: UInt64 = 0
    /// Since when every frame was quick.
    private var quickSince: Int64?
    private var enteredAt: Int64 = 0
    private var cameFromBelow = false
    /// How long each rung waits for its next trial.
    private var waits: InlineArray<16, Int64>
    /// Frames since the last one that `every` computed.
    private var passedOver = 0

    /// Starts at full quality.
    public init(_ configuration: LadderConfiguration) {
        self.configuration = configuration
        waits = InlineArray(repeating: configuration.hysteresis.upAfter)
    }

    /// The rung's answer to the next frame, which is about to enter at `now`.
    public mutating func admit(now: Int64) -> FrameAnswer {
        let target = configuration.lastComputing
        if level > target && now - enteredAt >= waits[target] { move(to: target, now: now) }
        switch configuration.rungs[level] {
        case .compute(let variant): return FrameAnswer(.computed, level: level, variant: variant)
        case .every(let count, let variant):
            passedOver += 1
            guard passedOver >= count else { return FrameAnswer(.held, level: level) }
            passedOver = 0
            return FrameAnswer(.computed, level: level, variant: variant)
        case .hold: return FrameAnswer(.held, level: level)
        case .unknown: return FrameAnswer(.unknown, level: level)
        }
    }

    /// Notes at `now` that a computed frame was delivered `latency` after its arrival.
    public mutating func delivered(_ answer: FrameAnswer, latency: Int64, budget: Int64, now: Int64) {
        guard answer.kind == .computed, answer.level == level else { return }
        let share = Double(latency) / Double(budget)
        guard share < configuration.hysteresis.near else { return strain(now) }
        history <<= 1
        relax(now)
        guard share < configuration.hysteresis.upBelow else {
            quickSince = nil
            return
        }
        let since = quickSince ?? now
        quickSince = since
        if level > 0 && now - since >= waits[level - 1] { move(to: level - 1, now: now) }
    }

    /// Notes at `now` that a frame which the rung wanted computed could not have been in time.
    public mutating func missed(_ answer: FrameAnswer, now: Int64) {
        guard answer.kind == .computed, answer.level == level else { return }
        strain(now)
    }

    private mutating func strain(_ now: Int64) {
        quickSince = nil
        history = history << 1 | 1
        let rules = configuration.hysteresis
        let window = UInt64.max >> UInt64(64 - rules.downWithin)
        let isOnTrial = cameFromBelow && now - enteredAt < rules.upAfter
        guard isOnTrial || (history & window).nonzeroBitCount >= rules.downAfter else { return }
        if cameFromBelow && now - enteredAt < waits[level] {
            waits[level] = min(waits[level] * 2, max(rules.upAfterLongest, rules.upAfter))
        }
        move(to: level + 1, now: now)
    }

    /// Halves the wait of a rung that has held for as long.
    private mutating func relax(_ now: Int64) {
        let shortest = configuration.hysteresis.upAfter
        guard waits[level] > shortest, now - enteredAt >= waits[level] else { return }
        waits[level] = max(shortest, waits[level] / 2)
        // Measured anew for the next halving; the rung is past its trial.
        enteredAt = now
        cameFromBelow = false
    }

    private mutating func move(to next: Int, now: Int64) {
        cameFromBelow = next < level
        level = next
        enteredAt = now
        history = 0
        quickSince = nil
        // The first frame of a rung is computed where any is, so that a trial tells soon.
        passedOver = Int.max - 1
    }
}
