import FrameIO
import Streaming
import Testing

@testable import Perception

/// Each stage's time is its own.
@Suite(.serialized) struct StageTimingTests {
    private static let delay: Int64 = 60_000_000

    /// Shortest times by stage: what others on the machine do to single frames does not show.
    private func shortest(delaying stages: [StageName]) throws -> [StageName: Int64] {
        let scratch = try Scratch()
        var settings = try TestModel.settings()
        for stage in stages { settings.stageDelays[stage] = Self.delay }
        let result = try perceive(try noise(frames: 5, in: scratch), settings, warmup: 1)
        #expect(result.summary.ledger.delivered == 5)
        var times: [StageName: Int64] = [:]
        for (name, statistics) in result.summary.stages { times[name] = statistics.minimum }
        return times
    }

    @Test func delayedStageAloneGetsSlower() throws {
        let plain = try shortest(delaying: [])
        #expect(plain.count == StageName.count)
        for delayed in StageName.allCases {
            var others: [StageName: Int64] = [:]
            // A busy machine can delay other stages by itself, but not the same ones every time.
            for _ in 0..<12 {
                let times = try shortest(delaying: [delayed])
                // The histograms keep three digits.
                let own = try #require(times[delayed])
                #expect(own > Self.delay * 9 / 10, "\(delayed) does not show its own delay: \(own) ns")
                for (stage, time) in times where stage != delayed {
                    others[stage] = min(others[stage] ?? .max, time - (try #require(plain[stage])))
                }
                if others.values.allSatisfy({ $0 < Self.delay / 2 }) { break }
            }
            #expect(others.count == StageName.count - 1)
            for (stage, more) in others {
                #expect(more < Self.delay / 2, "\(stage) shows the delay of \(delayed): \(more) ns")
            }
        }
    }

    @Test func timesOfTheTailAddUp() throws {
        let scratch = try Scratch()
        var settings = try TestModel.settings()
        let tail: [StageName] = [.score, .threshold, .fuse]
        for stage in tail { settings.stageDelays[stage] = Self.delay / 3 }
        var outputs = OutputRequest()
        outputs.frameTimes = scratch.file("times.csv")
        _ = try perceive(try noise(frames: 4, in: scratch), settings, outputs: outputs)
        var unexplained: [Double] = []
        for line in try scratch.lines("times.csv").dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            let times = fields[3...12].compactMap { Double($0) }
            try #require(times.count == 10)
            // Microseconds: seven stages, the writing, the waits; the last is the total.
            let sum = times[0..<9].reduce(0, +)
            #expect(sum <= times[9] + 1, "\(line)")
            unexplained.append(times[9] - sum)
            // One worker: its three times together are no more than the wall time that they divide.
            #expect(times[4...6].allSatisfy { $0 >= Double(Self.delay / 3) / 1000 * 0.99 }, "\(line)")
        }
        // From the end of the last stage to the record nothing is done; the best frame shows it.
        #expect(try #require(unexplained.min()) < 2000, "\(unexplained)")
    }
}
