import Evaluation
import TestSupport
import Testing

@Suite struct HistogramTests {
    private func pool(_ count: Int, _ random: inout SeededGenerator) throws -> PooledScores {
        let labels = [0, 1] + (2..<count).map { _ in UInt8.random(in: 0...9, using: &random) / 9 }
        let scores = labels.map { Float($0) + Float.random(in: -20...20, using: &random) }
        var pool = PooledScores()
        try pool.add(scores: scores, labels: labels, roles: .anyAboveZero)
        return pool
    }

    /// Whatever the order inside the bins was, the stated bounds hold.
    @Test func boundsEncloseTheExactValues() throws {
        var random = SeededGenerator(label: "histogram")
        for _ in 0..<10 {
            let scores = try pool(Int.random(in: 2...60_000, using: &random), &random)
            let binned = try scores.histogram.curve()
            let exact = try scores.curve()
            #expect(binned.anomalyCount == exact.anomalyCount && binned.inlierCount == exact.inlierCount)
            let precision = binned.averagePrecisionBounds, area = binned.areaUnderROCBounds
            #expect(precision.lowerBound <= exact.averagePrecision + 1e-12)
            #expect(precision.upperBound >= exact.averagePrecision - 1e-12)
            #expect(area.lowerBound <= exact.areaUnderROC + 1e-12)
            #expect(area.upperBound >= exact.areaUnderROC - 1e-12)
            #expect(precision.upperBound - precision.lowerBound < 0.05)
            let point = binned.point(atTruePositiveRate: 0.95, .atLeast)
            // The bin of 95 % ends at or below the exact threshold.
            #expect(point.score <= exact.point(atTruePositiveRate: 0.95, .atLeast).score)
        }
    }

    /// Scores that are multiples of 1/16 have bins of their own: nothing is lost.
    @Test func coarseScoresAreExact() throws {
        var random = SeededGenerator(label: "coarse histogram")
        let labels = [0, 1] + (0..<500).map { _ in UInt8.random(in: 0...1, using: &random) }
        let scores = labels.map { Float($0) + Float(Int.random(in: -32...32, using: &random)) / 16 }
        var pool = PooledScores()
        try pool.add(scores: scores, labels: labels, roles: .anyAboveZero)
        let exact = try pool.curve()
        let binned = try pool.histogram.curve()
        #expect(binned.averagePrecision == exact.averagePrecision)
        #expect(binned.areaUnderROC == exact.areaUnderROC)
    }

    @Test func sumsAreThoseOfThePixels() throws {
        var random = SeededGenerator(label: "sum of histograms")
        let first = try pool(3000, &random), second = try pool(500, &random)
        var both = first
        both.add(second)
        let sum = try first.histogram.adding(second.histogram).curve()
        let whole = try both.histogram.curve()
        #expect(sum.averagePrecision == whole.averagePrecision && sum.areaUnderROC == whole.areaUnderROC)
        #expect(try ScoreHistogram().adding(both.histogram).curve().areaUnderROC == whole.areaUnderROC)
        #expect(throws: EvaluationError.self) { try ScoreHistogram().curve() }
    }
}
