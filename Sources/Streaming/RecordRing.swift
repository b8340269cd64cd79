import Synchronization

/// The records of all frames that are open, in a ring of fixed size.
///
/// The source opens a record for each frame it reads, whoever holds the frame writes to it, and the sink publishes
/// them in order. A lost frame thus gives its slot back at once while its record waits for its turn. When the ring is
/// full the source waits: it takes thousands of drops during one frame to get there.
///
/// Who may touch entry `s`: the source until it passes the frame on; then the holder of the ticket with sequence `s`;
/// after `settleLost(s)`, or with the ticket in its hands, the sink until `advance`.
final class RecordRing: @unchecked Sendable {
    let capacity: UInt64
    private let records: UnsafeMutablePointer<PipelineRecord>
    private let isLost: UnsafeMutablePointer<Atomic<Bool>>
    // How many records were opened (written by the source only), and how many have left (by the sink only).
    private let openedCount = Atomic<UInt64>(0)
    private let publishedCount = Atomic<UInt64>(0)

    init(capacity: Int) {
        self.capacity = UInt64(capacity)
        records = .allocate(capacity: capacity)
        records.initialize(
            repeating: PipelineRecord(sequence: 0, stamp: FrameStamp(id: 0), arrival: 0, budget: nil), count: capacity)
        isLost = .allocate(capacity: capacity)
        for index in 0..<capacity { (isLost + index).initialize(to: Atomic(false)) }
    }

    deinit {
        isLost.deinitialize(count: Int(capacity))
        isLost.deallocate()
        records.deinitialize(count: Int(capacity))
        records.deallocate()
    }

    var opened: UInt64 { openedCount.load(ordering: .acquiring) }
    var published: UInt64 { publishedCount.load(ordering: .acquiring) }
    var hasRoom: Bool { opened - published < capacity }

    /// Opens the next record. Source only; there must be room.
    func open(_ stamp: FrameStamp, arrival: Int64, budget: Int64?) -> UInt64 {
        let sequence = opened
        precondition(sequence - published < capacity, "the ring of records is full")
        records[Int(sequence % capacity)] = PipelineRecord(
            sequence: sequence, stamp: stamp, arrival: arrival, budget: budget)
        openedCount.store(sequence + 1, ordering: .releasing)
        return sequence
    }

    /// The record of an open frame; see the type for who may touch it.
    subscript(sequence: UInt64) -> UnsafeMutablePointer<PipelineRecord> { records + Int(sequence % capacity) }

    /// Hands the record of a lost frame to the sink.
    func settleLost(_ sequence: UInt64, _ fate: FrameFate, at now: Int64) {
        let record = self[sequence]
        record.pointee.fate = fate
        record.pointee.finished = now
        isLost[Int(sequence % capacity)].store(true, ordering: .releasing)
    }

    /// The next record in order, if its frame was lost. Sink only.
    var nextIfLost: UnsafeMutablePointer<PipelineRecord>? {
        let sequence = published
        guard sequence < opened, isLost[Int(sequence % capacity)].load(ordering: .acquiring) else { return nil }
        return self[sequence]
    }

    /// Lets go of the next record in order. Sink only.
    func advance() {
        let sequence = published
        isLost[Int(sequence % capacity)].store(false, ordering: .relaxed)
        publishedCount.store(sequence + 1, ordering: .releasing)
    }
}
