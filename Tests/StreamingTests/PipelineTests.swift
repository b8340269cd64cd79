import Streaming
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct PipelineTests {
    private func expectSound(
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

    @Test func warmUpIsLeftOutOfTheLatencies() throws {
        var configuration = StreamConfiguration.file
        configuration.warmupFrames = 7
        let run = try runPipeline(configuration, source: .frames(20))
        expectSound(run)
        #expect(run.summary.frame.count == 13)
        #expect(run.seen.records.map(\.isWarmup) == (0..<20).map { $0 < 7 })
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

    @Test(arguments: sevenStages) func aDelayShowsInItsOwnStageAlone(slow: StageName) throws {
        let run = try runPipeline(
            .file, source: .frames(12),
            script: { group, _, _ in
                if group.first == slow { sleepMilliseconds(20) }
                return .done
            })
        expectSound(run)
        for (stage, statistics) in run.summary.stages {
            if stage == slow {
                #expect(statistics.minimum >= 20_000_000)
            } else {
                // The median, as the machine may stop any one of them for a while.
                #expect(statistics.p50 < 5_000_000, "\(stage) took \(statistics.p50) ns while \(slow) was slow")
            }
        }
        // Frames queue up before the slow stage: that is waiting, and stands apart.
        #expect(run.summary.queueWait.p50 > 5_000_000)
    }

    @Test func aDelayInsideAFusedKernelShowsInItsOwnPart() throws {
        let run = try runPipeline(
            .file, source: .frames(8), groups: [[.decode], [.backbone], [.score, .threshold, .fuse]],
            script: { group, _, work in
                guard group.count == 3 else { return .done }
                // The kernel's own account, band by band.
                for _ in 0..<4 {
                    for (stage, pause) in [(StageName.score, 0.0), (.threshold, 5.0), (.fuse, 0.0)] {
                        let start = MonotonicTime.now()
                        if pause > 0 { sleepMilliseconds(pause) }
                        work.share(UInt64(MonotonicTime.now() - start), to: stage)
                    }
                }
                return .done
            })
        expectSound(run)
        let times = Dictionary(uniqueKeysWithValues: run.summary.stages.map { ($0.name, $0.statistics) })
        #expect(times[.threshold]!.minimum >= 20_000_000)
        #expect(times[.score]!.p50 < 2_000_000 && times[.fuse]!.p50 < 2_000_000)
        #expect(times[.normalize]!.count == 0 && times[.heads]!.count == 0, "stages that do not exist have no times")
    }

    @Test func lateFramesAreDroppedBeforeTheBackboneAndNeverAfter() throws {
        var configuration = StreamConfiguration(queue: .block, queueDepth: 2, framesInFlight: 3)
        configuration.budgetNanoseconds = 30_000_000
        let passedBackbone = Mutex<Set<UInt64>>([])
        // Bursts of frames into a backbone of 12 ms: those at the end of a burst cannot make it.
        let run = try runPipeline(
            configuration,
            source: ScriptedSource { index in
                guard index < 60 else { return .end }
                if index % 6 == 0 { sleepMilliseconds(40) }
                return .frame(FrameStamp(id: index))
            },
            script: { group, _, work in
                if group.first == .backbone {
                    _ = passedBackbone.withLock { $0.insert(work.sequence) }
                    sleepMilliseconds(12)
                }
                return .done
            })
        expectSound(run)
        let late = run.seen.records.filter {
            if case .dropped(_, .deadline) = $0.fate { true } else { false }
        }
        #expect(late.count > 0, "the test is meant to make frames late")
        let passed = passedBackbone.withLock { $0 }
        for record in late {
            #expect(!passed.contains(record.sequence), "dropped although its backbone was paid for")
            guard case .dropped(.stage(let stage), _) = record.fate else { continue }
            #expect(stage <= .backbone)
            #expect(record.deadlineMet == false)
        }
        #expect(passed.count == Int(run.summary.ledger.delivered), "what passed the backbone was delivered")
    }

    @Test func lateFramesAreFinishedAndCountedWhenTold() throws {
        var configuration = StreamConfiguration.file
        configuration.budgetNanoseconds = 1_000_000
        configuration.onLate = .finish
        let run = try runPipeline(
            configuration, source: .frames(20),
            script: { group, _, _ in
                if group.first == .heads { sleepMilliseconds(2) }
                return .done
            })
        expectSound(run)
        #expect(run.summary.ledger.delivered == 20 && run.summary.ledger.deadlineMisses == 20)
        #expect(run.seen.records.allSatisfy { $0.deadlineMet == false })
    }

    @Test func aLiveStreamKeepsTheNewestFrame() throws {
        let run = try runPipeline(
            StreamConfiguration(queue: .latest, framesInFlight: 1),
            source: ScriptedSource { index in
                guard index < 200 else { return .end }
                sleepMilliseconds(1)
                return .frame(FrameStamp(id: index))
            },
            script: { group, _, _ in
                if group.first == .backbone { sleepMilliseconds(15) }
                return .done
            })
        expectSound(run)
        let ledger = run.summary.ledger
        #expect(ledger.framesIn == 200 && ledger.delivered < 100)
        #expect(ledger.drops.map(\.place) == [.admission])
        #expect(ledger.dropped(at: .admission, .superseded) == 200 - ledger.delivered)
        // What enters is the newest: at the door it has waited about one frame interval, not one backbone.
        let waits = run.seen.delivered.compactMap { $0.clock[.decode]?.wait }.sorted()
        #expect(waits[waits.count / 2] < 8_000_000)
        #expect(run.seen.delivered.last?.stamp.id == 199, "the last frame is never displaced")
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
            #expect(run.summary.ledger.delivered >= 3)
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
            #expect(run.summary.ledger.framesIn == 21 && run.summary.ledger.delivered == 21)
            #expect(run.summary.end == .drained)
        }
    }

    @Test func stopDropsWhatIsInThePipelineAndReturns() throws {
        let control = PipelineControl()
        let begun = Mutex<[UInt64]>([])
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

    @Test func arrivalTimesOfTheSourceAreKept() throws {
        let now = MonotonicTime.now()
        let run = try runPipeline(
            .file,
            source: ScriptedSource { index in
                guard index < 2 else { return .end }
                // The second claims to arrive in the future: a frame cannot have been read later than now.
                return .frame(
                    FrameStamp(
                        id: index, captureNanoseconds: 7, arrivalNanoseconds: 9,
                        arrivalMonotonicNanoseconds: index == 0 ? now - 5_000_000 : .max))
            })
        expectSound(run)
        #expect(run.seen.records[0].clock.arrival == now - 5_000_000)
        #expect(run.seen.records[0].totalNanoseconds >= 5_000_000)
        #expect(run.seen.records[0].stamp.captureNanoseconds == 7 && run.seen.records[0].stamp.arrivalNanoseconds == 9)
        #expect(run.seen.records[1].clock.arrival >= now && run.seen.records[1].totalNanoseconds >= 0)
    }

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

/// A number that depends on the frame and the place alone, so that a run can be repeated from its seed.
private func dice(_ seed: UInt64, _ frame: UInt64, _ place: Int) -> UInt64 {
    var generator = SeededGenerator(seed: seed ^ (frame &* 1_000_003) ^ (UInt64(place) << 48))
    return generator.next()
}
