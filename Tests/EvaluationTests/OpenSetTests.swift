import Evaluation
import TestSupport
import Testing

@Suite struct OpenSetMetricsTests {
    /// Two classes, anomaly 2, void 3: 6 right, and each kind of mistake once.
    @Test func openIoUCountsConfusionsWithTheAnomaly() throws {
        var matrix = ConfusionMatrix(classes: 2)
        matrix.add(truth: 0, predicted: 0, pixels: 4)
        matrix.add(truth: 1, predicted: 1, pixels: 2)
        matrix.add(truth: 2, predicted: 2, pixels: 9)
        matrix.add(truth: 0, predicted: 1)
        matrix.add(truth: 0, predicted: 2)
        matrix.add(truth: 2, predicted: 1)
        matrix.add(truth: 3, predicted: 0, pixels: 100)
        #expect(matrix.intersectionsOverUnion(open: true) == [4.0 / 6, 2.0 / 4])
        #expect(matrix.intersectionsOverUnion(open: false) == [4.0 / 5, 2.0 / 3])
        #expect(matrix.meanIoU(open: true) == (4.0 / 6 + 2.0 / 4) / 2)
    }

    @Test func absentClassesHaveNoValue() {
        var matrix = ConfusionMatrix(classes: 3)
        matrix.add(truth: 0, predicted: 0)
        #expect(matrix.intersectionsOverUnion(open: true) == [1, nil, nil])
        #expect(matrix.meanIoU(open: true) == 1)
        #expect(ConfusionMatrix(classes: 3).meanIoU(open: true) == nil)
    }

    @Test func foldsAreWeightedByPictures() {
        func fold(_ images: Int, right: Int, wrong: Int) -> OpenSetQuality.Fold {
            var matrix = ConfusionMatrix(classes: 1)
            matrix.add(truth: 0, predicted: 0, pixels: right)
            matrix.add(truth: 0, predicted: 1, pixels: wrong)
            return OpenSetQuality.Fold(name: "t", images: images, threshold: 0, matrix: matrix)
        }
        let quality = OpenSetQuality(folds: [fold(2, right: 1, wrong: 1), fold(1, right: 4, wrong: 1)])
        #expect(abs(quality.openIoU! - (2 * 0.5 + 0.8) / 3) < 1e-12)
        #expect(OpenSetQuality(folds: [fold(2, right: 0, wrong: 0)]).openIoU == nil)
        #expect(OpenSetQuality(folds: []).openIoU == nil)
    }

    /// The strict rule with each choice's threshold gives the rates that the choice is named after.
    @Test func thresholdsKeepTheirPromise() throws {
        var random = SeededGenerator(label: "thresholds")
        for _ in 0..<30 {
            let labels = [0, 1] + (0..<400).map { _ in UInt8.random(in: 0...1, using: &random) }
            let scores = labels.map { Float($0) + Float(Int.random(in: -8...8, using: &random)) / 4 }
            var pool = PooledScores()
            try pool.add(scores: scores, labels: labels, roles: .anyAboveZero)
            let curve = try pool.curve()
            func rates(_ choice: FoldThreshold) -> (found: Int, mistakes: Int) {
                let threshold = choice.threshold(of: curve, rule: .atLeast)
                let above = scores.indices.filter { scores[$0] > threshold }
                return (above.count { labels[$0] == 1 }, above.count { labels[$0] == 0 })
            }
            let all = labels.count { $0 == 1 }
            #expect(Double(rates(.truePositives95).found) >= 0.95 * Double(all))
            #expect(Double(rates(.falsePositives5).mistakes) <= 0.05 * Double(labels.count - all))
            let best = rates(.bestF1)
            let f1 = 2 * Double(best.found) / Double(best.found + best.mistakes + all)
            #expect(abs(f1 - curve.bestF1.f1) < 1e-12)
            for threshold in Set(scores) {
                let above = scores.indices.filter { scores[$0] > threshold }
                let found = above.count { labels[$0] == 1 }
                #expect(2 * Double(found) / Double(above.count + all) <= f1 + 1e-12)
            }
        }
    }
}
