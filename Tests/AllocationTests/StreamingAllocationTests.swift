import CAllocationCounter
import Glibc
import Streaming
import Testing

/// A slot as small as can be: these tests measure the pipeline alone.
private struct Slot {
    var value: UInt64 = 0
}

private struct Numbers: PipelineSource {
    var index: UInt64 = 0
    let count: UInt64

    mutating func next(into slot: inout Slot) -> SourceEvent {
        guard index < count else { return .end }
        slot.value = index
        index += 1
        return .frame(FrameStamp(id: index - 1))
    }
}

private struct Trivial: Stage {
    let group: StageGroup
    let lossy: Bool

    func process(_ slot: inout Slot, _ work: inout StageWork) -> StageOutcome {
        slot.value &+= 1
        group.forEach { stage in work.share(1, to: stage) }
        guard lossy else { return .done }
        return work.sequence % 11 == UInt64(group.first.rawValue) ? .fail(.corrupt) : .done
    }
}

/// Allocates once per frame, to see that the measurement sees it.
private struct Wasteful: Stage {
    let group: StageGroup

    func process(_ slot: inout Slot, _ work: inout StageWork) -> StageOutcome {
        let block = UnsafeMutablePointer<UInt64>.allocate(capacity: 16)
        block.initialize(repeating: slot.value, count: 16)
        // Its address goes into the slot, so that the optimiser cannot do without it.
        slot.value = UInt64(UInt(bitPattern: block)) ^ block[Int(slot.value % 16)]
        block.deallocate()
        return .done
    }
}

/// Allocates three times per frame the way a codec library would: out of sight, inside a codec scope.
private struct Codec: Stage {
    let group: StageGroup
    // Opaque to the optimiser, which would remove a pair of allocation and free.
    private let strdup = unsafeBitCast(
        dlsym(nil, "strdup"), to: (@convention(c) (UnsafePointer<UInt8>) -> UnsafeMutableRawPointer?).self)
    private let text = ("a codec's own" as StaticString).utf8Start

    init(group: StageGroup) { self.group = group }

    func process(_ slot: inout Slot, _ work: inout StageWork) -> StageOutcome {
        dh_codec_enter()
        defer { dh_codec_leave() }
        for _ in 0..<3 { free(strdup(text)) }
        return .done
    }
}

private struct Nowhere: PipelineSink {
    func write(_ slot: inout Slot, _ work: inout StageWork) -> StageOutcome { .done }
    func delivered(_ slot: inout Slot, _ record: PipelineRecord) {}
    func lost(_ record: PipelineRecord) {}
    func finish() {}
}

private let names: [StageName] = [.decode, .normalize, .backbone, .heads, .score, .threshold, .fuse]

private func run(_ configuration: StreamConfiguration, _ stages: [AnyStage<Slot>], frames: UInt64 = 10_000) throws
    -> PipelineSummary
{
    let pool = FramePool(count: configuration.slots) { _ in Slot() }
    let pipeline = try Pipeline(
        configuration, control: PipelineControl(), pool: pool, source: Numbers(count: frames), stages: stages,
        sink: Nowhere())
    return try pipeline.run()
}

/// Each in a process of its own, as the counter sees every thread of the process, other tests' too.
@Suite struct StreamingAllocationTests {
    @Test func tenThousandFramesThroughSevenStagesAllocateNothing() async throws {
        await #expect(processExitsWith: .success) {
            var configuration = StreamConfiguration.file
            configuration.warmupFrames = 20
            let summary = try run(configuration, names.map { AnyStage(Trivial(group: [$0], lossy: false)) })
            try #require(summary.ledger.delivered == 10_000)
            try check(summary)
        }
    }

    @Test func framesThatAreLostAllocateNothingEither() async throws {
        await #expect(processExitsWith: .success) {
            var configuration = StreamConfiguration(queue: .latest, warmupFrames: 20)
            configuration.budgetNanoseconds = 100_000
            let summary = try run(
                configuration, names.map { AnyStage(Trivial(group: [$0], lossy: true)) }, frames: 200_000)
            try #require(summary.ledger.droppedTotal > 0 && summary.ledger.failedTotal > 0)
            try check(summary)
        }
    }

    @Test func fusedGroupsAllocateNothing() async throws {
        await #expect(processExitsWith: .success) {
            var configuration = StreamConfiguration.file
            configuration.warmupFrames = 20
            configuration.budgetNanoseconds = 1_000_000_000
            let groups: [StageGroup] = [[.decode], [.normalize], [.backbone], [.heads], [.score, .threshold, .fuse]]
            try check(try run(configuration, groups.map { AnyStage(Trivial(group: $0, lossy: false)) }))
        }
    }

    @Test func degradedFramesAllocateNothing() async throws {
        await #expect(processExitsWith: .success) {
            var script = StreamConfiguration.file
            script.warmupFrames = 20
            script.script = DecisionScript(
                (0..<10_000).map { frame in
                    switch frame % 5 {
                    case 0, 1: .answer(FrameAnswer(.computed, level: frame % 5, variant: frame % 5))
                    case 2: .answer(FrameAnswer(.held, level: 3))
                    case 3: .answer(FrameAnswer(.unknown, level: 4))
                    default: .lost(.dropped(at: .admission, reason: .superseded))
                    }
                })
            let scripted = try run(script, names.map { AnyStage(Trivial(group: [$0], lossy: false)) })
            for level in [0, 1, 3, 4] { try #require(scripted.ledger.quality(level: level).delivered == 2000) }
            try check(scripted)

            // Every frame counts as nearly late, and none is: the ladder goes down and tries again every millisecond.
            var rules = LadderConfiguration.Hysteresis()
            (rules.near, rules.upAfter, rules.upAfterLongest) = (0, 1_000_000, 1_000_000)
            var live = StreamConfiguration.file
            live.warmupFrames = 20
            live.budgetNanoseconds = 60_000_000_000
            live.onLate = .degrade
            live.ladder = LadderConfiguration(
                rungs: [.compute(variant: 0), .compute(variant: 1), .every(2, variant: 1), .hold, .unknown],
                hysteresis: rules)
            let summary = try run(live, names.map { AnyStage(Trivial(group: [$0], lossy: false)) })
            for level in 0..<4 { try #require(summary.ledger.quality(level: level).delivered > 0) }
            try check(summary)
        }
    }

    @Test func anAllocationPerFrameIsSeen() async throws {
        await #expect(processExitsWith: .success) {
            var configuration = StreamConfiguration.file
            configuration.warmupFrames = 20
            let stages = [AnyStage(Wasteful(group: [.decode])), AnyStage(Codec(group: [.backbone]))]
            let summary = try run(configuration, stages)
            guard dh_allocation_counter_active() else { return }
            let outside = try #require(summary.allocationsPerFrame)
            let codec = try #require(summary.codecAllocationsPerFrame)
            try #require(abs(outside - 1) < 0.05 && abs(codec - 3) < 0.05)
        }
    }
}

/// At most 0.05 a frame; where nothing is counted (sanitizers), the summary must say so.
private func check(_ summary: PipelineSummary) throws {
    guard dh_allocation_counter_active() else {
        try #require(summary.allocationsPerFrame == nil && summary.codecAllocationsPerFrame == nil)
        return
    }
    let perFrame = try #require(summary.allocationsPerFrame)
    print("allocations per frame after warm-up: \(perFrame)")
    try #require(perFrame <= 0.05)
}
