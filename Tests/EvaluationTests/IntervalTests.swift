import Evaluation
import TestSupport
import Testing

/// Bootstrap intervals of whole evaluations.
@Suite struct IntervalTests {
    private struct Picture {
        var fold = ""
        var width = 1
        var labels: [UInt8]
        var scores: [Float]
        var classes: [UInt8]?
        var distances: [Float]?
    }

    private func evaluated(
        _ pictures: [Picture], _ rules: EvaluationProtocol, _ layout: DatasetLayout, networkClasses: Int = 12,
        bootstrap: Bootstrap?
    ) throws -> EvaluationResult {
        var settings = SetEvaluation.Settings(rules: rules, layout: layout, networkClasses: networkClasses)
        settings.bootstrap = bootstrap
        var evaluation = try SetEvaluation(settings)
        for picture in pictures {
            try picture.scores.withUnsafeBufferPointer { scores throws(EvaluationError) in
                try picture.labels.withUnsafeBufferPointer { labels throws(EvaluationError) in
                    try (picture.classes ?? []).withUnsafeBufferPointer { classes throws(EvaluationError) in
                        try evaluation.add(
                            PictureScores(
                                fold: picture.fold, width: picture.width, scores: scores, labels: labels,
                                classes: picture.classes == nil ? nil : classes, distances: picture.distances))
                    }
                }
            }
        }
        return try evaluation.result()
    }

    /// Every number's interval, on the same draws: scikit-learn's metrics of each draw, NumPy's percentiles.
    @Test(arguments: ["pooled", "means"])
    func equalScikitLearnOnTheSameDraws(name: String) throws {
        let goldens = try GoldenTensors("intervals", madeBy: "python -m tools.evaluate.generate")
        let shape = try goldens.shape("labels")
        let count = shape[1] * shape[2]
        let labels: [UInt8] = try goldens.elements("labels"), classes: [UInt8] = try goldens.elements("classes")
        let scores: [Float] = try goldens.elements("scores"), metres: [Float] = try goldens.elements("metres")
        let settings: [Double] = try goldens.elements("settings")
        let pictures = (0..<shape[0]).map { index in
            let range = index * count..<(index + 1) * count
            return Picture(
                fold: index < 5 ? "t5" : "t6", width: shape[2], labels: Array(labels[range]),
                scores: Array(scores[range]), classes: Array(classes[range]), distances: Array(metres[range]))
        }
        let rules = EvaluationProtocol(
            name: "test", source: "", pooling: name == "pooled" ? .pooled : .perImage,
            target: .first(name == "pooled" ? .atLeast : .above),
            componentSizes: ComponentMetrics.Sizes(predicted: 3, truth: 2))
        let bootstrap = Bootstrap(replicates: Int(settings[0]), seed: UInt64(settings[1]))
        let result = try evaluated(pictures, rules, .streetHazards, bootstrap: bootstrap)
        let draws = try #require(result.draws)
        #expect(draws.count == bootstrap.replicates)
        var found: [ClosedRange<Double>?] = [
            draws.interval(\.averagePrecision), draws.interval(\.areaUnderROC), draws.interval(\.falsePositiveRate95),
            draws.interval(\.truePositiveRate5), draws.interval(\.bestF1), draws.closedInterval,
            draws.openInterval(.truePositives95), draws.openInterval(.falsePositives5), draws.openInterval(.bestF1),
            draws.componentInterval(\.adjustedIoU), draws.componentInterval(\.predictiveValue),
            draws.componentInterval(\.meanF1),
        ]
        for range in 0..<9 {
            found.append(draws.distanceInterval(range, \.averagePrecision))
            found.append(draws.distanceInterval(range, \.falsePositiveRate95))
        }
        let wanted: [Double] = try goldens.elements(name)
        #expect(wanted.count == 2 * found.count)
        for (index, range) in found.enumerated() {
            #expect(abs((range?.lowerBound ?? -1) - wanted[2 * index]) <= 1e-9, "number \(index)")
            #expect(abs((range?.upperBound ?? -1) - wanted[2 * index + 1]) <= 1e-9, "number \(index)")
        }
        #expect(draws.distanceInterval(8, \.averagePrecision) == nil && draws.distanceInterval(9, \.bestF1) == nil)
    }

