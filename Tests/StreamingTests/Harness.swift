import Glibc
import Streaming
import Testing

/// The slot of the test pipelines: guard values that every stage checks and moves on, and a class whose memory shows
/// two owners at once to the thread sanitizer.
struct TestSlot {
    var frame: UInt64 = .max
    var lastStage: StageName?
    let memory = Memory()

    final class Memory {
        var values = [UInt64](repeating: 0, count: 64)
    }
}

/// A stage that checks the guard values and then does what the test says.
struct ScriptedStage: Stage {
    let group: StageGroup
    let script: @Sendable (inout TestSlot, inout StageWork) -> StageOutcome

    func process(_ slot: inout TestSlot, _ work: inout StageWork) -> StageOutcome {
        precondition(slot.frame == work.stamp.id, "\(group): the slot holds frame \(slot.frame), not \(work.stamp.id)")
        if let last = slot.lastStage { precondition(last < group.first, "\(group) came after \(last)") }
        slot.lastStage = group.last
        for index in slot.memory.values.indices {
            precondition(slot.memory.values[index] == work.stamp.id, "another frame wrote to this slot")
        }
        return script(&slot, &work)
    }
}

/// A source that yields what the test says; frames are numbered as asked.
struct ScriptedSource: PipelineSource {
    var index: UInt64 = 0
    let script: @Sendable (UInt64) -> SourceEvent

    mutating func next(into slot: inout TestSlot) -> SourceEvent {
        let event = script(index)
        index += 1
        if case .frame(let stamp) = event {
            slot.frame = stamp.id
            slot.lastStage = nil
            for index in slot.memory.values.indices { slot.memory.values[index] = stamp.id }
        }
        return event
    }

    /// `count` frames as fast as they are taken.
    static func frames(_ count: UInt64) -> ScriptedSource {
        ScriptedSource { index in index < count ? .frame(FrameStamp(id: index)) : .end }
    }
}

/// What a test saw at the end of the way.
final class Seen: Sendable {
    private let state = Guarded((records: [PipelineRecord](), finished: 0))

    func add(_ record: PipelineRecord) { state.withLock { $0.records.append(record) } }
    func finish() { state.withLock { $0.finished += 1 } }

    var records: [PipelineRecord] { state.withLock { $0.records } }
    var finishCount: Int { state.withLock { $0.finished } }
    var delivered: [PipelineRecord] { records.filter { $0.fate == .delivered } }
}

struct ScriptedSink: PipelineSink {
    let seen: Seen
    var script: @Sendable (inout TestSlot, inout StageWork) -> StageOutcome = { _, _ in .done }

    func write(_ slot: inout TestSlot, _ work: inout StageWork) -> StageOutcome {
        precondition(slot.frame == work.stamp.id, "the sink got frame \(slot.frame) for \(work.stamp.id)")
        return script(&slot, &work)
    }
    func delivered(_ slot: inout TestSlot, _ record: PipelineRecord) {
        precondition(slot.frame == record.stamp.id)
        seen.add(record)
    }
    func lost(_ record: PipelineRecord) { seen.add(record) }
    func finish() { seen.finish() }
}

/// The seven stages, one by one.
let sevenStages: [StageName] = [.decode, .normalize, .backbone, .heads, .score, .threshold, .fuse]

/// Runs a pipeline of scripted parts; `script` is asked in every stage.
func runPipeline(
    _ configuration: StreamConfiguration, control: PipelineControl = PipelineControl(), slots: Int? = nil,
    source: ScriptedSource, groups: [StageGroup] = sevenStages.map { [$0] },
    sink: @escaping @Sendable (inout TestSlot, inout StageWork) -> StageOutcome = { _, _ in .done },
    script: @escaping @Sendable (StageGroup, inout TestSlot, inout StageWork) -> StageOutcome = { _, _, _ in .done }
) throws -> (summary: PipelineSummary, seen: Seen, pool: FramePool<TestSlot>) {
    let pool = FramePool(count: slots ?? configuration.slots) { _ in TestSlot() }
    let seen = Seen()
    let pipeline = try Pipeline(
        configuration, control: control, pool: pool, source: source,
        stages: groups.map { group in
            AnyStage(ScriptedStage(group: group) { slot, work in script(group, &slot, &work) })
        },
        sink: ScriptedSink(seen: seen, script: sink))
    let summary = try pipeline.run()
    return (summary, seen, pool)
}

/// Sleeps; the tests' way to make a stage slow without using up the machine.
func sleepMilliseconds(_ milliseconds: Double) { usleep(UInt32(milliseconds * 1000)) }

/// What holds after every run: the books balance, each frame left one record, in order, and every slot came back.
func expectSound(
    _ run: (summary: PipelineSummary, seen: Seen, pool: FramePool<TestSlot>),
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let records = run.seen.records
    let ledger = run.summary.ledger
    #expect(ledger.isBalanced, sourceLocation: sourceLocation)
    #expect(records.count == Int(ledger.framesIn), sourceLocation: sourceLocation)
    #expect(
        records.map(\.sequence) == Array(0..<ledger.framesIn), "records leave in order, one each",
        sourceLocation: sourceLocation)
    #expect(run.pool.freeCount == run.pool.count, sourceLocation: sourceLocation)
    #expect(run.seen.finishCount == 1, sourceLocation: sourceLocation)
    #expect(run.seen.delivered.count == Int(ledger.delivered), sourceLocation: sourceLocation)
    for record in run.seen.delivered {
        let works = StageName.allCases.compactMap { record.clock[$0]?.compute }
        #expect(
            works.reduce(0, +) + record.queueWaitNanoseconds == record.totalNanoseconds,
            sourceLocation: sourceLocation)
    }
}
