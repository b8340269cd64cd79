import Dispatch
import Synchronization

/// One stream of frames through a row of stages, built for one run.
///
/// ## One frame, one way
/// ```
/// source thread ──► admission ──► stage ──► stage ──► … ──► sink ──► record
///   reads into a     waiting       each on its own serial     write, then
///   slot             frames        Dispatch queue             one final record
/// ```
/// **Ownership.** A frame lives in a slot of the `FramePool`; whoever holds its `FrameTicket` may touch it, and the ticket
/// cannot be copied. Tickets travel in queues. Records live apart, in a ring, so that a frame that is dropped gives its
/// slot back at once while its record waits for its turn: records leave in the order in which frames were read, one for
/// each, `delivered`, `dropped(at, reason)` or `failed(at, reason)`. At exit the ledger must balance.
///
/// **One flow limiter.** Stage queues never block and never refuse: each has room for every slot. What limits the flow is
/// `Admission`: at most `framesInFlight` frames between the first stage and the end, at most `queueDepth` before the
/// first stage, and the policy for what is more. Only the source's thread ever waits, for data or for room. Stages that
/// share the machine's cores may form a section (`serialStages`) that holds one frame at a time.
///
/// **Time.** Every frame carries a `StageClock`: the waits between stages and the works in them add up to its latency.
/// Before each stage up to the backbone the `LatencyBudget` decides whether the frame can still make its deadline. Under
/// `degrade` the `DegradationLadder` chooses the answer of a frame when it enters. A frame that is not computed passes
/// the stages by in its place in the row, and the sink gives out the last map, or an unknown one.
///
/// **Ending.** End of stream and drain finish what was read; stop drops it (stages at work finish their frame). Either
/// way every frame gets its record, every slot comes back, and `run` returns.
///
/// **Wiring.** Everything is made before the first frame, and handed over for good:
/// ```swift
/// let control = PipelineControl { stopSignal.stop() }          // how to wake a source that is blocked in a read
/// let requests = StopRequests { control.escalate() }           // SIGINT, SIGTERM: drain, then stop
/// let configuration = StreamConfiguration(queue: .latest, budgetNanoseconds: 100_000_000, warmupFrames: 5)
/// let pool = try FramePool(count: configuration.slots) { _ in try FrameSlot(geometry) }
/// let pipeline = try Pipeline(
///     configuration, control: control, pool: pool, source: CameraSource(channel),
///     stages: [
///         AnyStage(DecodeStage()), AnyStage(NormalizeStage(model)), AnyStage(BackboneStage(plan)),
///         AnyStage(HeadsStage(headsPlan)), AnyStage(FusedTailStage()),       // group: [.score, .threshold, .fuse]
///     ],
///     sink: MapSink(outputs))
/// let summary = try pipeline.run()
/// ```
///
/// **Cost.** All memory is taken here; a frame that passes allocates nothing, wakes included. Threads: the source's, and
/// those that Dispatch lends to the serial queues (one per stage at most).
public final class Pipeline<Slot>: Sendable {
    private let core: PipelineCore<Slot>
    private let runners: [StageRunner<Slot>]
    private let sinkRunner: SinkRunner<Slot>
    private let sourceRunner: SourceRunner<Slot>
    private let hasRun = Atomic<Bool>(false)

    /// Connects source, stages and sink; nothing runs yet.
    ///
    /// `stages` stand in pipeline order (without `write`, which is the sink's); `pool` has `configuration.slots` slots,
    /// or fewer where memory is short, at least 2.
    public init<Source: PipelineSource & ~Copyable, Sink: PipelineSink & ~Copyable>(
        _ configuration: StreamConfiguration, control: PipelineControl, pool: FramePool<Slot>,
        source: consuming sending Source, stages: [AnyStage<Slot>], sink: consuming sending Sink
    ) throws(PipelineError) where Source.Slot == Slot, Sink.Slot == Slot {
        try Self.check(configuration, pool)
        let first = try Self.checkOrder(stages.map(\.group))
        let core = PipelineCore(configuration: configuration, control: control, pool: pool, first: first)
        let sinkRunner = SinkRunner(AnySink(sink), core: core)
        // Wired from the end: each runner is born knowing whom it passes frames on to.
        var next: @Sendable (consuming FrameTicket<Slot>) -> Void = { ticket in sinkRunner.accept(ticket) }
        var runners: [StageRunner<Slot>] = []
        let workers = stages.enumerated().map { position, stage in
            position == 0 ? core.firstWorker : SerialWorker(label: "densehybrid.\(stage.group)")
        }
        let members = stages.indices.filter { stages[$0].group.lies(in: configuration.serialStages) }
        let section = configuration.serialStages.flatMap { range in
            members.first.map { SerialSection(range, entrance: workers[$0]) }
        }
        for (position, stage) in stages.enumerated().reversed() {
            let runner = StageRunner(
                stage, core: core, isFirst: position == 0, section: members.contains(position) ? section : nil,
                closesSection: position == members.last, worker: workers[position], next: next)
            next = { ticket in runner.accept(ticket) }
            runners.insert(runner, at: 0)
        }
        self.core = core
        self.runners = runners
        self.sinkRunner = sinkRunner
        sourceRunner = SourceRunner(AnySource(source), core: core)
        control.attach(sinkWorker: core.sinkWorker)
        // Weak, as the core knows the control: a pipeline that never runs must not keep itself alive.
        let inboxes = runners.map { ($0.stage.group.first, $0.inbox) } + [(.write, sinkRunner.inbox)]
        control.attach { [weak core] in
            guard let core else { return nil }
            var depths = InlineArray<8, Int>(repeating: -1)
            for (stage, inbox) in inboxes { if let inbox { depths[stage.rawValue] = inbox.count } }
            return PipelineGauges(core, inboxes: depths)
        }
    }

