import Streaming
import TestSupport
import Testing

@Suite struct StageClockTests {
    @Test func keepsWaitsAndWorksApart() {
        var clock = StageClock(arrival: 1000)
        clock.begin(.decode, at: 1010)
        clock.end(.decode, at: 1030)
        clock.begin(.normalize, at: 1030)
        clock.end(.normalize, at: 1035)
        clock.begin(.backbone, at: 1100)
        clock.end(.backbone, at: 1400)
        #expect(clock[.decode] == StageTiming(start: 1010, wait: 10, compute: 20))
        #expect(clock[.normalize] == StageTiming(start: 1030, wait: 0, compute: 5))
        #expect(clock[.backbone] == StageTiming(start: 1100, wait: 65, compute: 300))
        #expect(clock[.heads] == nil)
        #expect(clock.total == 400 && clock.queueWait == 75)
    }

    @Test func aStageThatDidNotEndHasNoTime() {
        var clock = StageClock(arrival: 0)
        clock.begin(.decode, at: 5)
        #expect(clock[.decode] == nil && clock.queueWait == 0 && clock.total == 0)
    }

    @Test func splitsAGroupInProportion() {
        var clock = StageClock(arrival: 0)
        clock.begin(.score, at: 100)
        var shares = StageClock.Shares(repeating: 0)
        shares[StageName.score.rawValue] = 60
        shares[StageName.threshold.rawValue] = 10
        shares[StageName.fuse.rawValue] = 30
        clock.end([.score, .threshold, .fuse], at: 1100, shares: shares)
        #expect(clock[.score] == StageTiming(start: 100, wait: 100, compute: 600))
        #expect(clock[.threshold] == StageTiming(start: 700, wait: 0, compute: 100))
        #expect(clock[.fuse] == StageTiming(start: 800, wait: 0, compute: 300))
        #expect(clock.total == 1100)
    }

    @Test func partsAddUpToTheNanosecond() {
        var random = SeededGenerator(label: "StageClock")
        let groups: [StageGroup] = [
            [.decode], [.normalize, .backbone], [.heads], [.score, .threshold, .fuse], [.write],
        ]
        for _ in 0..<2000 {
            let arrival = Int64.random(in: 0..<1_000_000, using: &random)
            var clock = StageClock(arrival: arrival)
            var now = arrival
            for group in groups {
                now += Int64.random(in: 0..<1000, using: &random)
                clock.begin(group.first, at: now)
                now += Int64.random(in: 0..<1_000_000_007, using: &random)
                var shares = StageClock.Shares(repeating: 0)
                for stage in group.names {
                    shares[stage.rawValue] = UInt64.random(
                        in: 0...(Bool.random(using: &random) ? .max : 3), using: &random)
                }
                clock.end(group, at: now, shares: shares)
            }
            #expect(clock.total == now - arrival)
            let works = StageName.allCases.compactMap { clock[$0]?.compute }
            #expect(works.allSatisfy { $0 >= 0 })
            #expect(works.reduce(0, +) + clock.queueWait == clock.total)
        }
    }

    @Test func aClockThatStepsBackMakesNoNegativeTimes() {
        var clock = StageClock(arrival: 100)
        clock.begin(.decode, at: 90)
        clock.end(.decode, at: 80)
        #expect(clock[.decode] == StageTiming(start: 90, wait: 0, compute: 0))
    }
}
