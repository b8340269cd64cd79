import Foundation
import FrameIO
import TestSupport
import Testing

@testable import Monitoring
@testable import Streaming

@Suite struct HistoryTests {
    private static let second: Int64 = 1_000_000_000

    /// A frame that ended at `end` after `total`, with `backbone` of it at work.
    private static func frame(
        _ sequence: UInt64, end: Int64, total: Int64, backbone: Int64 = 0, fate: FrameFate = .delivered,
        budget: Int64? = nil, fraction: Float? = nil, level: Int = 0, isWarmup: Bool = false
    ) -> SlowFrame {
        let arrival = end - total
        var pipeline = PipelineRecord(
            sequence: sequence, stamp: FrameStamp(id: sequence + 100), arrival: arrival, budget: budget)
        pipeline.clock.begin(.backbone, at: end - backbone)
        pipeline.clock.end(.backbone, at: end)
        pipeline.fate = fate
        pipeline.finished = end
        pipeline.isWarmup = isWarmup
        var header = FrameHeader.none
        header.id = sequence + 100
        var record = FrameRecord(header, status: .delivered)
        record.anomalyFraction = fraction
        record.qualityLevel = level
        return SlowFrame(record: record, pipeline: pipeline)
    }

    private static func random(_ count: Int, span: Int64, using generator: inout SeededGenerator) -> [SlowFrame] {
        var ends = (0..<count).map { _ in Int64.random(in: 1..<span, using: &generator) }
        ends.sort()
        return ends.enumerated().map { position, end in
            let fate: FrameFate =
                switch Int.random(in: 0..<10, using: &generator) {
                case 0: .failed(at: .stage(.decode), reason: .corrupt)
                case 1...3:
                    .dropped(at: .admission, reason: DropReason.allCases.randomElement(using: &generator) ?? .deadline)
                default: .delivered
                }
            let total = Int64.random(in: 1...300_000_000, using: &generator)
            return frame(
                UInt64(position), end: end, total: total, backbone: Int64.random(in: 0...total, using: &generator),
                fate: fate, budget: Bool.random(using: &generator) ? 100_000_000 : nil,
                fraction: fate == .delivered && Bool.random(using: &generator)
                    ? .random(in: 0...1, using: &generator) : nil,
                level: Int.random(in: 0...4, using: &generator),
                isWarmup: Int.random(in: 0..<20, using: &generator) == 0)
        }
    }

