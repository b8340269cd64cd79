import Evaluation
import Testing

/// A picture drawn with letters: `#` anomaly, `.` inlier, `-` void; predictions: `x` above the threshold.
private func measured(
    _ truth: [String], _ predicted: [String], sizes: ComponentMetrics.Sizes
) throws -> ComponentMetrics {
    let roles = truth.joined().map { character -> LabelRoles.Role in
        character == "#" ? .anomaly : character == "-" ? .void : .inlier
    }
    let scores: [Float] = predicted.joined().map { $0 == "x" ? 1 : 0 }
    var metrics = ComponentMetrics()
    try scores.withUnsafeBufferPointer { scores throws(EvaluationError) in
        try metrics.add(scores: scores, roles: roles, width: truth[0].count, threshold: 0.5, sizes: sizes)
    }
    return metrics
}

private let any = ComponentMetrics.Sizes(predicted: 1, truth: 1)

@Suite struct ComponentMetricsTests {
    @Test func aPerfectMaskIsPerfect() throws {
        let metrics = try measured(["##..", "##..", "...#"], ["xx..", "xx..", "...x"], sizes: any)
        #expect(metrics.adjustedIoUs == [1, 1] && metrics.predictiveValues == [1, 1])
        #expect(metrics.meanF1 == 1)
    }

    /// Pixels that a component shares with another true component are no mistake of the first.
    @Test func onePredictionOverTwoComponentsIsAdjusted() throws {
        let metrics = try measured(["##.##"], ["xxxxx"], sizes: any)
        // Each: 2 of (2 + 5 - 2 - 2 = 3).
        #expect(metrics.adjustedIoUs == [2.0 / 3, 2.0 / 3] && metrics.predictiveValues == [0.8])
        // Below 2/3 all is found, above nothing is: levels 0.25 ... 0.65 are 9 of 11.
        #expect(abs(try #require(metrics.meanF1) - 9.0 / 11) < 1e-12)
    }

    @Test func diagonalsConnect() throws {
        let metrics = try measured(["#..", ".#.", "..#"], ["x..", "...", "..."], sizes: any)
        #expect(metrics.adjustedIoUs == [1.0 / 3] && metrics.predictiveValues == [1])
        // Found at 0.25 and 0.3 only.
        #expect(abs(try #require(metrics.meanF1) - 2.0 / 11) < 1e-12)
    }

    @Test func smallPredictionsAreDroppedAndSmallTruthIsVoid() throws {
        let sizes = ComponentMetrics.Sizes(predicted: 2, truth: 3)
        // The truth of two pixels becomes void; the prediction on it loses both and is none.
        let metrics = try measured(["###....##", "........."], ["xx...x.xx", "........."], sizes: sizes)
        #expect(metrics.adjustedIoUs == [2.0 / 3] && metrics.predictiveValues == [1])
    }

    @Test func voidTakesNoPart() throws {
        let metrics = try measured(["##--"], ["xxxx"], sizes: any)
        #expect(metrics.adjustedIoUs == [1] && metrics.predictiveValues == [1])
    }

    @Test func nothingToMeasureHasNoValue() throws {
        let metrics = try measured(["...."], ["...."], sizes: any)
        #expect(metrics.meanF1 == nil && metrics.meanAdjustedIoU == nil && metrics.meanPredictiveValue == nil)
        let missed = try measured([".##."], ["...."], sizes: any)
        #expect(missed.meanF1 == 0 && missed.meanAdjustedIoU == 0 && missed.meanPredictiveValue == nil)
        let wrong = try measured(["...."], [".xx."], sizes: any)
        #expect(wrong.meanF1 == 0 && wrong.meanPredictiveValue == 0)
    }
}
