/// Budget and ladder together: what each frame gets, decided when it enters and again at the doors up to the backbone.
/// A pure state machine: times are handed in. Allocates nothing after `init`.
public struct LateControl: Sendable {
    /// What to do with a frame at the door of a stage.
    public enum Door: Hashable, Sendable {
        /// Go on; `isProbe` if only to learn whether the estimate still holds.
        case proceed(isProbe: Bool)
        /// Give it this answer instead.
        case instead(FrameAnswer)
        /// Drop it.
        case drop
    }

    private var budget: LatencyBudget
    private var ladder: DegradationLadder?

    /// Nothing learnt, full quality.
    public init(budgetNanoseconds: Int64?, policy: LatePolicy, ladder: LadderConfiguration?) {
        budget = LatencyBudget(
            budgetNanoseconds: budgetNanoseconds, policy: policy, variants: ladder?.variants ?? 1)
        self.ladder = policy == .degrade ? ladder.map { DegradationLadder($0) } : nil
    }

    /// The present rung.
    public var level: Int { ladder?.level ?? 0 }

    /// The answer of a frame that enters at `now`.
    public mutating func enter(now: Int64) -> FrameAnswer {
        changingRungs { ladder in ladder.admit(now: now) } ?? .full
    }

    /// Decides on a frame that is about to enter `stage`, the first of a group.
    public mutating func decide(
        _ answer: FrameAnswer, before stage: StageName, now: Int64, deadline: Int64?, isProbe: Bool
    ) -> Door {
        guard answer.kind == .computed else {
            // It costs next to nothing, but an answer that comes too late is of no use either.
            if let deadline, now >= deadline, stage.mayDropLate, ladder != nil { return .drop }
            return .proceed(isProbe: false)
        }
        let decision = budget.decide(
            before: stage, now: now, deadline: deadline, isProbe: isProbe, variant: answer.variant)
        switch decision {
        case .proceed: return .proceed(isProbe: isProbe)
        case .probe: return .proceed(isProbe: true)
        case .drop: break
        }
        guard let fallback = ladder?.configuration.fallback else { return .drop }
        changingRungs { ladder in ladder.missed(answer, now: now) }
        if let deadline, now >= deadline { return .drop }
        return .instead(fallback)
    }

    /// Learns what `stage` cost a computed frame.
    public mutating func observe(_ stage: StageName, nanoseconds: Int64, of answer: FrameAnswer) {
        budget.observe(stage, nanoseconds: nanoseconds, variant: answer.variant)
    }

    /// Notes that a frame was delivered at `now`, `latency` after its arrival. What a frame of the warm-up took is no
    /// reason to change rungs.
    public mutating func delivered(_ answer: FrameAnswer, latency: Int64, now: Int64, isWarmup: Bool) {
        guard answer.kind == .computed else { return }
        budget.frameFinished(variant: answer.variant)
        guard let nanoseconds = budget.budget, !isWarmup else { return }
        changingRungs { ladder in
            ladder.delivered(answer, latency: latency, budget: nanoseconds, now: now)
        }
    }

    /// Lets the ladder move, and has the budget forget a network size that comes into use again: what it cost under
    /// another load would keep its first frames out.
    @discardableResult
    private mutating func changingRungs<Result>(_ change: (inout DegradationLadder) -> Result) -> Result? {
        guard var moved = ladder else { return nil }
        let before = moved.variant
        let result = change(&moved)
        if let after = moved.variant, after != before { budget.forget(variant: after) }
        ladder = moved
        return result
    }
}

extension DegradationLadder {
    /// The network size of the present rung; nil where it computes nothing.
    fileprivate var variant: Int? {
        switch configuration.rungs[level] {
        case .compute(let variant), .every(_, let variant): variant
        case .hold, .unknown: nil
        }
    }
}
