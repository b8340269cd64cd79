import Streaming
import Testing

/// Where time goes, and what lateness does.
extension PipelineTests {
    @Test func warmUpIsLeftOutOfTheLatencies() throws {
        var configuration = StreamConfiguration.file
        configuration.warmupFrames = 7
        let run = try runPipeline(configuration, source: .frames(20))
        expectSound(run)
        #expect(run.summary.frame.count == 13)
        #expect(run.seen.records.map(\.isWarmup) == (0..<20).map { $0 < 7 })
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
        let passedBackbone = Guarded<Set<UInt64>>([])
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
}
