/// Runs one stage on its own serial queue: takes frames from its inbox in order, works, passes them on.
///
/// Never blocks: between stages there is room for every slot of the pool, so passing on always succeeds. The first
/// runner has no inbox of its own; it takes from the admission gate as the gate allows.
final class StageRunner<Slot>: Sendable {
    let stage: AnyStage<Slot>
    private let core: PipelineCore<Slot>
    let inbox: Inbox<Slot>?
    let worker: SerialWorker
    private let next: @Sendable (consuming FrameTicket<Slot>) -> Void
    /// The section that the stage belongs to, and whether it is the first or the last in it.
    private let section: SerialSection?
    private let opensSection: Bool
    private let closesSection: Bool

    /// A runner that passes frames on to `next`; the first one of the pipeline takes them from the gate.
    init(
        _ stage: AnyStage<Slot>, core: PipelineCore<Slot>, isFirst: Bool, section: SerialSection?, closesSection: Bool,
        worker: SerialWorker, next: @escaping @Sendable (consuming FrameTicket<Slot>) -> Void
    ) {
        self.stage = stage
        self.core = core
        self.next = next
        self.section = section
        self.closesSection = closesSection
        self.worker = worker
        opensSection = section?.entrance === worker
        inbox = isFirst ? nil : Inbox(capacity: core.pool.count)
        worker.activate { [unowned self] in drain() }
    }

    /// Takes a frame over. Any thread; neither blocks nor allocates.
    func accept(_ ticket: consuming FrameTicket<Slot>) {
        inbox?.push(ticket)
        worker.wake()
    }

    private func drain() {
        core.configuration.prepareThread()
        while let ticket = take() { run(ticket) }
    }

    /// The next frame, if one waits and may come.
    private func take() -> FrameTicket<Slot>? {
        guard opensSection, let section else { return inbox == nil ? core.gate.enter() : inbox?.pop() }
        guard section.enter() else { return nil }
        if let ticket = inbox == nil ? core.gate.enter() : inbox?.pop() { return ticket }
        section.vacate()
        return nil
    }

    private func lose(_ ticket: consuming FrameTicket<Slot>, _ fate: FrameFate, at now: Int64) {
        core.lose(ticket, fate, at: now)
        section?.leave()
    }

    private func run(_ ticket: consuming FrameTicket<Slot>) {
        let group = stage.group
        let place = FramePlace.stage(group.first)
        let record = core.ring[ticket.sequence]
        let start = MonotonicTime.now()
        if core.control.isStopped { return lose(ticket, .dropped(at: place, reason: .stopped), at: start) }
        if core.configuration.budgetNanoseconds != nil {
            let decision = core.budget.withLock { budget in
                budget.decide(
                    before: group.first, now: start, deadline: record.pointee.deadline,
                    isProbe: record.pointee.isProbe)
            }
            switch decision {
            case .proceed: break
            case .probe: record.pointee.isProbe = true
            case .drop: return lose(ticket, .dropped(at: place, reason: .deadline), at: start)
            }
        }
        record.pointee.clock.begin(group.first, at: start)
        var work = StageWork(record.pointee, group: group)
        let outcome = ticket.withSlot { slot in stage.process(&slot, &work) }
        let end = MonotonicTime.now()
        record.pointee.clock.end(group, at: end, shares: work.shares)
        switch outcome {
        case .done:
            if core.configuration.budgetNanoseconds != nil { learn(from: record.pointee.clock) }
            if closesSection { section?.leave() }
            next(ticket)
        case .drop(let reason): lose(ticket, .dropped(at: place, reason: reason), at: end)
        case .fail(let reason): lose(ticket, .failed(at: place, reason: reason), at: end)
        case .failAndEnd(let reason):
            core.control.fail(at: place, reason: reason)
            lose(ticket, .failed(at: place, reason: reason), at: end)
        }
    }

    private func learn(from clock: StageClock) {
        core.budget.withLock { budget in
            stage.group.forEach { stage in
                if let timing = clock[stage] { budget.observe(stage, nanoseconds: timing.compute) }
            }
        }
    }
}

/// The tickets that wait for a stage: a bounded queue behind a lock. Has room for every slot of the pool.
final class Inbox<Slot>: Sendable {
    private let queue: Guarded<BoundedQueue<FrameTicket<Slot>>>

    init(capacity: Int) { queue = Guarded(BoundedQueue(capacity: capacity, policy: .fail)) }

    func push(_ ticket: consuming FrameTicket<Slot>) {
        // A closure cannot consume what it captures, but it can empty an optional.
        var handed = Optional(ticket)
        queue.withLock { queue in
            guard let ticket = handed.take() else { return }
            guard case .stored = queue.push(ticket) else { preconditionFailure("more tickets than slots") }
        }
    }

    var count: Int { queue.withLock { $0.count } }

    func pop() -> FrameTicket<Slot>? { queue.withLock { queue in queue.pop() } }

    /// Takes the next ticket if it is that of frame `sequence`.
    func pop(ifSequence sequence: UInt64) -> FrameTicket<Slot>? {
        queue.withLock { queue in
            queue.withFirst { first in first.sequence == sequence } == true ? queue.pop() : nil
        }
    }
}
