import Streaming
import TestSupport
import Testing

@Suite struct DegradationLadderTests {
    private static let second: Int64 = 1_000_000_000
    private static let budget: Int64 = 100_000_000
    private static let rungs: [LadderConfiguration.Rung] = [
        .compute(variant: 0), .compute(variant: 1), .every(3, variant: 1), .hold, .unknown,
    ]

    private func ladder() -> DegradationLadder { DegradationLadder(LadderConfiguration(rungs: Self.rungs)) }

    /// Admits and delivers `frames` frames that take `share` of the budget, a tenth of a second apart.
    private func feed(_ ladder: inout DegradationLadder, from now: inout Int64, frames: Int, share: Double) {
        for _ in 0..<frames {
            let answer = ladder.admit(now: now)
            ladder.delivered(answer, latency: Int64(share * Double(Self.budget)), budget: Self.budget, now: now)
            now += Self.second / 10
        }
    }

    @Test func staysAtFullQualityWhileInTime() {
        var ladder = ladder()
        var now: Int64 = 0
        feed(&ladder, from: &now, frames: 1000, share: 0.89)
        #expect(ladder.level == 0 && ladder.admit(now: now) == .full)
    }

    @Test func stepsDownAtTheSecondLateFrameOfTheWindow() {
        var ladder = ladder()
        var now: Int64 = 0
        feed(&ladder, from: &now, frames: 1, share: 0.9)
        // Nearly late counts; 49 frames in time push it to the window's edge, the next one out of it.
        feed(&ladder, from: &now, frames: 49, share: 0.5)
        #expect(ladder.level == 0)
        feed(&ladder, from: &now, frames: 1, share: 1.2)
        #expect(ladder.level == 0, "51 frames ago is beyond the window")
        feed(&ladder, from: &now, frames: 48, share: 0.5)
        feed(&ladder, from: &now, frames: 1, share: 1.2)
        #expect(ladder.level == 1)
    }

    @Test func aFrameThatCannotMakeItCountsAsLate() {
        var ladder = ladder()
        ladder.missed(ladder.admit(now: 0), now: 0)
        #expect(ladder.level == 0)
        ladder.missed(ladder.admit(now: 1), now: 1)
        #expect(ladder.level == 1)
    }

    @Test func framesOfAnotherRungTellNothing() {
        var ladder = ladder()
        for _ in 0..<9 {
            ladder.delivered(FrameAnswer(.computed, level: 1, variant: 1), latency: 9, budget: 1, now: 1)
            ladder.missed(FrameAnswer(.computed, level: 2, variant: 1), now: 2)
        }
        #expect(ladder.level == 0)
    }

    @Test func everyThirdFrameIsComputedTheFirstAtOnce() {
        var ladder = ladder()
        var now: Int64 = 0
        feed(&ladder, from: &now, frames: 4, share: 2)
        #expect(ladder.level == 2)
        let answers = (0..<7).map { _ in ladder.admit(now: now) }
        #expect(answers.map(\.kind) == [.computed, .held, .held, .computed, .held, .held, .computed])
        #expect(answers.allSatisfy { $0.level == 2 })
        #expect(answers[0].variant == 1)
    }

    @Test func stepsUpAfterQuickFramesForLongEnough() {
        var ladder = ladder()
        var now: Int64 = 0
        feed(&ladder, from: &now, frames: 2, share: 2)
        #expect(ladder.level == 1)
        // Neither late nor quick: stays.
        feed(&ladder, from: &now, frames: 100, share: 0.7)
        #expect(ladder.level == 1)
        feed(&ladder, from: &now, frames: 20, share: 0.5)
        #expect(ladder.level == 1, "not yet for two seconds")
        feed(&ladder, from: &now, frames: 1, share: 0.5)
        #expect(ladder.level == 0)
    }

