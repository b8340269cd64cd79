/// What is done with a frame that will miss its deadline. The names are those of `--on-late`.
public enum LatePolicy: String, CaseIterable, Sendable {
    /// It is dropped, up to the backbone; after it, it is finished.
    case drop
    /// It gets a cheaper answer by the degradation ladder; where its deadline has already passed, it is dropped.
    case degrade
    /// It is finished and counted as late.
    case finish
}

/// Decides before each stage whether a frame can still meet its deadline. A pure state machine: times are handed in.
///
/// What remains for a frame is estimated as the sum over the stages ahead of the median of their last five works:
/// waiting is left out, so the estimate errs towards going on, and one hiccup does not change it. A frame is late when
/// `now + remaining > deadline`; it may be dropped before the backbone and the stages ahead of it, never after.
///
/// A pipeline that drops everything learns nothing new, so after `probeInterval` drops in a row that rested on the
/// estimate, one frame goes on as a probe. A frame whose deadline has already passed needs no estimate and is never a
/// probe.
///
/// Frames that are computed with networks of different sizes are estimated apart, each `variant` by its own works.
public struct LatencyBudget: Sendable {
    /// What to do with a frame before a stage.
    public enum Decision: Hashable, Sendable {
        /// Go on.
        case proceed
        /// Go on although the estimate says late, to learn whether it still holds.
        case probe
        /// Drop it.
        case drop
    }

    /// How many drops in a row rest on the estimate before a frame goes on as a probe.
    public static let probeInterval = 8
    /// How many finished frames the estimate is learnt from before anything is dropped.
    public static let learningFrames = 2

    /// Nanoseconds from arrival to deadline, or nil if time does not matter.
    public let budget: Int64?
    /// What is done with late frames.
    public let policy: LatePolicy
    /// What is known of one network size.
    private struct Knowledge {
        var recent = InlineArray<8, RecentWorks>(repeating: RecentWorks())
        var learnt = 0
    }

    private var variants: [Knowledge]
    private var dropsInARow = 0

    /// A budget that has learnt nothing yet, for frames of `variants` network sizes. Allocates here only.
    public init(budgetNanoseconds: Int64?, policy: LatePolicy, variants: Int = 1) {
        budget = budgetNanoseconds
        self.policy = policy
        self.variants = Array(repeating: Knowledge(), count: variants)
    }

    /// Decides on a frame that is about to enter `stage` (the first of a group) at `now`. `drop` means that it cannot be
    /// computed in time; what it gets instead is another's business.
    public mutating func decide(
        before stage: StageName, now: Int64, deadline: Int64?, isProbe: Bool, variant: Int = 0
    ) -> Decision {
        guard let deadline, policy != .finish, stage.mayDropLate, variants[variant].learnt >= Self.learningFrames
        else { return .proceed }
        if now + remaining(from: stage, variant: variant) <= deadline {
            if stage == .backbone { dropsInARow = 0 }
            return .proceed
        }
        if now >= deadline { return .drop }
        if isProbe { return .probe }
        if dropsInARow >= Self.probeInterval {
            dropsInARow = 0
            return .probe
        }
        dropsInARow += 1
        return .drop
    }

    /// Learns what `stage` cost a frame.
    public mutating func observe(_ stage: StageName, nanoseconds: Int64, variant: Int = 0) {
        variants[variant].recent[stage.rawValue].add(nanoseconds)
    }

    /// Notes that a frame was finished, and thus every stage observed.
    public mutating func frameFinished(variant: Int = 0) {
        variants[variant].learnt = min(variants[variant].learnt + 1, Self.learningFrames)
    }

    /// Forgets what is known of a network size that was not used for a while.
    public mutating func forget(variant: Int) { variants[variant] = Knowledge() }

    /// The estimated work that a frame has ahead of it at the door of `stage`, in nanoseconds.
    public func remaining(from stage: StageName, variant: Int = 0) -> Int64 {
        var sum: Int64 = 0
        for position in stage.rawValue..<StageName.count { sum += variants[variant].recent[position].median }
        return sum
    }
}

/// The last five works of a stage, and their median.
struct RecentWorks: Sendable {
    private var values = InlineArray<5, Int64>(repeating: 0)
    private var count = 0
    private var next = 0
    private(set) var median: Int64 = 0

    mutating func add(_ value: Int64) {
        values[next] = value
        next = (next + 1) % values.count
        count = min(count + 1, values.count)
        // Insertion sort of at most five; the lower median while they are few.
        var sorted = values
        for end in 1..<max(1, count) {
            var position = end
            while position > 0 && sorted[position] < sorted[position - 1] {
                sorted.swapAt(position, position - 1)
                position -= 1
            }
        }
        median = sorted[(count - 1) / 2]
    }
}
