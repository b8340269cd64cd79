import Dispatch
import Synchronization

/// The end of the way: writes finished frames and publishes every record, in the order in which frames were read.
///
/// A frame that was lost early has its record wait in the ring; a finished frame never waits for one that is still
/// under way, as frames do not overtake each other between stages.
final class SinkRunner<Slot>: @unchecked Sendable {
    private let sink: AnySink<Slot>
    private let core: PipelineCore<Slot>
    let inbox: Inbox<Slot>
    /// Signalled once, after the last record.
    let done = DispatchSemaphore(value: 0)
    // Invariant: touched on the worker's serial queue only.
    private var deliveredCount = 0
    private var isFinished = false
    private var lastMap: MapOrigin?

    init(_ sink: AnySink<Slot>, core: PipelineCore<Slot>) {
        self.sink = sink
        self.core = core
        inbox = Inbox(capacity: core.pool.count)
        core.sinkWorker.activate { [unowned self] in drain() }
    }

    /// Takes a frame over. Any thread; neither blocks nor allocates.
    func accept(_ ticket: consuming FrameTicket<Slot>) {
        inbox.push(ticket)
        core.sinkWorker.wake()
    }

    private func drain() {
        core.configuration.prepareThread()
        while true {
            // Read before looking for work: if it is set, every record that will ever be is open.
            let sourceEnded = core.sourceEnded.load(ordering: .acquiring)
            if core.control.takePoke(), !isFinished { sink.poked() }
            if let lost = core.ring.nextIfLost {
                publish(lost)
            } else if let ticket = inbox.pop(ifSequence: core.ring.published) {
                deliver(ticket)
            } else {
                if sourceEnded && core.ring.published == core.ring.opened && !isFinished {
                    isFinished = true
                    sink.finish()
                    done.signal()
                }
                return
            }
        }
    }

    /// Writes a frame and publishes its record.
    private func deliver(_ ticket: consuming FrameTicket<Slot>) {
        let record = core.ring[ticket.sequence]
        let place = FramePlace.stage(.write)
        let start = MonotonicTime.now()
        record.pointee.finished = start
        if core.control.isStopped {
            record.pointee.fate = .dropped(at: place, reason: .stopped)
        } else {
            resolve(record, at: start)
            record.pointee.clock.begin(.write, at: start)
            core.control.activity.begin(.write, frame: record.pointee.stamp.id, at: start)
            var work = StageWork(record.pointee, group: .write)
            let outcome = ticket.withSlot { slot in sink.write(&slot, &work) }
            core.control.activity.end(.write)
            let end = MonotonicTime.now()
            record.pointee.clock.end(.write, at: end)
            record.pointee.finished = end
            record.pointee.answer = work.answer
            if work.answer.kind != .held { record.pointee.heldFrom = nil }
            switch outcome {
            case .done: record.pointee.fate = .delivered
            case .drop(let reason): record.pointee.fate = .dropped(at: place, reason: reason)
            case .fail(let reason): record.pointee.fate = .failed(at: place, reason: reason)
            case .failAndEnd(let reason):
                record.pointee.fate = .failed(at: place, reason: reason)
                core.control.fail(at: place, reason: reason)
            }
        }
        guard record.pointee.fate == .delivered else {
            PipelineCore.giveBack(ticket)
            publish(record)
            leave()
            return
        }
        record.pointee.isWarmup = deliveredCount < core.configuration.warmupFrames
        deliveredCount += 1
        if record.pointee.answer.kind == .computed {
            lastMap = MapOrigin(stamp: record.pointee.stamp, arrival: record.pointee.clock.arrival)
        }
        if core.judges { learn(record.pointee) }
        ticket.withSlot { slot in sink.delivered(&slot, record.pointee) }
        PipelineCore.giveBack(ticket)
        settle(record.pointee)
        leave()
    }

    private func leave() {
        core.gate.leave()
        core.firstWorker.wake()
    }

    /// Publishes the record of a frame that has no slot any more.
    private func publish(_ record: UnsafeMutablePointer<PipelineRecord>) {
        sink.lost(record.pointee)
        settle(record.pointee)
    }

    private func settle(_ record: PipelineRecord) {
        core.books.withLock { books in
            books.ledger.settle(record)
            books.latencies.record(record)
            books.meter.mark(
                frames: record.sequence + 1, isWarm: deliveredCount >= core.configuration.warmupFrames)
        }
        core.ring.advance()
        core.gate.stir()
    }

    /// Decides whether a held map is still young enough, unless a script has.
    private func resolve(_ record: UnsafeMutablePointer<PipelineRecord>, at now: Int64) {
        if core.configuration.script == nil, let ladder = core.configuration.ladder {
            record.pointee.answer = ladder.resolve(record.pointee.answer, lastMap: lastMap?.arrival, now: now)
        }
        if record.pointee.answer.kind == .held { record.pointee.heldFrom = lastMap }
    }

    private func learn(_ record: PipelineRecord) {
        core.late.withLock { late in
            if record.answer.kind == .computed, let timing = record.clock[.write] {
                late.observe(.write, nanoseconds: timing.compute, of: record.answer)
            }
            late.delivered(
                record.answer, latency: record.totalNanoseconds, now: record.finished, isWarmup: record.isWarmup)
        }
    }
}
