import Streaming
import TestSupport
import Testing

@Suite struct LatencyBudgetTests {
    private let costs: [(StageName, Int64)] = [
        (.decode, 2), (.normalize, 1), (.backbone, 30), (.heads, 3), (.score, 2), (.threshold, 1), (.fuse, 1),
        (.write, 1),
    ]

    private func taught(_ policy: LatePolicy = .drop, backbone: Int64 = 30, frames: Int = 5) -> LatencyBudget {
        var budget = LatencyBudget(budgetNanoseconds: 50, policy: policy)
        for _ in 0..<frames {
            for (stage, cost) in costs { budget.observe(stage, nanoseconds: stage == .backbone ? backbone : cost) }
            budget.frameFinished()
        }
        return budget
    }

    @Test func estimatesWhatRemains() {
        let budget = taught()
        #expect(budget.remaining(from: .decode) == 41)
        #expect(budget.remaining(from: .backbone) == 38)
        #expect(budget.remaining(from: .write) == 1)
    }

    @Test func decidesAtTheExactMoment() {
        var budget = taught()
        #expect(budget.decide(before: .backbone, now: 112, deadline: 150, isProbe: false) == .proceed)
        #expect(budget.decide(before: .backbone, now: 113, deadline: 150, isProbe: false) == .drop)
        #expect(budget.decide(before: .decode, now: 109, deadline: 150, isProbe: false) == .proceed)
        #expect(budget.decide(before: .decode, now: 110, deadline: 150, isProbe: false) == .drop)
    }

    @Test func neverDropsAfterTheBackbone() {
        var budget = taught()
        for stage in StageName.allCases {
            let decision = budget.decide(before: stage, now: 10_000, deadline: 150, isProbe: false)
            #expect((decision == .drop) == (stage <= .backbone), "\(stage)")
        }
    }

    @Test func finishesWhenToldTo() {
        var budget = taught(.finish)
        for stage in StageName.allCases {
            #expect(budget.decide(before: stage, now: 10_000, deadline: 150, isProbe: false) == .proceed)
        }
    }

    @Test func neverDropsWithoutDeadlineOrBeforeItHasLearnt() {
        var budget = taught()
        #expect(budget.decide(before: .decode, now: 10_000, deadline: nil, isProbe: false) == .proceed)
        var fresh = taught(frames: LatencyBudget.learningFrames - 1)
        #expect(fresh.decide(before: .decode, now: 10_000, deadline: 150, isProbe: false) == .proceed)
        fresh.frameFinished()
        #expect(fresh.decide(before: .decode, now: 10_000, deadline: 150, isProbe: false) == .drop)
    }

    @Test func oneHiccupChangesNothing() {
        var budget = taught()
        budget.observe(.backbone, nanoseconds: 5000)
        #expect(budget.remaining(from: .decode) == 41)
        budget.observe(.backbone, nanoseconds: 5000)
        #expect(budget.remaining(from: .decode) == 41)
        budget.observe(.backbone, nanoseconds: 5000)
        #expect(budget.remaining(from: .decode) == 5011)
    }

    @Test func probesNowAndThenAndRecovers() {
        // A backbone of 60 can never make a budget of 50.
        var budget = taught(backbone: 60)
        var drops = 0
        var probes = 0
        for frame in 0..<90 {
            let arrival = Int64(frame) * 100
            switch budget.decide(before: .decode, now: arrival, deadline: arrival + 50, isProbe: false) {
            case .drop: drops += 1
            case .probe:
                probes += 1
                // A probe keeps its right of way up to the backbone.
                #expect(
                    budget.decide(before: .backbone, now: arrival + 3, deadline: arrival + 50, isProbe: true) == .probe)
                budget.observe(.backbone, nanoseconds: 60)
            case .proceed: Issue.record("frame \(frame) cannot make it")
            }
        }
        #expect(probes == 10 && drops == 80)
        // The machine became faster: after three probes the median says so, and frames pass again.
        var frame: Int64 = 90
        var passed = false
        while frame < 130 && !passed {
            switch budget.decide(before: .decode, now: frame * 100, deadline: frame * 100 + 50, isProbe: false) {
            case .probe: budget.observe(.backbone, nanoseconds: 30)
            case .proceed: passed = true
            case .drop: break
            }
            frame += 1
        }
        #expect(passed && frame <= 90 + 3 * 9 + 1)
    }

    @Test func aFrameBeyondItsDeadlineIsNoProbe() {
        var budget = taught()
        for _ in 0..<100 {
            #expect(budget.decide(before: .decode, now: 150, deadline: 150, isProbe: false) == .drop)
            #expect(budget.decide(before: .backbone, now: 151, deadline: 150, isProbe: true) == .drop)
        }
    }

    @Test func randomisedAgainstTheDefinition() {
        var random = SeededGenerator(label: "LatencyBudget")
        for _ in 0..<200 {
            var budget = LatencyBudget(budgetNanoseconds: 1000, policy: .drop)
            var history = [StageName: [Int64]]()
            for _ in 0..<Int.random(in: 2..<12, using: &random) {
                for stage in StageName.allCases {
                    let cost = Int64.random(in: 0..<300, using: &random)
                    budget.observe(stage, nanoseconds: cost)
                    history[stage, default: []].append(cost)
                }
                budget.frameFinished()
            }
            for stage in StageName.allCases {
                let remaining = StageName.allCases.filter { $0 >= stage }.map { stage -> Int64 in
                    let last = history[stage]!.suffix(5).sorted()
                    return last[(last.count - 1) / 2]
                }.reduce(0, +)
                #expect(budget.remaining(from: stage) == remaining)
                let now = Int64.random(in: 0..<3000, using: &random)
                let decision = budget.decide(before: stage, now: now, deadline: 1500, isProbe: false)
                let isLate = now + remaining > 1500 && stage <= .backbone
                #expect(isLate ? decision != .proceed : decision == .proceed)
            }
        }
    }
}
