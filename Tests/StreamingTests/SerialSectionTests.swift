import Streaming
import Testing

/// Stages that work on one frame at a time between them.
struct SerialSectionTests {
    /// How many frames are between two stages.
    private final class Counter: Sendable {
        private let state = Guarded((now: 0, most: 0))

        func enter() {
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }
        func leave() { state.withLock { $0.now -= 1 } }
        var most: Int { state.withLock { $0.most } }
    }

    private func configuration(_ section: ClosedRange<StageName>?, queue: QueuePolicy = .block) -> StreamConfiguration {
        StreamConfiguration(queue: queue, serialStages: section)
    }

    @Test func oneFrameAtATimeIsInside() throws {
        let (inside, around) = (Counter(), Counter())
        let run = try runPipeline(
            configuration(.normalize ... .fuse), source: .frames(30),
            sink: { _, _ in
                sleepMilliseconds(1)
                around.leave()
                return .done
            },
            script: { group, _, _ in
                if group.first == .decode { around.enter() }
                if group.first == .normalize { inside.enter() }
                sleepMilliseconds(1)
                if group.last == .fuse { inside.leave() }
                return .done
            })
        expectSound(run)
        #expect(run.seen.delivered.count == 30)
        #expect(inside.most == 1)
        #expect(around.most > 1, "decoding and writing overlap with the section")
    }

    @Test func theWholePipelineMayBeASection() throws {
        let inside = Counter()
        let run = try runPipeline(
            configuration(.decode ... .fuse), source: .frames(30),
            script: { group, _, _ in
                if group.first == .decode { inside.enter() }
                if group.last == .fuse { inside.leave() }
                return .done
            })
        expectSound(run)
        #expect(run.seen.delivered.count == 30)
        #expect(inside.most == 1)
    }

    /// Frames that are lost at any place inside make room like those that pass.
    @Test func lostFramesLeaveTheSection() throws {
        let run = try runPipeline(
            configuration(.normalize ... .fuse), source: .frames(60),
            script: { group, slot, _ in
                switch (slot.frame % 6, group.first) {
                case (1, .normalize): .fail(.size)
                case (2, .backbone): .drop(.deadline)
                case (3, .fuse): .fail(.compute)
                case (4, .decode): .fail(.corrupt)
                default: .done
                }
            })
        expectSound(run)
        #expect(run.seen.delivered.count == 20)
    }

    @Test func stoppingEmptiesTheSection() throws {
        let control = PipelineControl()
        let run = try runPipeline(
            configuration(.normalize ... .fuse), control: control, source: .frames(100),
            script: { group, slot, _ in
                if slot.frame == 10 && group.first == .heads { control.requestStop() }
                return .done
            })
        expectSound(run)
        #expect(run.seen.delivered.count < 100)
    }
}
