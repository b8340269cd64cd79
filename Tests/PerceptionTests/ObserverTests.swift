import FrameIO
import Monitoring
import Streaming
import Synchronization
import Testing

@testable import Perception

/// What observers see of frames.
@Suite struct ObserverTests {
    /// Notes what it saw of each frame.
    private final class Witness: FrameObserver {
        struct Sight {
            var id: UInt64
            var pixels: Int
            var encoded: Int
            var score: Int?
            var overlay: Int?
            var labels: Int?
            var isFinite: Bool
        }

        let needs: PerceptionSettings.Maps
        let sights = Mutex<[Sight]>([])

        init(_ needs: PerceptionSettings.Maps = PerceptionSettings.Maps()) { self.needs = needs }

        func frameEnded(_ frame: borrowing EndedFrame) {
            let sight = Sight(
                id: frame.record.frameID, pixels: frame.openSet?.count ?? 0, encoded: frame.encoded?.count ?? 0,
                score: frame.score?.count, overlay: frame.overlay?.count, labels: frame.labels?.count,
                isFinite: frame.score?.allSatisfy(\.isFinite) ?? true)
            sights.withLock { $0.append(sight) }
        }
    }

    private func run(_ observers: [any FrameObserver], control: PipelineControl, frames: Int) throws -> RunResult {
        let scratch = try Scratch()
        var run = PerceptionRun(
            settings: try TestModel.settings(), outputs: OutputRequest(),
            stream: StreamConfiguration(queue: .block, warmupFrames: 1), onCorrupt: .skip)
        run.observers = observers
        return try run.run(
            try noise(frames: frames, in: scratch), control: control,
            messages: MessageSink(clock: { MonotonicTime.now() }, print: { _ in }))
    }

    @Test func observersSeeFramesInOrderAndTheMapsThatTheyNeed() throws {
        var needs = PerceptionSettings.Maps()
        needs.score = true
        needs.overlay = true
        let (plain, curious) = (Witness(), Witness(needs))
        _ = try run([plain, curious], control: PipelineControl(), frames: 4)
        for witness in [plain, curious] {
            let sights = witness.sights.withLock { $0 }
            #expect(sights.map(\.id) == [0, 1, 2, 3])
            for sight in sights {
                #expect(sight.pixels == 64 * 32 && sight.encoded == 64 * 32 * 3)
                #expect(sight.score == 64 * 32 && sight.overlay == 64 * 32 * 3 && sight.isFinite)
                #expect(sight.labels == nil)
            }
        }
    }

    @Test func monitorCountsWhatTheSummaryCounts() throws {
        let control = PipelineControl()
        let monitor = RunMonitor(RunDescription(), control: control)
        #expect(monitor.snapshot().frames.arrived == 0 && monitor.snapshot().lastFrame == nil)
        let result = try run([monitor], control: control, frames: 5)
        let seen = monitor.snapshot()
        #expect(seen.frames.arrived == 5 && seen.frames.delivered == 5 && seen.frames.drops.isEmpty)
        #expect(seen.lastFrame?.id == 4 && seen.lastFrame?.status == "delivered")
        #expect(seen.description.size == "256x128")
        #expect(seen.slots == seen.freeSlots && seen.inFlight == 0 && seen.queues.allSatisfy { $0.depth == 0 })
        #expect(seen.frame.count == 4, "the warm-up is left out")
        for (stage, latency) in zip(result.summary.stages, seen.stages) {
            #expect(stage.name.description == latency.name)
            #expect(stage.statistics.count == latency.count && stage.statistics.maximum == latency.maximum)
            let mean = Double(latency.sumNanoseconds) / Double(max(1, latency.count))
            #expect(abs(stage.statistics.mean - mean) < 1)
        }
    }
}
