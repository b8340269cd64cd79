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

    @Test func aTemperatureIsPartOfTheName() throws {
        for (argument, name) in [
            ("generative:1", "generative"), ("generative:1.0", "generative"), ("generative:2", "generative:2"),
            ("generative:2.50", "generative:2.5"), ("generative:0.01", "generative:0.01"),
            ("generative:1e3", "generative:1000"),
        ] {
            let score = try OutlierScore(argument: argument)
            #expect(score.name == name)
            #expect(try OutlierScore(argument: score.name) == score)
            #expect((score == .generative) == (name == "generative"))
        }
        for argument in ["", "0", "-1", "nan", "inf", "0.001", "1001", "two", "1:2"] {
            let error = #expect(throws: OpenSetError.self) { try OutlierScore(argument: "generative:" + argument) }
            let text = error?.description ?? ""
            #expect(text.contains("'generative:\(argument)'") && text.contains("0.01 to 1000"), "\(text)")
        }
        #expect(throws: OpenSetError.unknownScore("msp:2")) { try OutlierScore(argument: "msp:2") }
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
