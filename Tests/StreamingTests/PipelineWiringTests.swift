import Streaming
import Synchronization
import Testing

/// How a pipeline is put together.
extension PipelineTests {
    @Test func wrongWiringIsRefused() {
        func message(_ groups: [StageGroup], _ change: (inout StreamConfiguration) -> Void = { _ in }, slots: Int = 6)
            -> String?
        {
            var configuration = StreamConfiguration.file
            change(&configuration)
            do {
                _ = try runPipeline(configuration, slots: slots, source: .frames(1), groups: groups)
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(message([[.decode]]) == nil)
        #expect(message([])?.contains("none") == true)
        #expect(message([[.backbone], [.decode]])?.contains("decode cannot follow backbone") == true)
        #expect(message([[.decode, .heads], [.backbone]])?.contains("cannot follow") == true)
        #expect(message([[.decode], [.write]])?.contains("sink") == true)
        #expect(message([[.decode]], slots: 1)?.contains("slots") == true)
        #expect(message([[.decode]], { $0.queueDepth = 0 })?.contains("depth") == true)
        #expect(message([[.decode]], { $0.budgetNanoseconds = 0 })?.contains("budget") == true)
        #expect(message([[.decode]], { $0.recordCapacity = 3 })?.contains("record capacity") == true)
    }

    @Test func aStageMayOwnWhatCannotBeCopiedOrShared() throws {
        let account = Account()
        do {
            let pool = FramePool(count: 4) { _ in ClassSlot() }
            let pipeline = try Pipeline(
                .file, control: PipelineControl(), pool: pool, source: ClassSource(),
                stages: [AnyStage(OwningStage(account))], sink: ClassSink())
            #expect(try pipeline.run().ledger.delivered == 10)
            #expect(account.ended.load(ordering: .relaxed) == 0)
        }
        #expect(account.sum.load(ordering: .relaxed) == 45)
        #expect(account.ended.load(ordering: .relaxed) == 1, "stages end with their pipeline")
    }

    @Test func everyThreadIsPrepared() throws {
        let account = Account()
        var configuration = StreamConfiguration.file
        configuration.prepareThread = { account.sum.add(1, ordering: .relaxed) }
        expectSound(try runPipeline(configuration, source: .frames(1)))
        #expect(account.sum.load(ordering: .relaxed) >= 8, "seven stages and the sink")
    }

    @Test func runsOnce() throws {
        let pool = FramePool(count: 4) { _ in TestSlot() }
        let seen = Seen()
        let pipeline = try Pipeline(
            .file, control: PipelineControl(), pool: pool, source: ScriptedSource.frames(3),
            stages: [AnyStage(ScriptedStage(group: [.decode]) { _, _ in .done })], sink: ScriptedSink(seen: seen))
        #expect(try pipeline.run().ledger.delivered == 3)
        #expect(throws: PipelineError.alreadyRun) { try pipeline.run() }
    }

    @Test func aPipelineThatNeverRunsGoesAwayQuietly() throws {
        let pool = FramePool(count: 4) { _ in TestSlot() }
        for _ in 0..<20 {
            _ = try Pipeline(
                .file, control: PipelineControl(), pool: pool, source: ScriptedSource.frames(3),
                stages: sevenStages.map { name in AnyStage(ScriptedStage(group: [name]) { _, _ in .done }) },
                sink: ScriptedSink(seen: Seen()))
        }
        #expect(pool.freeCount == 4)
    }
}

private final class Account: Sendable {
    let sum = Atomic<Int>(0)
    let ended = Atomic<Int>(0)
}

/// A slot that is a class, as one that owns buffers may be.
private final class ClassSlot {
    var value = 0
}

private struct ClassSource: PipelineSource {
    var index = 0
    mutating func next(into slot: inout ClassSlot) -> SourceEvent {
        guard index < 10 else { return .end }
        slot.value = index
        index += 1
        return .frame(FrameStamp(id: UInt64(index - 1)))
    }
}

private struct OwningStage: ~Copyable, Stage {
    /// Neither Sendable nor shared: it was sent into the pipeline with its stage.
    final class Scratch {
        let account: Account
        var seen = 0
        init(_ account: Account) { self.account = account }
        deinit { account.ended.add(1, ordering: .relaxed) }
    }

    var group: StageGroup { [.decode] }
    let scratch: Scratch

    init(_ account: Account) { scratch = Scratch(account) }

    mutating func process(_ slot: inout ClassSlot, _ work: inout StageWork) -> StageOutcome {
        scratch.seen += 1
        scratch.account.sum.add(slot.value, ordering: .relaxed)
        return .done
    }
}

private struct ClassSink: PipelineSink {
    func write(_ slot: inout ClassSlot, _ work: inout StageWork) -> StageOutcome { .done }
    func delivered(_ slot: inout ClassSlot, _ record: PipelineRecord) {}
    func lost(_ record: PipelineRecord) {}
    func finish() {}
}
