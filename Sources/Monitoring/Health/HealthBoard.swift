public import FrameIO
public import Streaming

/// The health of a run, where its parts report and timers ask.
///
/// Reporting takes a short lock and allocates nothing; judging copies under that lock and reckons outside it, so that no
/// reader, however slow, holds up a frame.
public final class HealthBoard: Sendable {
    private struct State {
        var model = HealthModel()
        var stall: StallWatch?
        var heldMaps = 0
        var unknownMaps = 0
        var worst = HealthLevel.ok
    }

    /// From when on the run is not well.
    public let limits: HealthLimits
    private let control: PipelineControl
    private let reopened: ReopenTally?
    private let clock: @Sendable () -> Int64
    private let state: Guarded<State>

    /// The board of the run that `control` belongs to; its stall watch begins now. `clock` gives nanoseconds of
    /// `MonotonicTime`.
    public init(
        _ limits: HealthLimits = HealthLimits(), control: PipelineControl, reopened: ReopenTally? = nil,
        clock: @escaping @Sendable () -> Int64 = { MonotonicTime.now() }
    ) {
        self.limits = limits
        self.control = control
        self.reopened = reopened
        self.clock = clock
        var state = State()
        let now = clock()
        state.stall = limits.stallTimeout.map { StallWatch(timeout: $0, start: now) }
        self.state = Guarded(state)
    }

    /// A frame has come; see `HealthModel`.
    public func arrived(_ findings: FrameFindings) {
        let now = clock()
        state.withLock { $0.model.arrived(findings, at: now) }
    }

    /// Something has come that is no frame.
    public func rejected() {
        let now = clock()
        state.withLock { $0.model.rejected(at: now) }
    }

    /// A frame has ended.
    public func ended(_ record: FrameRecord) {
        let now = clock()
        state.withLock { state in
            state.model.ended(
                record.status, total: record.totalNanoseconds, age: record.ageNanoseconds, findings: record.findings,
                at: now, limits: limits)
            if case .delivered = record.status { state.stall?.delivered(at: now) }
        }
    }

    /// A map was given out in place of one that did not come.
    public func filled(withUnknown isUnknown: Bool) {
        state.withLock { state in
            if isUnknown { state.unknownMaps += 1 } else { state.heldMaps += 1 }
        }
    }

    /// Whether no map has been delivered for the stall timeout. Neither blocks for long nor allocates.
    public var isStalled: Bool { state.withLock { $0.stall?.isStalled ?? false } }

    /// Whether a map has been delivered.
    public var hasDelivered: Bool { state.withLock { $0.model.delivered > 0 } }

    /// Looks whether a stall is due. For one timer.
    public func tick() -> StallWatch.Event? {
        let now = clock()
        return state.withLock { $0.stall?.tick(at: now) }
    }

    /// A judgement of this moment without words, which the run's worst level is taken from. Any thread; allocates nothing.
    public func glance() -> HealthGlance {
        let now = clock()
        let work = control.activity.work
        return state.withLock { state in
            let glance = state.model.glance(at: now, limits: limits, work: work, stall: state.stall)
            state.worst = max(state.worst, glance.level)
            return glance
        }
    }

    /// A judgement of this moment. Any thread but those of frames; allocates.
    public func report() -> HealthReport {
        let copy = state.withLock { $0 }
        let now = clock()
        let report = copy.model.judge(at: now, limits: limits, work: control.activity.work, stall: copy.stall)
        var parts = report.parts
        if let reopened {
            parts[0].add("retry_reason", "\(reopened.last.name)")
            for reason in RetryReason.allCases where reason != .none {
                parts[0].add("retries_\(reason.name)", "\(reopened[reason])")
            }
        }
        parts[2].add("held_maps", "\(copy.heldMaps)")
        parts[2].add("unknown_maps", "\(copy.unknownMaps)")
        return HealthReport(state: report.state, isWorking: report.isWorking, parts: parts)
    }

    /// What the run came to.
    public var totals: HealthTotals {
        let copy = state.withLock { $0 }
        return HealthTotals(
            worst: copy.worst, stalls: copy.stall?.count ?? 0, heldMaps: copy.heldMaps, unknownMaps: copy.unknownMaps,
            findings: (0..<FrameFindings.count).map { ("\(FrameFindings.name($0))", copy.model.counts[$0]) },
            retries: RetryReason.allCases.filter { $0 != .none }.map { ("\($0.name)", reopened?[$0] ?? 0) })
    }
}

/// The health of a run that is over: the `health` object of the summary.
public struct HealthTotals: Sendable {
    /// The worst level that a timer saw; OK where none looked.
    public let worst: HealthLevel
    /// How often no map came for the stall timeout.
    public let stalls: Int
    /// Maps that were given out again.
    public let heldMaps: Int
    /// Maps that said "all unknown" in place of one that did not come.
    public let unknownMaps: Int
    /// Frames with each finding.
    public let findings: [(name: String, frames: UInt64)]
    /// How often the input was opened again, by reason.
    public let retries: [(reason: String, count: Int)]
}
