import Dispatch

/// `Admission` with its waiting frames behind one lock, and the sleep of the source that has to wait.
final class AdmissionGate<Slot>: Sendable {
    /// What became of the frame that the source offered.
    enum Offer {
        case admitted
        case displaced(sequence: UInt64, DropReason)
        case refused(DropReason)
        case overflowed
    }

    private struct State: ~Copyable {
        var admission: Admission
        var waiting: BoundedQueue<FrameTicket<Slot>>
        var sourceSleeps = false
    }

    private let pool: FramePool<Slot>
    private let control: PipelineControl
    private let state: Guarded<State>

    init(configuration: StreamConfiguration, pool: FramePool<Slot>, control: PipelineControl) {
        self.pool = pool
        self.control = control
        state = Guarded(
            State(
                admission: Admission(
                    policy: configuration.queue, depth: configuration.queueDepth,
                    inFlightLimit: configuration.framesInFlight),
                waiting: BoundedQueue(capacity: configuration.queueDepth, policy: configuration.queue)))
    }

    /// Offers the frame in `reading`. However it is decided, `reading` holds a ticket to read into afterwards: a fresh
    /// one, that of the displaced frame, or the same. Source only; sleeps while the policy says wait.
    func offer(_ reading: inout FrameTicket<Slot>?) -> Offer {
        while true {
            let offer = state.withLock { state -> Offer? in
                if control.isStopped { state.admission.stop() }
                let decision = state.admission.offer(hasFreeSlot: pool.freeCount > 0)
                switch decision {
                case .admit, .displaceOldest: break
                case .refuse(let reason): return .refused(reason)
                case .fail: return .overflowed
                case .wait:
                    state.sourceSleeps = true
                    return nil
                }
                guard let ticket = reading.take() else { preconditionFailure("the source lost its ticket") }
                if case .displaceOldest(let reason) = decision {
                    // The waiting queue may have room yet (when the pool is the limit): the oldest leaves first.
                    guard let oldest = state.waiting.pop() else {
                        preconditionFailure("no frame waits to be displaced")
                    }
                    guard case .stored = state.waiting.push(ticket) else { preconditionFailure("no room after a pop") }
                    let sequence = oldest.sequence
                    reading = consume oldest
                    return .displaced(sequence: sequence, reason)
                }
                // Only the source leases, so what was free a moment ago still is.
                reading = pool.lease()
                guard case .stored = state.waiting.push(ticket) else { preconditionFailure("admission lost count") }
                return .admitted
            }
            if let offer { return offer }
            control.sourceWake.wait()
        }
    }

    /// The frame that waited longest, if one may enter now.
    func enter() -> FrameTicket<Slot>? {
        state.withLock { state in
            guard state.admission.enter() else { return nil }
            wakeSource(&state)
            return state.waiting.pop()
        }
    }

    /// Notes that a frame which had entered has ended and its slot is free.
    func leave() {
        state.withLock { state in
            state.admission.leave()
            wakeSource(&state)
        }
    }

    /// Sleeps until `isReady` or the stream ends. Source only; whoever makes it ready calls `stir` afterwards.
    func sleep(until isReady: () -> Bool) {
        while !control.isEnding {
            let ready = state.withLock { state in
                state.sourceSleeps = !isReady()
                return !state.sourceSleeps
            }
            if ready { return }
            control.sourceWake.wait()
        }
    }

    /// How many frames wait, and how many have entered and not ended.
    var counts: (waiting: Int, inFlight: Int) { state.withLock { ($0.admission.waiting, $0.admission.inFlight) } }

    /// Lets a sleeping source look again.
    func stir() { state.withLock { state in wakeSource(&state) } }

    private func wakeSource(_ state: inout State) {
        guard state.sourceSleeps else { return }
        state.sourceSleeps = false
        control.sourceWake.signal()
    }
}
