import Synchronization

/// Reads frames on a thread of its own and offers them at the door. The only part of a pipeline that may block.
///
/// Always holds one ticket, the one that is being read into; the door exchanges it.
final class SourceRunner<Slot>: Sendable {
    private let source: AnySource<Slot>
    private let core: PipelineCore<Slot>

    init(_ source: AnySource<Slot>, core: PipelineCore<Slot>) {
        self.source = source
        self.core = core
    }

    /// Reads until the stream ends; then tells the sink that no more will come.
    func run() {
        var reading = core.pool.lease()
        while step(&reading) {}
        if let ticket = reading.take() { PipelineCore.giveBack(ticket) }
        core.sourceEnded.store(true, ordering: .releasing)
        core.sinkWorker.wake()
    }

    private func step(_ reading: inout FrameTicket<Slot>?) -> Bool {
        // Room for the record first: a frame that was read is never without one.
        core.gate.sleep(until: { core.ring.hasRoom })
        guard !core.control.isEnding, var ticket = reading.take() else { return false }
        core.control.activity.beginReading(at: MonotonicTime.now())
        let event = ticket.withSlot { slot in source.next(&slot) }
        core.control.activity.endReading()
        switch event {
        case .end:
            reading = consume ticket
            return false
        case .unusable(let stamp, let reason):
            let (sequence, now) = open(stamp)
            reading = consume ticket
            core.loseOutside(sequence, .failed(at: .source, reason: reason), at: now)
        case .frame(let stamp):
            let sequence = open(stamp).sequence
            ticket.sequence = sequence
            reading = consume ticket
            if let fate = follow(sequence) {
                core.loseOutside(sequence, fate, at: MonotonicTime.now())
            } else {
                offer(sequence, &reading)
            }
        }
        return true
    }

    /// Does with a frame what the script says: a fate if it is not to enter.
    private func follow(_ sequence: UInt64) -> FrameFate? {
        guard let verdict = core.configuration.script?.verdict(sequence) else { return nil }
        switch verdict {
        case .answer(let answer):
            core.ring[sequence].pointee.answer = answer
            return nil
        case .lost(let fate): return fate
        }
    }

    private func open(_ stamp: FrameStamp) -> (sequence: UInt64, now: Int64) {
        let now = MonotonicTime.now()
        core.books.withLock { $0.ledger.arrived() }
        let arrival = min(now, stamp.arrivalMonotonicNanoseconds ?? now)
        let sequence = core.ring.open(stamp, arrival: arrival, budget: core.configuration.budgetNanoseconds)
        return (sequence, now)
    }

    private func offer(_ sequence: UInt64, _ reading: inout FrameTicket<Slot>?) {
        switch core.gate.offer(&reading) {
        case .admitted: core.firstWorker.wake()
        case .displaced(let oldest, let reason):
            core.firstWorker.wake()
            core.loseOutside(oldest, .dropped(at: .admission, reason: reason), at: MonotonicTime.now())
        case .refused(let reason):
            core.loseOutside(sequence, .dropped(at: .admission, reason: reason), at: MonotonicTime.now())
        case .overflowed:
            core.control.fail(at: .admission, reason: .overflow)
            core.loseOutside(sequence, .failed(at: .admission, reason: .overflow), at: MonotonicTime.now())
        }
    }
}
