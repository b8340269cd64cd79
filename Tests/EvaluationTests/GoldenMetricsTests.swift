import Evaluation
import TestSupport
import Testing

private let command = "python -m tools.evaluate.generate"

/// Equality with scikit-learn and SciPy to 1e-9.
@Suite struct GoldenMetricsTests {
    @Test func curvesAndMeansOverPictures() throws {
        let goldens = try GoldenTensors("curves", madeBy: command)
        for index in 0..<3 {
            let labels: [UInt8] = try goldens.elements("curves\(index).labels")
            let scores: [Float] = try goldens.elements("curves\(index).scores")
            let expected: [Double] = try goldens.elements("curves\(index).expected")
            let shape = try goldens.shape("curves\(index).labels")
            var all = PooledScores()
            var means = PerImageMeans(), hendrycks = PerImageMeans()
            for picture in 0..<shape[0] {
                let range = picture * shape[1]..<(picture + 1) * shape[1]
                var pool = PooledScores()
                try pool.add(scores: Array(scores[range]), labels: Array(labels[range]), roles: .anyAboveZero)
                all.add(pool)
                let curve = pool.hasBothKinds ? try pool.curve() : nil
                means.add(curve.map { AnomalyMetrics($0) })
                hendrycks.add(curve.map { AnomalyMetrics($0, target: .nearest) })
            }
            #expect(means.skipped == 1 && means.images == shape[0] - 1)
            let curve = try all.curve()
            let values = [
                curve.bestF1.f1, curve.truePositiveRate(atFalsePositiveRate: 0.05),
                try #require(means.averagePrecision),
                try #require(means.areaUnderROC), try #require(hendrycks.falsePositiveRate95),
            ]
            for (value, want) in zip(values, expected) { #expect(abs(value - want) <= 1e-9, "case \(index)") }
        }
        #expect(PerImageMeans().averagePrecision == nil)
    }

    @Test func closedAndOpenIoU() throws {
        let goldens = try GoldenTensors("classes", madeBy: command)
        for index in 0..<2 {
            let truth: [UInt8] = try goldens.elements("classes\(index).truth")
            let predicted: [UInt8] = try goldens.elements("classes\(index).predicted")
            let expected: [Double] = try goldens.elements("classes\(index).expected")
            var matrix = ConfusionMatrix(classes: Int(expected[0]))
            for (truth, predicted) in zip(truth, predicted) { matrix.add(truth: Int(truth), predicted: Int(predicted)) }
            #expect(abs(try #require(matrix.meanIoU(open: false)) - expected[1]) <= 1e-9)
            #expect(abs(try #require(matrix.meanIoU(open: true)) - expected[2]) <= 1e-9)
        }
    }

    @Test func componentsEqualTheirDefinition() throws {
        let goldens = try GoldenTensors("components", madeBy: command)
        for index in 0..<3 {
            let labels: [UInt8] = try goldens.elements("components\(index).labels")
            let scores: [Float] = try goldens.elements("components\(index).scores")
            let settings: [Double] = try goldens.elements("components\(index).settings")
            var metrics = ComponentMetrics()
            try scores.withUnsafeBufferPointer { scores throws(EvaluationError) in
                try metrics.add(
                    scores: scores, roles: labels.map { LabelRoles.anyAboveZero[$0] }, width: Int(settings[0]),
                    threshold: Float(settings[3]),
                    sizes: ComponentMetrics.Sizes(predicted: Int(settings[1]), truth: Int(settings[2])))
            }
            let adjusted: [Double] = try goldens.elements("components\(index).adjusted")
            let values: [Double] = try goldens.elements("components\(index).values")
            #expect(metrics.adjustedIoUs.count == adjusted.count && metrics.predictiveValues.count == values.count)
            for (value, want) in zip(metrics.adjustedIoUs.sorted(), adjusted) { #expect(abs(value - want) <= 1e-9) }
            for (value, want) in zip(metrics.predictiveValues.sorted(), values) { #expect(abs(value - want) <= 1e-9) }
        }
    }
}