    /// Runs the stream to its end and returns its summary. Blocks the calling thread; call once.
    ///
    /// Throws if the books do not balance or a slot did not come back, which would be a defect of the pipeline itself;
    /// what happened to frames is in the summary, not in errors.
    public func run() throws(PipelineError) -> PipelineSummary {
        guard !hasRun.exchange(true, ordering: .acquiringAndReleasing) else { throw .alreadyRun }
        let workers = runners.map(\.worker) + [core.sinkWorker]
        SerialWorker.startThreads(of: workers)
        let thread = try DedicatedThread { [sourceRunner] in sourceRunner.run() }
        sinkRunner.done.wait()
        thread.join()
        for worker in workers { worker.shutDown() }
        let last = core.control.gauges
        core.control.attach { last }
        core.control.attach(sinkWorker: nil)
        let summary = summary
        let ledger = summary.ledger
        guard ledger.isBalanced else {
            throw .unbalanced(
                "in \(ledger.framesIn), delivered \(ledger.delivered), dropped \(ledger.droppedTotal), "
                    + "failed \(ledger.failedTotal)")
        }
        let missing = core.pool.count - core.pool.freeCount
        guard missing == 0 else { throw .leakedSlots(missing) }
        return summary
    }

    /// The account, after the last frame.
    private var summary: PipelineSummary {
        core.books.withLock { books in
            PipelineSummary(
                ledger: books.ledger,
                stages: StageName.allCases.map { ($0, books.latencies.statistics(of: $0)) },
                frame: books.latencies.frameStatistics, queueWait: books.latencies.waitStatistics,
                allocationsPerFrame: books.meter.perFrame?.outside,
                codecAllocationsPerFrame: books.meter.perFrame?.codec,
                monitoringAllocationsPerFrame: books.meter.perFrame?.aside,
                end: core.control.reason(orElse: .endOfStream))
        }
    }

    /// Where the time went, by bucket: for after `run`. A copy that is alive while frames still end would make the next
    /// frame's record allocate.
    public var latencies: LatencyHistograms { core.books.withLock { $0.latencies } }

    private static func check(_ configuration: StreamConfiguration, _ pool: FramePool<Slot>) throws(PipelineError) {
        guard configuration.queueDepth >= 1, configuration.framesInFlight >= 1 else {
            throw .configuration("queue depth and frames in flight must be at least 1")
        }
        guard configuration.onLate != .degrade || configuration.ladder != nil else {
            throw .configuration("to degrade, a ladder must say to what")
        }
        guard configuration.warmupFrames >= 0, configuration.budgetNanoseconds.map({ $0 > 0 }) ?? true else {
            throw .configuration("the budget must be above 0, warm-up frames at least 0")
        }
        guard pool.count >= 2, pool.freeCount == pool.count else {
            throw .configuration(
                "the pool needs at least 2 slots (one is read into while others are processed), all free")
        }
        guard configuration.recordCapacity > pool.count else {
            throw .configuration("the record capacity must exceed the \(pool.count) slots of the pool")
        }
    }

    private static func checkOrder(_ groups: [StageGroup]) throws(PipelineError) -> StageGroup {
        guard let first = groups.first else { throw .stageOrder("there is none") }
        for (group, next) in zip(groups, groups.dropFirst()) where group.last >= next.first {
            throw .stageOrder("\(next) cannot follow \(group)")
        }
        guard groups.allSatisfy({ !$0.contains(.write) }) else { throw .stageOrder("write belongs to the sink") }
        return first
    }
}

/// What became of a stream: the numbers of `--summary`.
public struct PipelineSummary: Sendable {
    /// Frames in and their fates.
    public let ledger: DropLedger
    /// What each stage cost delivered frames after warm-up; a count of 0 for stages that this pipeline does not have.
    public let stages: [(name: StageName, statistics: LatencyStatistics)]
    /// Arrival to delivery.
    public let frame: LatencyStatistics
    /// Time between stages.
    public let queueWait: LatencyStatistics
    /// Heap allocations of the process per frame after warm-up, without those of the next two; nil where they are not
    /// counted.
    public let allocationsPerFrame: Double?
    /// Heap allocations inside codec libraries per frame; nil where they are not counted.
    public let codecAllocationsPerFrame: Double?
    /// Heap allocations per frame of threads that only watch (`Aside`); nil where they are not counted.
    public let monitoringAllocationsPerFrame: Double?
    /// Why the stream ended.
    public let end: StreamEnd
}
