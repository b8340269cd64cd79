import OpenSet
import Testing

@Suite struct ScoreTests {
    @Test func everyScoreIsFoundByItsName() throws {
        for score in OutlierScore.all {
            #expect(try OutlierScore(argument: score.name) == score)
            #expect(OutlierScore.helpText.contains(score.name))
            #expect(OutlierScore.helpText.contains(score.formula))
        }
        #expect(Set(OutlierScore.all.map(\.name)).count == OutlierScore.all.count)
    }

    @Test func anUnknownScoreIsNamedWithTheKnownOnes() {
        #expect(throws: OpenSetError.unknownScore("energy2")) { try OutlierScore(argument: "energy2") }
        let text = OpenSetError.unknownScore("energy2").description
        #expect(text.contains("energy2") && text.contains("densehybrid") && !text.contains("\n"))
    }

    @Test func aThresholdIsStrictAndNotANumberIsAnOutlier() throws {
        let threshold = try Threshold(0.5)
        #expect(!threshold.isOutlier(0.5))
        #expect(threshold.isOutlier(Float(0.5).nextUp))
        #expect(threshold.isOutlier(.nan))
        #expect(throws: OpenSetError.self) { try Threshold(.nan) }
    }

    @Test func bandsCoverEveryRowOnce() {
        for height in [1, 31, 32, 33, 512] {
            let bands = RowBands(height: height, rowsPerBand: 32)
            #expect((0..<bands.count).flatMap { bands[$0] } == Array(0..<height))
        }
    }
}
