public import FrameIO
internal import Glibc
public import Streaming

/// Counts what happens to the frames of a run, and tells it to whoever asks.
///
/// Frames are counted on the sink's serial queue under a short lock; `snapshot` copies the counts under the same lock
/// (some microseconds) and reckons on its own thread afterwards. So a reader, however slow, never holds up a frame for
/// longer than that copy.
public final class RunMonitor: Sendable {
    private struct State {
        var stages = InlineArray<8, LatencySeries>(repeating: LatencySeries())
        var frame = LatencySeries()
        var queueWait = LatencySeries()
        var lastFrame: FrameRecord?
        var lastDelivered: FrameRecord?
        var lastEnd: Int64 = 0
        var networkSize: (width: Int, height: Int)?
    }

    /// What the run is.
    public let description: RunDescription
    private let control: PipelineControl
    private let clock: @Sendable () -> Int64
    private let start: Int64
    private let classic: LatencyBuckets
    private let native = ExponentialBuckets()
    private let state = Guarded(State())
    private let board = Guarded<HealthBoard?>(nil)
    private let over = Guarded(false)

    /// A monitor of the run that `control` belongs to. Allocates all that it will ever need.
    ///
    /// `clock` gives nanoseconds of `MonotonicTime`.
    public init(
        _ description: RunDescription, control: PipelineControl,
        clock: @escaping @Sendable () -> Int64 = { MonotonicTime.now() }
    ) {
        self.description = description
        self.control = control
        self.clock = clock
        start = clock()
        classic = LatencyBuckets(budgetNanoseconds: description.budgetNanoseconds)
        precondition(classic.bounds.count <= LatencyBuckets.limit, "a series has 32 bounds at most")
    }

    /// Counts a frame that has ended; `networkSize` is what the network was given. Allocates nothing.
    public func frameEnded(
        _ record: FrameRecord, _ pipelineRecord: PipelineRecord, networkSize: (width: Int, height: Int)?
    ) {
        state.withLock { state in
            state.lastFrame = record
            state.lastEnd = pipelineRecord.finished
            guard pipelineRecord.fate == .delivered else { return }
            state.lastDelivered = record
            if let networkSize { state.networkSize = networkSize }
            guard !pipelineRecord.isWarmup else { return }
            for position in 0..<StageName.count {
                guard let stage = StageName(rawValue: position), let timing = pipelineRecord.clock[stage] else {
                    continue
                }
                state.stages[position].record(timing.compute, classic, native)
            }
            state.frame.record(pipelineRecord.totalNanoseconds, classic, native)
            state.queueWait.record(pipelineRecord.queueWaitNanoseconds, classic, native)
        }
    }

    /// Shows what `board` says in snapshots from now on.
    public func show(_ board: HealthBoard) { self.board.withLock { $0 = board } }

    /// Notes that the stream has ended.
    public func finish() { over.withLock { $0 = true } }

    /// All numbers now. Any thread but those of frames; allocates.
    public func snapshot() -> RunSnapshot {
        // On the heap, as the state is larger than some threads' stacks like.
        let copy = UnsafeMutablePointer<State>.allocate(capacity: 1)
        defer {
            copy.deinitialize(count: 1)
            copy.deallocate()
        }
        state.withLock { copy.initialize(to: $0) }
        let now = clock()
        let gauges = control.gauges
        var described = description
        if let size = copy.pointee.networkSize { described.size = "\(size.width)x\(size.height)" }
        return RunSnapshot(
            description: described, pid: getpid(), uptimeNanoseconds: max(0, now - start),
            idleNanoseconds: copy.pointee.lastFrame.map { _ in max(0, now - copy.pointee.lastEnd) },
            isOver: over.withLock { $0 }, frames: gauges.map { RunSnapshot.Frames($0.ledger) } ?? RunSnapshot.Frames(),
            bucketBounds: classic.bounds,
            stages: StageName.allCases.map { stage in
                copy.pointee.stages[stage.rawValue].snapshot(stage.description, classic)
            },
            frame: copy.pointee.frame.snapshot("frame", classic),
            queueWait: copy.pointee.queueWait.snapshot("queue_wait", classic), queues: gauges?.queues ?? [],
            inFlight: gauges?.inFlight ?? 0, inFlightLimit: gauges?.inFlightLimit ?? 0,
            freeSlots: gauges?.freeSlots ?? 0, slots: gauges?.slots ?? 0,
            qualityLevel: copy.pointee.lastDelivered?.qualityLevel ?? 0,
            anomalyFraction: copy.pointee.lastDelivered?.anomalyFraction,
            anomalyMaxScore: copy.pointee.lastDelivered?.anomalyMaxScore,
            lastFrame: copy.pointee.lastFrame.map(RunSnapshot.LastFrame.init),
            health: board.withLock { $0 }?.report().judgement)
    }
}

extension RunSnapshot.Frames {
    init(_ ledger: DropLedger) {
        arrived = ledger.framesIn
        delivered = ledger.delivered
        dropped = ledger.droppedTotal
        failed = ledger.failedTotal
        drops = ledger.drops.map {
            RunSnapshot.Loss(place: $0.place.description, reason: $0.reason.description, count: $0.count)
        }
        failures = ledger.failures.map {
            RunSnapshot.Loss(place: $0.place.description, reason: $0.reason.description, count: $0.count)
        }
        deadlineMisses = ledger.deadlineMisses
    }
}

extension RunSnapshot.LastFrame {
    init(_ record: FrameRecord) {
        self.init(
            id: record.frameID, status: "\(record.status.name)", totalNanoseconds: record.totalNanoseconds,
            ageNanoseconds: record.ageNanoseconds, deadlineMet: record.deadlineMet)
    }
}

extension PipelineGauges {
    /// The door's queue and those between stages.
    fileprivate var queues: [RunSnapshot.Queue] {
        [RunSnapshot.Queue(name: "admission", depth: waiting, capacity: waitingCapacity)]
            + StageName.allCases.compactMap { stage in
                depth(before: stage).map {
                    RunSnapshot.Queue(name: stage.description, depth: $0, capacity: slots)
                }
            }
    }
}