    /// Against sums over all frames of a second, written out plainly.
    @Test func secondsAreSumsOverTheirFrames() {
        var generator = SeededGenerator(label: "history")
        for _ in 0..<20 {
            let kept = Int.random(in: 1...40, using: &generator)
            let frames = Self.random(400, span: 60 * Self.second, using: &generator)
            var history = RunHistory(seconds: kept)
            for frame in frames { history.note(frame.record, frame.pipeline) }
            let now = 60 + Int64.random(in: 0...3, using: &generator)
            let last = Int64.random(in: -1...60, using: &generator)
            let seen = history.seconds(after: last, before: now)
            let newest = frames.last.map { $0.pipeline.finished / Self.second } ?? 0
            let expected = Dictionary(grouping: frames) { $0.pipeline.finished / Self.second }
                .filter { $0.key > last && $0.key < now && $0.key > now - Int64(kept) && $0.key > newest - Int64(kept) }
            #expect(seen.map(\.number) == expected.keys.sorted())
            for one in seen {
                let all = expected[one.number] ?? []
                let delivered = all.filter { $0.pipeline.fate == .delivered }
                let count = Double(max(1, delivered.count))
                #expect(one.delivered == delivered.count)
                #expect(one.failed == all.count { $0.pipeline.fate.status == "failed" })
                #expect(one.late == delivered.count { $0.pipeline.deadlineMet == false })
                for reason in DropReason.allCases {
                    #expect(
                        one.dropped(reason)
                            == all.count { $0.pipeline.fate == .dropped(at: .admission, reason: reason) })
                }
                let works = delivered.map { $0.pipeline.clock[.backbone]?.compute ?? 0 }
                let totals = delivered.map(\.pipeline.totalNanoseconds)
                #expect(one.mean(of: .backbone) == Double(works.reduce(0, +)) / count && one.mean(of: .heads) == 0)
                #expect(one.meanTotal == Double(totals.reduce(0, +)) / count && one.longest == totals.max() ?? 0)
                let fractions = delivered.compactMap(\.record.anomalyFraction)
                #expect((one.meanFraction == nil) == fractions.isEmpty)
                if let mean = one.meanFraction {
                    #expect(abs(mean - fractions.reduce(0) { $0 + Double($1) } / Double(fractions.count)) < 1e-12)
                }
                #expect(one.mostAnomalous == fractions.max() ?? 0)
                #expect(one.qualityLevel == delivered.map(\.record.qualityLevel).max() ?? 0)
            }
        }
    }

    @Test func slowestAreThoseOfASort() {
        var generator = SeededGenerator(label: "slowest frames")
        for _ in 0..<20 {
            let frames = Self.random(200, span: 20 * Self.second, using: &generator)
            var history = RunHistory(slowest: 7)
            for frame in frames { history.note(frame.record, frame.pipeline) }
            let expected = frames.filter { $0.pipeline.fate == .delivered && !$0.pipeline.isWarmup }
                .map(\.pipeline.totalNanoseconds).sorted(by: >).prefix(7)
            #expect(history.slowestFrames.map(\.pipeline.totalNanoseconds) == Array(expected))
        }
    }

    /// A looker that holds the history does not lose frames, nor hold them up.
    @Test func keeperLosesNothingWhileItIsLookedAt() {
        let keeper = HistoryKeeper(RunHistory(seconds: 100, slowest: 3))
        let frames = (0..<5000).map {
            Self.frame(UInt64($0), end: Int64($0 + 1) * 10_000_000, total: Int64($0))
        }
        let looker = Thread { while !Thread.current.isCancelled { _ = keeper.seconds(after: -1, before: 100) } }
        looker.start()
        for frame in frames {
            keeper.note(frame.record, frame.pipeline)
            // Frames end milliseconds apart: more than a few never wait.
            while keeper.waiting.count > keeper.waiting.limit / 2 { keeper.pass() }
        }
        looker.cancel()
        // The last frame may still be in the buffer: one more takes it along.
        let last = Self.frame(5000, end: 60 * Self.second, total: 1)
        while keeper.seconds(after: 59, before: 61).isEmpty { keeper.note(last.record, last.pipeline) }
        let counted = keeper.seconds(after: -1, before: 60).reduce(0) { $0 + $1.delivered }
        #expect(counted == frames.count)
        #expect(keeper.slowestFrames.map(\.pipeline.totalNanoseconds) == [4999, 4998, 4997])
    }

    @Test func jsonSaysWhatThePageReads() throws {
        var history = RunHistory(seconds: 10, slowest: 2)
        let frames = [
            Self.frame(
                0, end: 5 * Self.second + 1, total: 40_000_000, backbone: 30_000_000, budget: 35_000_000,
                fraction: 0.25, level: 1),
            Self.frame(1, end: 5 * Self.second + 2, total: 0, fate: .dropped(at: .admission, reason: .queueFull)),
            Self.frame(2, end: 6 * Self.second, total: 20_000_000),
        ]
        for frame in frames { history.note(frame.record, frame.pipeline) }
        let json = HistoryJSON.history(history.seconds(after: 4, before: 6), now: 6)
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(object["now"] as? Int == 6)
        #expect((object["stages"] as? [String])?.prefix(3) == ["decode", "normalize", "backbone"])
        let seconds = try #require(object["seconds"] as? [[String: Any]])
        #expect(seconds.count == 1)
        let one = try #require(seconds.first)
        #expect(one["second"] as? Int == 5 && one["delivered"] as? Int == 1 && one["late"] as? Int == 1)
        #expect(one["dropped"] as? [String: Int] == ["queue-full": 1])
        #expect(one["stage_ms"] as? [Double] == [0, 0, 30, 0, 0, 0, 0, 0])
        #expect(one["mean_ms"] as? Double == 40 && one["longest_ms"] as? Double == 40)
        #expect(one["anomaly_mean"] as? Double == 0.25 && one["quality_level"] as? Int == 1)
        let worst = HistoryJSON.worst(history.slowestFrames)
        let frame = try #require(
            (try JSONSerialization.jsonObject(with: worst) as? [String: Any]).flatMap {
                ($0["frames"] as? [[String: Any]])?.first
            })
        #expect(frame["frame_id"] as? Int == 100 && frame["total_ms"] as? Double == 40)
        #expect(frame["deadline_met"] as? Bool == false && frame["wait_ms"] as? Double == 10)
    }
}
