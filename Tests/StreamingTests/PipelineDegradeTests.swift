import Streaming
import Synchronization
import Testing

/// Held and unknown frames on their way through a real pipeline.
@Suite struct PipelineDegradeTests {
    private static let rungs: [LadderConfiguration.Rung] = [
        .compute(variant: 0), .compute(variant: 1), .hold, .unknown,
    ]

    @Test func aScriptIsFollowedWhateverTheSpeed() throws {
        let verdicts: [DecisionScript.Verdict] = [
            .answer(.full), .answer(FrameAnswer(.computed, level: 1, variant: 1)),
            .answer(FrameAnswer(.held, level: 2)),
            .lost(.dropped(at: .admission, reason: .superseded)),
            .answer(FrameAnswer(.held, level: 2)), .answer(FrameAnswer(.unknown, level: 3)),
            .lost(.dropped(at: .stage(.backbone), reason: .deadline)), .answer(.full),
            .answer(FrameAnswer(.held, level: 2)), .lost(.failed(at: .admission, reason: .overflow)),
        ]
        for queueDepth in 1...4 {
            var configuration = StreamConfiguration(queue: .block, queueDepth: queueDepth, onLate: .finish)
            configuration.script = DecisionScript(verdicts)
            // A budget that nothing can keep: a script decides, not the clock.
            configuration.budgetNanoseconds = 1
            let computed = Guarded<[UInt64: Set<Int>]>([:])
            let sinkSaw = Guarded<[FrameAnswer]>([])
            let run = try runPipeline(
                configuration, source: .frames(UInt64(verdicts.count)),
                sink: { _, work in
                    sinkSaw.withLock { $0.append(work.answer) }
                    return .done
                }
            ) { _, _, work in
                computed.withLock { _ = $0[work.sequence, default: []].insert(work.answer.variant) }
                return .done
            }
            let records = run.seen.records
            #expect(run.summary.ledger.isBalanced && run.pool.freeCount == run.pool.count)
            #expect(records.map(\.sequence) == Array(0..<10))
            for (record, verdict) in zip(records, verdicts) {
                switch verdict {
                case .answer(let answer): #expect(record.fate == .delivered && record.answer == answer)
                case .lost(let fate): #expect(record.fate == fate)
                }
            }
            #expect(computed.withLock { $0 } == [0: [0], 1: [1], 7: [0]], "only these are computed")
            #expect(records.map { $0.heldFrom?.stamp.id } == [nil, nil, 1, nil, 1, nil, nil, nil, 7, nil])
            #expect(sinkSaw.withLock { $0 } == records.filter { $0.fate == .delivered }.map(\.answer))
            let ledger = run.summary.ledger
            #expect((0..<4).map { ledger.quality(level: $0).delivered } == [2, 1, 3, 1])
            #expect((0..<4).map { ledger.quality(level: $0).computed } == [2, 1, 0, 0])
            #expect(records[4].clock[.decode] == nil && records[4].clock[.write] != nil)
        }
    }

    @Test func aSinkThatHasNothingToHoldSaysSo() throws {
        var configuration = StreamConfiguration(queue: .block, onLate: .finish)
        configuration.script = DecisionScript([.answer(.full), .answer(FrameAnswer(.held, level: 2))])
        let run = try runPipeline(
            configuration, source: .frames(2),
            sink: { _, work in
                if work.answer.kind == .held { work.holdIsUnknown(level: 3) }
                return .done
            })
        #expect(run.seen.records[1].answer == FrameAnswer(.unknown, level: 3))
        #expect(run.seen.records[1].heldFrom == nil)
    }

    /// Every frame takes longer than the budget, so that the ladder must go down, however fast the machine is.
    @Test func framesThatAreTooSlowAreAnsweredByTheLadder() throws {
        var configuration = StreamConfiguration(queue: .latest)
        configuration.serialStages = .decode ... .fuse
        configuration.budgetNanoseconds = 20_000_000
        configuration.onLate = .degrade
        configuration.ladder = LadderConfiguration(rungs: Self.rungs, longestHold: 60_000_000_000)
        let heldCount = Atomic<Int>(0)
        let run = try runPipeline(
            configuration,
            source: ScriptedSource { index in
                guard heldCount.load(ordering: .relaxed) < 3, index < 2000 else { return .end }
                sleepMilliseconds(4)
                return .frame(FrameStamp(id: index))
            },
            sink: { _, work in
                if work.answer.kind == .held { heldCount.add(1, ordering: .relaxed) }
                return .done
            }
        ) { group, _, _ in
            if group.first == .backbone { sleepMilliseconds(30) }
            return .done
        }
        expectSound(run)
        let held = run.seen.delivered.filter { $0.answer.kind == .held }
        #expect(!held.isEmpty)
        for record in held {
            let origin = try #require(record.heldFrom)
            let source = try #require(run.seen.records.first { $0.stamp.id == origin.stamp.id })
            #expect(source.answer.kind == .computed && source.fate == .delivered)
            #expect(source.sequence < record.sequence && origin.arrival == source.clock.arrival)
        }
        #expect(run.summary.ledger.quality(level: 2).delivered == UInt64(held.count))
    }

    @Test func withoutALadderThereIsNoDegrading() throws {
        var configuration = StreamConfiguration(queue: .latest)
        configuration.onLate = .degrade
        #expect(throws: PipelineError.self) { try runPipeline(configuration, source: .frames(1)) }
    }
}
