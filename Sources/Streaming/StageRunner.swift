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
        guard pass(record, at: start) else {
            return lose(ticket, .dropped(at: place, reason: .deadline), at: start)
        }
        if record.pointee.answer.kind != .computed {
            // Nothing to do here. It keeps its place in the row all the same: the sink gives out what came before it.
            if closesSection { section?.leave() }
            return next(ticket)
        }
        record.pointee.clock.begin(group.first, at: start)
        core.control.activity.begin(group.first, frame: record.pointee.stamp.id, at: start)
        var work = StageWork(record.pointee, group: group)
        let outcome = ticket.withSlot { slot in stage.process(&slot, &work) }
        core.control.activity.end(group.first)
        let end = MonotonicTime.now()
        record.pointee.clock.end(group, at: end, shares: work.shares)
        switch outcome {
        case .done:
            if core.judges { learn(from: record.pointee) }
            if closesSection { section?.leave() }
            next(ticket)
        case .drop(let reason): lose(ticket, .dropped(at: place, reason: reason), at: end)
        case .fail(let reason): lose(ticket, .failed(at: place, reason: reason), at: end)
        case .failAndEnd(let reason):
            core.control.fail(at: place, reason: reason)
            lose(ticket, .failed(at: place, reason: reason), at: end)
        }
    }

    /// Decides on a frame at this stage's door; false drops it.
    private func pass(_ record: UnsafeMutablePointer<PipelineRecord>, at now: Int64) -> Bool {
        guard core.judges else { return true }
        return core.late.withLock { late in
            if inbox == nil { record.pointee.answer = late.enter(now: now) }
            let door = late.decide(
                record.pointee.answer, before: stage.group.first, now: now, deadline: record.pointee.deadline,
                isProbe: record.pointee.isProbe)
            switch door {
            case .proceed(let isProbe): record.pointee.isProbe = isProbe
            case .instead(let answer): record.pointee.answer = answer
            case .drop: return false
            }
            return true
        }
    }

    private func learn(from record: PipelineRecord) {
        core.late.withLock { late in
            stage.group.forEach { stage in
                if let timing = record.clock[stage] {
                    late.observe(stage, nanoseconds: timing.compute, of: record.answer)
                }
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
