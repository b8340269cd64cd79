import Dispatch
import Foundation
import FrameIO
import Monitoring
import Streaming
import Synchronization
import Testing

@testable import Perception

/// The health of a run as timers see it.
@Suite(.serialized) struct HealthTests {
    @Test(arguments: [StageName.decode, .backbone, .write])
    func aStageThatHangsIsNamedWhileItHangs(stage: StageName) throws {
        let scratch = try Scratch()
        let control = PipelineControl()
        var limits = HealthLimits()
        limits.maxConsecutiveDelay = 50_000_000
        let board = HealthBoard(limits, control: control)
        let diagnostics = try DiagnosticsWriter(
            scratch.file("health.jsonl"), board: board, hardware: "test", intervalNanoseconds: 10_000_000)
        var settings = try TestModel.settings()
        // It hangs until that has been told, a minute at most.
        let hasSeen = Atomic<Bool>(false)
        settings.stageDelays[stage] = 60_000_000_000
        settings.stageDelays.isOver = { hasSeen.load(ordering: .relaxed) }
        let seen = Mutex<String?>(nil)
        let hasEnded = Atomic<Bool>(false)
        let watched = DispatchSemaphore(value: 0)
        let wanted = "stage \(stage) has been at work on frame 0"
        Thread.detachNewThread {
            while !hasEnded.load(ordering: .acquiring) {
                let text = (try? scratch.lines("health.jsonl"))?.last { $0.contains(wanted) }
                if let text, !hasEnded.load(ordering: .acquiring) {
                    seen.withLock { $0 = text }
                    hasSeen.store(true, ordering: .relaxed)
                    break
                }
                usleep(5000)
            }
            watched.signal()
        }
        var run = PerceptionRun(
            settings: settings, outputs: OutputRequest(), stream: StreamConfiguration(queue: .block), onCorrupt: .skip)
        run.health = board
        let result = try run.run(
            try noise(frames: 1, in: scratch), control: control,
            messages: MessageSink(clock: { MonotonicTime.now() }, print: { _ in }))
        hasEnded.store(true, ordering: .releasing)
        watched.wait()
        diagnostics.finish()
        let line = try #require(seen.withLock { $0 }, "nothing was told while \(stage) was at work for a minute")
        #expect(line.contains("\"level\":2,\"name\":\"densehybrid: processing\""), "\(line)")
        #expect(result.summary.ledger.delivered == 1)
        #expect(board.report().isWorking)
    }

    @Test func aStallThatDoesNotEndIsGivenUp() {
        let control = PipelineControl()
        let now = Atomic<Int64>(1_000_000_000)
        let reasons = Mutex<[String]>([])
        let board = HealthBoard(control: control)
        let response = StallResponse(
            .exit, control: control, messages: MessageSink(clock: { 0 }, print: { _ in }),
            clock: { now.load(ordering: .relaxed) }, giveUp: { reason in reasons.withLock { $0.append(reason) } })
        response.take(.began, board.report())
        #expect(control.isEnding && !control.isStopped && response.hasEnded)
        for _ in 0..<3 {
            now.add(StallResponse.grace / 2 + 1, ordering: .relaxed)
            response.take(.goesOn, board.report())
        }
        #expect(reasons.withLock { $0 }.count == 1)
    }

    @Test func aStallAfterASignalDidNotEndTheStream() {
        let control = PipelineControl()
        control.requestDrain()
        let board = HealthBoard(control: control)
        let response = StallResponse(
            .exit, control: control, messages: MessageSink(clock: { 0 }, print: { _ in }), giveUp: { _ in })
        response.take(.began, board.report())
        #expect(!response.hasEnded)
    }

    @Test func onlyOneLineASecondAndKind() {
        let now = Atomic<Int64>(5_000_000_000)
        let lines = Mutex<[String]>([])
        let messages = MessageSink(clock: { now.load(ordering: .relaxed) }) { line in lines.withLock { $0.append(line) }
        }
        for frame in 0..<5 { messages.report([.frozen, .black], frame: UInt64(frame)) }
        now.add(1_000_000_000, ordering: .relaxed)
        messages.report(.frozen, frame: 9)
        #expect(
            lines.withLock { $0 } == [
                "frame 0: the picture is frozen", "frame 0: the picture is black",
                "frame 9: the picture is frozen (and 4 more like it)",
            ])
    }
}
