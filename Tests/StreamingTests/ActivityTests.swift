import Dispatch
import Streaming
import Synchronization
import Testing

/// What a timer sees of a pipeline, and what it may ask of its sink.
@Suite struct ActivityTests {
    @Test func aStageThatHangsIsSeenFromOutside() throws {
        let control = PipelineControl()
        let release = DispatchSemaphore(value: 0)
        let seen = Guarded<PipelineWork?>(nil)
        DispatchQueue.global().async {
            // A minute at most: whatever happens, the stage is let go.
            for _ in 0..<6000 {
                let work = control.activity.work
                if let job = work.longest, job.stage == .backbone, MonotonicTime.now() - job.since > 20_000_000 {
                    seen.withLock { $0 = work }
                    break
                }
                sleepMilliseconds(10)
            }
            release.signal()
        }
        let run = try runPipeline(
            .file, control: control, source: .frames(5),
            script: { group, _, work in
                if group.first == .backbone, work.stamp.id == 3 { release.wait() }
                return .done
            })
        expectSound(run)
        let job = try #require(seen.withLock { $0 }?.longest, "the hanging stage was not seen")
        #expect(job.stage == .backbone && job.frame == 3)
        #expect(control.activity.work == PipelineWork(), "a pipeline that has ended does nothing")
    }

    @Test func aSourceThatWaitsForItsInputIsSeen() throws {
        let control = PipelineControl()
        let before = MonotonicTime.now()
        let sawReading = Atomic<Bool>(false)
        let source = ScriptedSource { index in
            if let since = control.activity.work.readingSince, since >= before {
                sawReading.store(true, ordering: .relaxed)
            }
            return index < 3 ? .frame(FrameStamp(id: index)) : .end
        }
        expectSound(try runPipeline(.file, control: control, source: source))
        let saw = sawReading.load(ordering: .relaxed)
        #expect(saw)
        #expect(control.activity.work.readingSince == nil)
    }

    @Test func aPokedSinkIsCalledBetweenFrames() throws {
        struct PokedSink: PipelineSink {
            let pokes: Atomic<Int>.Box
            mutating func write(_ slot: inout TestSlot, _ work: inout StageWork) -> StageOutcome { .done }
            mutating func delivered(_ slot: inout TestSlot, _ record: PipelineRecord) {}
            mutating func lost(_ record: PipelineRecord) {}
            mutating func poked() { pokes.add() }
            mutating func finish() {}
        }
        let control = PipelineControl()
        let pokes = Atomic<Int>.Box()
        control.pokeSink()
        let pool = FramePool(count: StreamConfiguration.file.slots) { _ in TestSlot() }
        let source = ScriptedSource { index in
            if index == 1 {
                // No frame is under way: the sink is called all the same.
                control.pokeSink()
                for _ in 0..<6000 where pokes.count < 2 {
                    control.pokeSink()
                    sleepMilliseconds(10)
                }
            }
            return index < 2 ? .frame(FrameStamp(id: index)) : .end
        }
        let pipeline = try Pipeline(
            .file, control: control, pool: pool, source: source,
            stages: [AnyStage(ScriptedStage(group: [.decode]) { _, _ in .done })], sink: PokedSink(pokes: pokes))
        _ = try pipeline.run()
        #expect(pokes.count >= 2)
        // After the end a poke is nobody's business.
        control.pokeSink()
    }
}

extension Atomic where Value == Int {
    /// A count that a struct can hold.
    final class Box: Sendable {
        private let value = Atomic<Int>(0)
        func add() { value.add(1, ordering: .relaxed) }
        var count: Int { value.load(ordering: .relaxed) }
    }
}
