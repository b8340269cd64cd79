import CAllocationCounter
import Foundation
import FrameIO
import Glibc
import Monitoring
import Streaming
import Testing

private struct Slot {
    var value: UInt64 = 0
}

private struct Numbers: PipelineSource {
    var index: UInt64 = 0
    let count: UInt64

    mutating func next(into slot: inout Slot) -> SourceEvent {
        guard index < count else { return .end }
        index += 1
        // Slow enough that the metrics file and the client come round meanwhile.
        if index % 100 == 0 { usleep(10_000) }
        return .frame(FrameStamp(id: index - 1))
    }
}

private struct Trivial: Stage {
    let group: StageGroup
    func process(_ slot: inout Slot, _ work: inout StageWork) -> StageOutcome { .done }
}

/// Shows every frame to all that watch, as the program's sink does.
private struct Watched: PipelineSink {
    let monitor: RunMonitor
    let trace: TraceWriter

    func write(_ slot: inout Slot, _ work: inout StageWork) -> StageOutcome { .done }
    func delivered(_ slot: inout Slot, _ record: PipelineRecord) { show(record, .delivered) }
    func lost(_ record: PipelineRecord) { show(record, .dropped(place: "admission", reason: "superseded")) }
    func finish() {}

    private func show(_ record: PipelineRecord, _ status: FrameStatus) {
        monitor.frameEnded(FrameRecord(.none, status: status), record, networkSize: (64, 32))
        trace.frameEnded(record, qualityLevel: 0)
    }
}

@Suite struct MonitoringAllocationTests {
    /// Trace, metrics file and control socket, the latter asked all the time: the frame path allocates nothing, and what
    /// the watching threads allocate is counted apart.
    @Test func framesThatAreWatchedAllocateNothing() async throws {
        await #expect(processExitsWith: .success) {
            let folder = "/tmp/dha-\(getpid())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let control = PipelineControl()
            let monitor = RunMonitor(RunDescription(budgetNanoseconds: 100_000_000), control: control)
            let trace = try TraceWriter(path: folder + "/t.json", title: "t", control: control) { _ in }
            let metrics = try MetricsFile(path: folder + "/m.prom", monitor: monitor) { _ in }
            let server = try ControlServer(path: folder + "/s") { monitor.snapshot().json }
            let client = try DedicatedThread {
                Aside.run {
                    guard let client = try? ControlClient(path: folder + "/s") else { return }
                    while (try? client.snapshot()) != nil { usleep(20_000) }
                }
            }
            var configuration = StreamConfiguration(queue: .block, warmupFrames: 50)
            configuration.budgetNanoseconds = 100_000_000
            configuration.onLate = .finish
            let names: [StageName] = [.decode, .normalize, .backbone, .heads, .score, .threshold, .fuse]
            let pipeline = try Pipeline(
                configuration, control: control, pool: FramePool(count: configuration.slots) { _ in Slot() },
                source: Numbers(count: 20_000), stages: names.map { AnyStage(Trivial(group: [$0])) },
                sink: Watched(monitor: monitor, trace: trace))
            let summary = try pipeline.run()
            server.finish()
            client.join()
            metrics.finish()
            trace.finish()
            try #require(monitor.snapshot().frame.count == 20_000 - 50)
            guard dh_allocation_counter_active() else { return }
            let perFrame = try #require(summary.allocationsPerFrame)
            let aside = try #require(summary.monitoringAllocationsPerFrame)
            print("allocations per frame: \(perFrame), of watching threads \(aside)")
            try #require(perFrame <= 0.05)
            try #require(aside > 0, "nobody watched: the test shows nothing")
        }
    }
}