    private func random(_ count: Int, _ random: inout SeededGenerator) -> Picture {
        let labels = [0, 1] + (2..<count).map { _ in UInt8.random(in: 0...9, using: &random) / 9 }
        return Picture(
            labels: labels, scores: labels.map { Float($0) + Float.random(in: -20...20, using: &random) })
    }

    @Test func areRepeatableAndPlausible() throws {
        var generator = SeededGenerator(seed: 5)
        let pictures = (0..<12).map { _ in random(800, &generator) }
        func draws(_ pictures: [Picture], seed: UInt64) throws -> MetricDraws? {
            try evaluated(
                pictures, .plain(.atLeast), .masks, bootstrap: Bootstrap(replicates: 200, seed: seed)
            ).draws
        }
        let first = try #require(try draws(pictures, seed: 7))
        #expect(try first == draws(pictures, seed: 7) && first != draws(pictures, seed: 8))
        let whole = try #require(try evaluated(pictures, .plain(.atLeast), .masks, bootstrap: nil).pooled)
        #expect(try #require(first.interval(\.averagePrecision)).contains(whole.averagePrecision))
        #expect(try #require(first.interval(\.areaUnderROC)).contains(whole.areaUnderROC))
        // Twelve copies of one picture: every draw gives the same.
        let copies = try #require(
            try draws(Array(repeating: pictures[0], count: 12), seed: 7)?.interval(\.averagePrecision))
        #expect(copies.upperBound - copies.lowerBound < 1e-12)
        // One picture says nothing of others.
        #expect(try draws([pictures[0]], seed: 7) == nil)
    }

    /// A score that is another one shifted differs from it by nothing in any draw, however wide its own interval is.
    @Test func differencesArePaired() throws {
        var generator = SeededGenerator(label: "paired")
        let pictures = (0..<8).map { _ in random(400, &generator) }
        func draws(_ pictures: [Picture], seed: UInt64 = 1) throws -> MetricDraws {
            try #require(
                try evaluated(pictures, .plain(.atLeast), .masks, bootstrap: Bootstrap(replicates: 80, seed: seed))
                    .draws)
        }
        // Sixteenths keep bins of their own when shifted.
        var coarse = pictures
        for index in coarse.indices { coarse[index].scores = coarse[index].scores.map { ($0 * 16).rounded() / 16 } }
        var shifted = coarse
        for index in shifted.indices { shifted[index].scores = shifted[index].scores.map { $0 + 3 } }
        let own = try draws(coarse)
        #expect(try own.difference(from: draws(shifted), \.averagePrecision) == 0...0)
        let range = try #require(own.interval(\.averagePrecision))
        #expect(range.upperBound - range.lowerBound > 0.001)
        // Reversed scores turn AUROC around: the difference is 2 AUROC - 1 in each draw.
        var reversed = coarse
        for index in reversed.indices { reversed[index].scores = reversed[index].scores.map { -$0 } }
        let area = try #require(own.interval(\.areaUnderROC))
        let difference = try #require(try own.difference(from: draws(reversed), \.areaUnderROC))
        #expect(abs(difference.lowerBound - (2 * area.lowerBound - 1)) < 1e-12)
        #expect(abs(difference.upperBound - (2 * area.upperBound - 1)) < 1e-12)
        #expect(try own.difference(from: draws(coarse, seed: 2), \.averagePrecision) == nil)
    }

    @Test func setsWithoutAnomaliesHaveThatOfTheirClasses() throws {
        let pictures = [
            Picture(labels: [0, 1, 2, 255], scores: [0, 0, 0, 0], classes: [10, 3, 5, 0]),
            Picture(labels: [0, 1, 2, 255], scores: [0, 0, 0, 0], classes: [10, 3, 0, 0]),
        ]
        let draws = try #require(
            try evaluated(
                pictures, .plain(.atLeast), .camVid, networkClasses: 19, bootstrap: Bootstrap(replicates: 50)
            ).draws)
        // Draws of one picture alone are among fifty: sky and building right; of poles all, half or none.
        #expect(draws.closedInterval == (2.0 / 4)...1 && draws.interval(\.averagePrecision) == nil)
        #expect(draws.count == 50 && draws.openInterval(.bestF1) == nil)
    }
}
