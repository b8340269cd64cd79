import Evaluation
import TestSupport
import Testing

private func pooled(_ scores: [Float], _ labels: [UInt8]) throws -> PooledScores {
    var pool = PooledScores()
    try pool.add(scores: scores, labels: labels, roles: .anyAboveZero)
    return pool
}

@Suite struct MetricsTests {
    @Test func metricsEqualScikitLearn() throws {
        let goldens = try GoldenTensors("metrics", madeBy: "python tools/openset_goldens/generate.py")
        let cases = goldens.names.filter { $0.hasSuffix(".expected") }
        #expect(cases.count == 6)
        for name in cases {
            let prefix = String(name.dropLast(8))
            let expected: [Double] = try goldens.elements(name)
            let pool = try pooled(try goldens.elements(prefix + "scores"), try goldens.elements(prefix + "labels"))
            let curve = try pool.curve()
            let atLeast = curve.point(atTruePositiveRate: 0.95, .atLeast)
            let above = curve.point(atTruePositiveRate: 0.95, .above)
            let values = [
                curve.averagePrecision, curve.areaUnderROC, atLeast.falsePositiveRate, above.falsePositiveRate,
                Double(atLeast.score), Double(above.score), curve.truePositiveRate(atFalsePositiveRate: 0.05),
            ]
            for (value, want) in zip(values, expected) { #expect(abs(value - want) <= 1e-9, "\(name)") }
        }
    }

    /// Definitions, pair by pair, on small sets full of ties.
    @Test func metricsEqualTheirDefinitions() throws {
        var random = SeededGenerator(label: "metrics")
        for _ in 0..<50 {
            let count = Int.random(in: 2...300, using: &random)
            let levels = Int.random(in: 1...40, using: &random)
            let scores = (0..<count).map { _ in Float(Int.random(in: -levels...levels, using: &random)) / 4 }
            var labels = (0..<count).map { _ in UInt8.random(in: 0...1, using: &random) }
            labels[0] = 0
            labels[1] = 1
            let anomalies = scores.indices.filter { labels[$0] == 1 }.map { scores[$0] }
            let inliers = scores.indices.filter { labels[$0] == 0 }.map { scores[$0] }
            var wins = 0.0
            for a in anomalies { for b in inliers { wins += a > b ? 1 : a == b ? 0.5 : 0 } }
            var precisionSum = 0.0
            for a in anomalies {
                let found = anomalies.filter { $0 >= a }.count, mistakes = inliers.filter { $0 >= a }.count
                precisionSum += Double(found) / Double(found + mistakes)
            }
            let metrics = AnomalyMetrics(try pooled(scores, labels).curve())
            #expect(abs(metrics.areaUnderROC - wins / Double(anomalies.count * inliers.count)) < 1e-12)
            #expect(abs(metrics.averagePrecision - precisionSum / Double(anomalies.count)) < 1e-12)
            // The strict rule with the reported threshold finds what the metric promises.
            let found = anomalies.filter { $0 > metrics.threshold95 }.count
            #expect(Double(found) / Double(anomalies.count) >= 0.95)
            let mistakes = inliers.filter { $0 > metrics.threshold95 }.count
            #expect(Double(mistakes) / Double(inliers.count) == metrics.falsePositiveRate95)
        }
    }

    /// The specification's example: with 20 anomalies, 19 of them are exactly 95 %.
    @Test func bothTieRulesAreKept() throws {
        let scores = (0..<20).map { Float(20 - $0) } + [1.5]
        let labels = [UInt8](repeating: 1, count: 20) + [0]
        let curve = try pooled(scores, labels).curve()
        #expect(curve.point(atTruePositiveRate: 0.95, .atLeast).score == 2)
        #expect(curve.point(atTruePositiveRate: 0.95, .above).score == 1)
        #expect(curve.point(atTruePositiveRate: 0.95, .atLeast).falsePositiveRate == 0)
        #expect(curve.point(atTruePositiveRate: 0.95, .above).falsePositiveRate == 1)
        #expect(curve.point(atTruePositiveRate: 1, .above).truePositiveRate == 1)
    }

    @Test func infinitiesAndSignedZerosAreOrdered() throws {
        let scores: [Float] = [.infinity, -.infinity, -0.0, 0.0, 3, -3]
        let metrics = AnomalyMetrics(try pooled(scores, [1, 0, 1, 0, 1, 0]).curve())
        // Of 9 pairs only (-0, 0) is a tie, and all others are in order.
        #expect(metrics.areaUnderROC == 8.5 / 9)
    }

    @Test func manyScoresAreSortedExactly() throws {
        var random = SeededGenerator(label: "sorting")
        let scores = (0..<200_000).map { _ in Float(bitPattern: UInt32.random(in: 0...0x7F7F_FFFF, using: &random)) }
            .map { Bool.random(using: &random) ? -$0 : $0 }
        let labels = scores.map { _ in UInt8.random(in: 0...1, using: &random) }
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        let anomalies = labels.filter { $0 == 1 }.count
        var found = 0
        let at = order.first { index in
            found += Int(labels[index])
            return Double(found) / Double(anomalies) >= 0.95
        }
        let curve = try pooled(scores, labels).curve()
        #expect(curve.point(atTruePositiveRate: 0.95, .atLeast).score == scores[at!])
    }

    @Test func whatCannotBeMeasuredIsSaid() throws {
        #expect(throws: EvaluationError.self) { try pooled([1, 2], [0, 0]).curve() }
        #expect(throws: EvaluationError.self) { try pooled([1, 2], [1, 255]).curve() }
        #expect(throws: EvaluationError.self) { try pooled([1, .nan], [1, 0]).curve() }
        #expect(throws: EvaluationError.self) { try pooled([1, 2], [1]) }
        let pool = try pooled([1, .nan, 0], [1, 255, 0])
        #expect(pool.voidCount == 1 && pool.anomalyCount == 1 && pool.inlierCount == 1)
    }
}
