/// What a pipeline holds at one moment: its books, and how full its queues and its pool are. Trivial to copy.
public struct PipelineGauges: Sendable {
    /// Frames in and their fates so far.
    public let ledger: DropLedger
    /// Frames that wait at the door.
    public let waiting: Int
    /// The most frames that can wait there.
    public let waitingCapacity: Int
    /// Frames between the first stage and the end.
    public let inFlight: Int
    /// The most frames that are let in at once.
    public let inFlightLimit: Int
    /// Slots that no frame holds.
    public let freeSlots: Int
    /// All slots.
    public let slots: Int
    // Frames in the inbox by stage; -1 where a stage has none.
    private let inboxes: InlineArray<8, Int>

    init<Slot>(_ core: PipelineCore<Slot>, inboxes: InlineArray<8, Int>) {
        ledger = core.books.withLock { $0.ledger }
        let door = core.gate.counts
        waiting = door.waiting
        inFlight = door.inFlight
        waitingCapacity = core.configuration.queueDepth
        inFlightLimit = core.configuration.framesInFlight
        freeSlots = core.pool.freeCount
        slots = core.pool.count
        self.inboxes = inboxes
    }

    /// How many frames wait in front of `stage`; nil where it takes them from the door, or from the stage before it
    /// without a queue. A stage's queue has room for every slot.
    public func depth(before stage: StageName) -> Int? {
        let count = inboxes[stage.rawValue]
        return count < 0 ? nil : count
    }
}
