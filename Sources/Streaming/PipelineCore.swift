import Synchronization

/// What the source, the stages and the sink of one pipeline share. Each part has its own lock or owner; the pieces are
/// `Sendable` by themselves.
final class PipelineCore<Slot>: Sendable {
    /// The running account that the sink keeps and others may look at.
    struct Books: Sendable {
        var ledger = DropLedger()
        var latencies = LatencyHistograms()
        var meter = AllocationMeter()
    }

    let configuration: StreamConfiguration
    let control: PipelineControl
    let pool: FramePool<Slot>
    let gate: AdmissionGate<Slot>
    let ring: RecordRing
    let late: Guarded<LateControl>
    let books = Guarded(Books())
    /// Set once the source has opened its last record.
    let sourceEnded = Atomic<Bool>(false)
    let firstWorker: SerialWorker
    let sinkWorker = SerialWorker(label: "densehybrid.write")

    init(configuration: StreamConfiguration, control: PipelineControl, pool: FramePool<Slot>, first: StageGroup) {
        self.configuration = configuration
        self.control = control
        judges = configuration.budgetNanoseconds != nil && configuration.script == nil
        self.pool = pool
        gate = AdmissionGate(configuration: configuration, pool: pool, control: control)
        ring = RecordRing(capacity: configuration.recordCapacity)
        late = Guarded(
            LateControl(
                budgetNanoseconds: configuration.budgetNanoseconds, policy: configuration.onLate,
                ladder: configuration.ladder))
        firstWorker = SerialWorker(label: "densehybrid.\(first)")
    }

    /// Whether it is for this run to decide on late frames: there is a budget and no script.
    let judges: Bool

    /// Ends a frame that had entered: gives its slot back, hands its record to the sink, lets the next frame in.
    func lose(_ ticket: consuming FrameTicket<Slot>, _ fate: FrameFate, at now: Int64) {
        let sequence = ticket.sequence
        // The slot is free before the door hears of it, as a waiting source looks at the pool then.
        Self.giveBack(ticket)
        ring.settleLost(sequence, fate, at: now)
        gate.leave()
        firstWorker.wake()
        sinkWorker.wake()
    }

    /// Ends a frame that had not entered.
    func loseOutside(_ sequence: UInt64, _ fate: FrameFate, at now: Int64) {
        ring.settleLost(sequence, fate, at: now)
        sinkWorker.wake()
    }

    /// Ends the life of a ticket here and now.
    static func giveBack(_ ticket: consuming FrameTicket<Slot>) {}
}
