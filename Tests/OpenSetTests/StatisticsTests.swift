import OpenSet
import TestSupport
import Testing

@Suite struct StatisticsTests {
    typealias Moments = ScoreStatistics.Moments

    @Test func joinedMomentsAreThoseOfAllPixels() {
        var random = SeededGenerator(label: "joined moments")
        let parts = (0..<4).map { part in
            (0..<part * 7).map { _ in Double.random(in: -3...3, using: &random) + Double(part) }
        }
        let expected = moments(parts.flatMap { $0 })
        let joined = Moments(joining: parts.map(moments))
        #expect(joined.pixels == expected.pixels)
        #expect(abs(joined.mean - expected.mean) < 1e-12)
        #expect(abs(joined.deviation - expected.deviation) < 1e-12)
        #expect(Moments(joining: []) == Moments(pixels: 0, mean: 0, deviation: 0))
    }

    @Test func aRareClassHasTheMomentsOfAllPixels() {
        let common = Moments(pixels: 5000, mean: 10, deviation: 2)
        let rare = Moments(pixels: 999, mean: -50, deviation: 9)
        let never = Moments(pixels: 0, mean: 0, deviation: 0)
        let flat = Moments(pixels: 5000, mean: 4, deviation: 0)
        let all = Moments(joining: [common, rare, never, flat])
        let used = ScoreStatistics(maximumLogit: [common, rare, never, flat]).classMaximumLogit
        #expect(used.map(\.mean) == [10, Float(all.mean), Float(all.mean), 4])
        #expect(used.map(\.deviation) == [2, Float(all.deviation), Float(all.deviation), 1e-3])
    }

    private func moments(_ values: [Double]) -> Moments {
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count, 1))
        return Moments(pixels: values.count, mean: mean, deviation: variance.squareRoot())
    }
}
