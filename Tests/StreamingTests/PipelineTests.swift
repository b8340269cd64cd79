import Streaming
import TestSupport
import Testing

/// The whole machine with scripted parts. Serial, as some tests measure time; continued in the files beside this one.
@Suite(.serialized) struct PipelineTests {
    @Test func deliversEveryFrameInOrder() throws {
        let run = try runPipeline(.file, source: .frames(2000))
        expectSound(run)
        #expect(run.summary.ledger.delivered == 2000 && run.summary.end == .endOfStream)
        #expect(run.summary.stages.allSatisfy { $0.statistics.count == 2000 })
        #expect(run.summary.frame.count == 2000)
    }

    @Test func anEmptyStreamEndsAtOnce() throws {
        let run = try runPipeline(.file, source: .frames(0))
        expectSound(run)
        #expect(run.summary.ledger.framesIn == 0)
    }

    /// Under every policy, with random drops and failures in every stage, slow stages, a source that loses frames, a
    /// small pool and a tiny record ring, ended in every way: the books balance, the order holds, no slot is lost.
    @Test(arguments: QueuePolicy.allCases) func theBooksAlwaysBalance(policy: QueuePolicy) throws {
        var random = SeededGenerator(label: "Pipeline \(policy)")
        for round in 0..<24 {
            var configuration = StreamConfiguration(
                queue: policy, queueDepth: Int.random(in: 1...3, using: &random),
                framesInFlight: Int.random(in: 1...4, using: &random), recordCapacity: 64)
            if round % 3 == 0 { configuration.budgetNanoseconds = Int64.random(in: 20_000...2_000_000, using: &random) }
            configuration.recordCapacity = Int.random(in: 9...40, using: &random)
            let control = PipelineControl()
            let endAt = UInt64.random(in: 1..<300, using: &random)
            let ending = round % 4
            let seed = random.next()
            let groups: [StageGroup] =
                round % 2 == 0
                ? sevenStages.map { [$0] }
                : [[.decode], [.normalize], [.backbone], [.heads], [.score, .threshold, .fuse]]
            let run = try runPipeline(
                configuration, control: control, slots: Int.random(in: 2...configuration.slots, using: &random),
                source: ScriptedSource { index in
                    guard index < 300 else { return .end }
                    if index == endAt {
                        switch ending {
                        case 1: control.requestDrain()
                        case 2: control.requestStop()
                        case 3:
                            control.escalate()
                            control.escalate()
                        default: break
                        }
                    }
                    if dice(seed, index, 99) % 50 == 0 { return .unusable(FrameStamp(id: index), .truncated) }
                    return .frame(FrameStamp(id: index))
                },
                groups: groups,
                sink: { _, work in dice(seed, work.sequence, 77) % 60 == 0 ? .fail(.output) : .done },
                script: { group, _, work in
                    for stage in group.names { work.share(dice(seed, work.sequence, stage.rawValue), to: stage) }
                    switch dice(seed, work.sequence, group.first.rawValue + 10) % 100 {
                    case 0: return .drop(.skipped)
                    case 1: return .fail(.corrupt)
                    case 2: sleepMilliseconds(0.3)
                    default: break
                    }
                    return .done
                })
            expectSound(run)
            let ledger = run.summary.ledger
            switch ending {
            case 0 where policy != .fail: #expect(ledger.framesIn == 300 && run.summary.end == .endOfStream)
            case 1 where policy != .fail:
                #expect(ledger.framesIn == endAt + 1 && run.summary.end == .drained)
            case 2, 3: #expect(run.summary.end != .endOfStream)
            default: break
            }
            let expected = run.seen.records.reduce(into: DropLedger()) { ledger, record in
                ledger.arrived()
                ledger.settle(record)
            }
            #expect(ledger.drops == expected.drops && ledger.failures == expected.failures)
            if policy == .block {
                #expect(ledger.drops.allSatisfy { $0.reason != .queueFull && $0.reason != .poolEmpty })
            }
        }
    }

    @Test func lossesStandWhereTheyHappened() throws {
        let run = try runPipeline(
            .file,
            source: ScriptedSource { index in
                guard index < 100 else { return .end }
                return index % 10 == 9 ? .unusable(FrameStamp(id: index), .corrupt) : .frame(FrameStamp(id: index))
            },
            sink: { _, work in work.sequence % 10 == 4 ? .fail(.output) : .done },
            script: { group, _, work in
                switch (group.first, work.sequence % 10) {
                case (.decode, 1): .fail(.corrupt)
                case (.backbone, 2): .fail(.compute)
                case (.score, 3): .drop(.skipped)
                default: .done
                }
            })
        expectSound(run)
        let ledger = run.summary.ledger
        #expect(ledger.delivered == 50)
        #expect(ledger.failed(at: .source, .corrupt) == 10)
        #expect(ledger.failed(at: .stage(.decode), .corrupt) == 10)
        #expect(ledger.failed(at: .stage(.backbone), .compute) == 10)
        #expect(ledger.dropped(at: .stage(.score), .skipped) == 10)
        #expect(ledger.failed(at: .stage(.write), .output) == 10)
        #expect(ledger.drops.count == 1 && ledger.failures.count == 4)
    }

    @Test func dropNewestAndDropOldestDropAtTheDoor() throws {
        for (policy, reason) in [(QueuePolicy.dropNewest, DropReason.queueFull), (.dropOldest, .queueFull)] {
            let run = try runPipeline(
                StreamConfiguration(queue: policy, queueDepth: 2, framesInFlight: 1), source: .frames(300),
                script: { group, _, _ in
                    if group.first == .backbone { sleepMilliseconds(1) }
                    return .done
                })
            expectSound(run)
            #expect(run.summary.ledger.dropped(at: .admission, reason) == 300 - run.summary.ledger.delivered)
            #expect(run.summary.ledger.delivered >= 2, "at least what fits into the queue")
            let last = run.seen.delivered.last?.stamp.id
            #expect(policy == .dropOldest ? last == 299 : last != 299)
        }
    }

    @Test func aPoolThatIsTooSmallIsACountedReason() throws {
        let run = try runPipeline(
            StreamConfiguration(queue: .dropNewest, queueDepth: 4, framesInFlight: 4), slots: 2, source: .frames(200),
            script: { group, _, _ in
                if group.first == .backbone { sleepMilliseconds(1) }
                return .done
            })
        expectSound(run)
        #expect(run.summary.ledger.dropped(at: .admission, .poolEmpty) == 200 - run.summary.ledger.delivered)
        #expect(run.summary.ledger.droppedTotal > 0)
    }
}

/// A number that depends on the frame and the place alone, so that a run can be repeated from its seed.
private func dice(_ seed: UInt64, _ frame: UInt64, _ place: Int) -> UInt64 {
    var generator = SeededGenerator(seed: seed ^ (frame &* 1_000_003) ^ (UInt64(place) << 48))
    return generator.next()
}