    @Test func oneLateFrameEndsATrialAndTheNextWaitsTwiceAsLong() {
        var ladder = ladder()
        var now: Int64 = 0
        feed(&ladder, from: &now, frames: 2, share: 2)
        var waited: [Int64] = []
        for _ in 0..<8 {
            let start = now
            while ladder.level == 1 { feed(&ladder, from: &now, frames: 1, share: 0.3) }
            waited.append((now - start) / Self.second)
            feed(&ladder, from: &now, frames: 1, share: 1.5)
            #expect(ladder.level == 1)
        }
        #expect(waited == [2, 4, 8, 16, 32, 60, 60, 60])
        // Full quality holds now: the wait is halved for each time that it was waited for.
        while ladder.level == 1 { feed(&ladder, from: &now, frames: 1, share: 0.3) }
        feed(&ladder, from: &now, frames: 10 * (60 + 30 + 15 + 7 + 4 + 2) + 20, share: 0.5)
        feed(&ladder, from: &now, frames: 2, share: 1.5)
        let start = now
        while ladder.level == 1 { feed(&ladder, from: &now, frames: 1, share: 0.3) }
        #expect((now - start) / Self.second == 2)
    }

    @Test func triesAgainFromHoldAfterAWhile() {
        var ladder = ladder()
        var now: Int64 = 0
        for _ in 0..<3 { while ladder.admit(now: now).kind != .held || ladder.level < 3 { strain(&ladder, &now) } }
        #expect(ladder.level == 3)
        let start = now
        while ladder.admit(now: now).kind == .held { now += Self.second / 10 }
        #expect(ladder.level == 2, "the cheapest rung that computes")
        #expect(now - start <= 2 * Self.second)
    }

    private func strain(_ ladder: inout DegradationLadder, _ now: inout Int64) {
        ladder.missed(ladder.admit(now: now), now: now)
        now += Self.second / 10
    }

    @Test func heldMapsGrowTooOld() {
        let configuration = LadderConfiguration(rungs: Self.rungs, longestHold: 500)
        let held = FrameAnswer(.held, level: 3)
        #expect(configuration.resolve(held, lastMap: 100, now: 600) == held)
        #expect(configuration.resolve(held, lastMap: 100, now: 601) == FrameAnswer(.unknown, level: 4))
        #expect(configuration.resolve(held, lastMap: nil, now: 0) == FrameAnswer(.unknown, level: 4))
        #expect(configuration.resolve(.full, lastMap: nil, now: 9999) == .full)
    }

    /// Whatever it is fed, it moves by one rung at a time (from hold and unknown to the last that computes), down only
    /// for a late frame, and up no sooner than after the shortest wait.
    @Test func movesByTheRules() {
        var random = SeededGenerator(label: "DegradationLadder")
        for _ in 0..<200 {
            var ladder = ladder()
            let shortest = ladder.configuration.hysteresis.upAfter
            var now: Int64 = 0
            var movedAt = now
            for _ in 0..<600 {
                let before = ladder.level
                let answer = ladder.admit(now: now)
                if ladder.level != before {
                    #expect(before >= 3 && ladder.level == 2 && now - movedAt >= shortest)
                    movedAt = now
                }
                let entered = ladder.level
                let share = Double.random(in: 0.2...1.2, using: &random)
                let isMissed = Bool.random(using: &random) && share > 1
                if isMissed {
                    ladder.missed(answer, now: now)
                } else {
                    ladder.delivered(
                        answer, latency: Int64(share * Double(Self.budget)), budget: Self.budget, now: now)
                }
                if ladder.level > entered {
                    #expect(ladder.level == entered + 1 && share >= 0.89 && answer.kind == .computed)
                    movedAt = now
                } else if ladder.level < entered {
                    #expect(ladder.level == entered - 1 && share < 0.61 && now - movedAt >= shortest)
                    movedAt = now
                }
                now += Int64.random(in: 1...Self.second, using: &random)
            }
        }
    }
}
