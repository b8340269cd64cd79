import Streaming
import Synchronization
import Testing

/// How a stream ends before its source does.
extension PipelineTests {
    @Test func overflowUnderFailEndsTheStream() throws {
        let run = try runPipeline(
            StreamConfiguration(queue: .fail, queueDepth: 1, framesInFlight: 1), source: .frames(100),
            script: { group, _, _ in
                if group.first == .backbone { sleepMilliseconds(5) }
                return .done
            })
        expectSound(run)
        #expect(run.summary.end == .failed(at: .admission, reason: .overflow))
        #expect(run.summary.ledger.failed(at: .admission, .overflow) == 1)
        #expect(run.summary.ledger.droppedTotal == 0, "what was read before is finished")
    }

    @Test func drainLosesNothing() throws {
        for policy in [QueuePolicy.block, .latest] {
            let control = PipelineControl()
            let interrupted = Atomic<Int>(0)
            let run = try runPipeline(
                StreamConfiguration(queue: policy, queueDepth: 3, framesInFlight: 3), control: control,
                source: ScriptedSource { index in
                    precondition(!control.isEnding, "asked for a frame although the stream is ending")
                    if policy == .latest { sleepMilliseconds(12) }
                    if index == 20 { control.requestDrain() }
                    interrupted.store(Int(index), ordering: .relaxed)
                    return .frame(FrameStamp(id: index))
                },
                script: { group, _, _ in
                    if group.first == .backbone { sleepMilliseconds(2) }
                    return .done
                })
            expectSound(run)
            #expect(interrupted.load(ordering: .relaxed) == 20)
            // Under `latest` a machine that is busy elsewhere may supersede a frame; the drain itself takes none.
            let ledger = run.summary.ledger
            let superseded = ledger.dropped(at: .admission, .superseded)
            #expect(ledger.framesIn == 21 && ledger.delivered + superseded == 21)
            #expect(policy == .latest || superseded == 0)
            #expect(run.seen.delivered.last?.stamp.id == 20)
            #expect(run.summary.end == .drained)
        }
    }

    @Test func stopDropsWhatIsInThePipelineAndReturns() throws {
        let control = PipelineControl()
        let begun = Guarded<[UInt64]>([])
        let run = try runPipeline(
            StreamConfiguration(queue: .block, queueDepth: 3, framesInFlight: 3), control: control,
            source: .frames(.max),
            script: { group, _, work in
                if group.first == .backbone {
                    begun.withLock { $0.append(work.sequence) }
                    sleepMilliseconds(2)
                    if work.sequence == 30 {
                        control.escalate()
                        control.escalate()
                    }
                }
                return .done
            })
        expectSound(run)
        #expect(begun.withLock { $0.last } == 30, "no stage begins after a stop")
        #expect(run.summary.end == .stopped)
        let stopped = run.summary.ledger.drops.filter { $0.reason == .stopped }
        #expect(stopped.reduce(0) { $0 + $1.count } >= 1)
    }

    @Test func interruptWakesABlockedSourceOnce() throws {
        let calls = Atomic<Int>(0)
        let release = Atomic<Bool>(false)
        let control = PipelineControl {
            calls.add(1, ordering: .relaxed)
            release.store(true, ordering: .releasing)
        }
        let run = try runPipeline(
            .live, control: control,
            source: ScriptedSource { index in
                guard index > 3 else { return .frame(FrameStamp(id: index)) }
                // Stands for a read of a pipe that says nothing more.
                while !release.load(ordering: .acquiring) { sleepMilliseconds(1) }
                return .end
            },
            sink: { _, work in
                if work.sequence == 3 {
                    control.requestDrain()
                    control.requestDrain()
                }
                return .done
            })
        expectSound(run)
        #expect(calls.load(ordering: .relaxed) == 1 && run.summary.end == .drained)
    }

    @Test func aFailureCanEndTheStream() throws {
        let decoding = try runPipeline(
            .file, source: .frames(1000),
            script: { group, _, work in group.first == .decode && work.sequence == 50 ? .failAndEnd(.corrupt) : .done })
        expectSound(decoding)
        #expect(decoding.summary.end == .failed(at: .stage(.decode), reason: .corrupt))
        #expect(decoding.summary.ledger.framesIn < 100 && decoding.summary.ledger.failedTotal == 1)
        #expect(decoding.summary.ledger.delivered == decoding.summary.ledger.framesIn - 1)

        let writing = try runPipeline(
            .file, source: .frames(1000), sink: { _, work in work.sequence == 50 ? .failAndEnd(.output) : .done })
        expectSound(writing)
        #expect(writing.summary.end == .failed(at: .stage(.write), reason: .output))
        #expect(writing.summary.ledger.delivered == 50, "nothing is written after the reader has gone")
    }
}
