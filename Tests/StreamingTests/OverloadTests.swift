import Streaming
import TestSupport
import Testing

/// The whole late control under load, on a manual clock: nothing here depends on the machine.
@Suite struct OverloadTests {
    private static let second = 1000 * OverloadModel.millisecond

    private func noise(_ random: inout SeededGenerator, _ spread: Double) -> Double {
        Double.random(in: 1 - spread / 2...1 + spread / 2, using: &random)
    }

    @Test func everyRungIsUsedTheBudgetHoldsAndFullQualityReturns() {
        var random = SeededGenerator(label: "overload")
        for _ in 0..<10 {
            var model = OverloadModel()
            let phase = 25 * Self.second
            // Idle, then 3, 5 and 12 times slower, then idle again.
            let loads = [1.0, 3, 5, 12, 1, 1]
            model.run(for: 6 * phase) {
                loads[Int($0 / phase)]
            } noise: {
                noise(&random, 0.2)
            }
            for (level, count) in model.counts.enumerated() {
                #expect(count > 0, "rung \(level) was never used: \(model.counts)")
            }
            #expect(model.p99() <= model.budget, "99 of 100 delivered frames within the budget")
            #expect(model.p99(0..<phase) <= model.budget && model.p99(5 * phase..<6 * phase) <= model.budget)
            let last = model.deliveries.filter { $0.arrival >= 5 * phase }
            #expect(last.count > 100 && last.allSatisfy { $0.answer == .full }, "full quality returned")
            for delivery in model.deliveries where delivery.answer.kind == .held {
                #expect((delivery.age ?? .max) <= model.longestHold, "a held map is never older than declared")
            }
        }
    }

    @Test func aConstantLoadIsMetWithoutOscillating() {
        var random = SeededGenerator(label: "constant load")
        for _ in 0..<30 {
            var model = OverloadModel()
            let load = Double.random(in: 0.5...20, using: &random)
            let spread = Double.random(in: 0...0.3, using: &random)
            model.period = Int64.random(in: 20...120, using: &random) * OverloadModel.millisecond
            // The load goes after 200 s.
            model.run(for: 300 * Self.second) { time in
                time < 200 * Self.second ? load : 0.5
            } noise: {
                noise(&random, spread)
            }
            let deliveries = model.deliveries
            let late = deliveries.count { $0.latency > model.budget }
            #expect(
                late * 100 <= deliveries.count, "load \(load), spread \(spread): \(late) of \(deliveries.count) late")
            let changes = zip(deliveries, deliveries.dropFirst()).count { $0.level != $1.level }
            #expect(changes <= 80, "load \(load), spread \(spread): \(changes) changes of rung")
            let degraded = deliveries.last { $0.level != 0 }?.finished ?? 0
            #expect(degraded < 275 * Self.second, "load \(load): full quality back at \(degraded)")
        }
    }
}
