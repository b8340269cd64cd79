import Foundation
import FrameIO
import Testing

@testable import Monitoring
@testable import Streaming

@Suite struct SnapshotTests {
    @Test func jsonIsOneLineAndReadsBackEqual() throws {
        let snapshot = fullSnapshot()
        let text = snapshot.json
        #expect(!text.contains("\n"))
        #expect(try RunSnapshot(json: Data(text.utf8)) == snapshot)
        let empty = RunMonitor(RunDescription(threshold: -.infinity), control: PipelineControl()).snapshot()
        #expect(try RunSnapshot(json: Data(empty.json.utf8)) == empty)
    }

    @Test func jsonHasTheNamesThatScriptsUse() throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: fullSnapshot().jsonBytes) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "run", "pid", "uptime_ns", "idle_ns", "is_over", "frames", "bucket_bounds_ns", "stages", "frame",
                "queue_wait", "queues", "in_flight", "in_flight_limit", "free_slots", "slots", "quality_level",
                "anomaly_fraction", "last_frame", "health",
            ])
        let frames = try #require(object["frames"] as? [String: Any])
        #expect(frames["in"] as? Int == 23 && frames["deadline_misses"] as? Int == 3)
        let stages = try #require(object["stages"] as? [[String: Any]])
        #expect(stages.map { $0["name"] as? String } == StageName.allCases.map(\.description))
        let window = try #require(stages[0]["window"] as? [String: Any])
        #expect(window["p50_ns"] as? Int == 3_000_000 && window["max_ns"] as? Int == 5_000_000)
    }

    @Test func nonsenseIsRefusedInOneLine() {
        #expect(throws: MonitoringError.self) { try RunSnapshot(json: Data("{\"pid\":1}".utf8)) }
        // Whoever answers may send what no run has.
        let changes: [(String, (inout RunSnapshot) -> Void)] = [
            ("more durations than were counted", { $0.frame.count = UInt64($0.frame.recent.count - 1) }),
            ("a negative duration", { $0.stages[3].recent[0] = -1 }),
            ("an endless duration", { $0.queueWait.recent[0] = .max }),
            ("a negative statistic", { $0.stages[0].window.p95 = .min }),
            ("an endless maximum", { $0.frame.maximum = .max }),
            ("a negative sum", { $0.frame.sumNanoseconds = -1 }),
            ("frames that overflow when added", { $0.frames.dropped = 1 << 62 }),
            ("more late frames than can be", { $0.frames.deadlineMisses = .max }),
            ("a run before its start", { $0.uptimeNanoseconds = -1 }),
            ("an endless run", { $0.uptimeNanoseconds = .max }),
            ("no budget at all", { $0.description.budgetNanoseconds = 0 }),
        ]
        for (what, change) in changes {
            var snapshot = fullSnapshot()
            change(&snapshot)
            #expect(throws: MonitoringError.self, "\(what)") { try RunSnapshot(json: snapshot.jsonBytes) }
        }
    }

    @Test func framesAreCountedByTheirFate() {
        let snapshot = watched(frames: 20, drops: 2).snapshot()
        #expect(snapshot.frame.count == 20 && snapshot.stages.allSatisfy { $0.count == 20 })
        #expect(snapshot.lastFrame?.id == 21 && snapshot.lastFrame?.status == "dropped")
        #expect(snapshot.anomalyFraction == 0.25, "of the last delivered frame, not of the dropped one")
        #expect(snapshot.queueWait.sumNanoseconds == 20 * 8 * 100_000)
        let lastEnd: Int64 = 21 * 50_000_000 + 5_000
        #expect(snapshot.idleNanoseconds == 5_000_000_000 - lastEnd)
    }

    /// A reader that takes its time holds up no frame: it has a copy.
    @Test func snapshotDoesNotChangeUnderItsReader() {
        let monitor = watched()
        let before = monitor.snapshot()
        let record = Frames.delivered(99, at: 0, work: 50)
        monitor.frameEnded(Frames.line(record), record, networkSize: nil)
        #expect(before.frame.count == 20 && monitor.snapshot().frame.count == 21)
    }
}
