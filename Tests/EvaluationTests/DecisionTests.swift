import TestSupport
import Testing

@testable import Evaluation

private let command = "python -m tools.evaluate.generate"

/// A frame of random scores; small numbers, so that ties are common.
private struct Frame {
    let scores: [Float]
    let labels: [UInt8]

    init(_ pixels: Int, shift: Float = 0, _ random: inout SeededGenerator) {
        labels = (0..<pixels).map { _ in [0, 0, 0, 1, 255].randomElement(using: &random) ?? 0 }
        scores = labels.map { Float($0 == 1 ? 6 : 0) + shift + Float(Int.random(in: -40...40, using: &random)) / 8 }
    }
}

private func sample(
    _ frames: [(scores: [Float], labels: [UInt8]?)], width: Int? = nil, isBinned: Bool = false, alarm: FrameAlarm? = nil
) throws -> DecisionSample {
    var sample = DecisionSample(isBinned: isBinned, alarm: alarm)
    for frame in frames {
        try frame.scores.withUnsafeBufferPointer { scores throws(EvaluationError) in
            guard let labels = frame.labels else {
                return try sample.add(scores: scores, width: width ?? scores.count, labels: nil)
            }
            try labels.withUnsafeBufferPointer { labels throws(EvaluationError) in
                try sample.add(scores: scores, width: width ?? scores.count, labels: (labels, .anyAboveZero))
            }
        }
    }
    return sample
}

@Suite struct DecisionTests {
    @Test func thresholdsEqualScikitLearn() throws {
        let goldens = try GoldenTensors("decisions", madeBy: command)
        for index in 0..<3 {
            let labels: [UInt8] = try goldens.elements("decisions\(index).labels")
            let scores: [Float] = try goldens.elements("decisions\(index).scores")
            let want: [Double] = try goldens.elements("decisions\(index).expected")
            // Where frames are cut does not matter.
            let cut = scores.count / 3
            let sample = try sample([
                (Array(scores[..<cut]), Array(labels[..<cut])), (Array(scores[cut...]), Array(labels[cut...])),
            ])
            var choice = DecisionSample.Choice(.truePositives(want[0]))
            let reached = try sample.threshold(choice)
            #expect(Double(reached.value) == want[2] && reached.otherValue.map { Double($0) } == want[3])
            #expect(abs(try #require(reached.falsePositives).share - want[6]) <= 1e-12)
            choice.tie = .above
            #expect(Double(try sample.threshold(choice).value) == want[3])
            choice = DecisionSample.Choice(.falsePositives(want[1]))
            let kept = try sample.threshold(choice)
            #expect(Double(kept.value) == want[4] && kept.otherValue.map { Double($0) } == want[5])
            #expect(abs(try #require(kept.truePositives).share - want[7]) <= 1e-12)
            // The pooled curve of eval agrees.
            var pool = PooledScores()
            try pool.add(scores: scores, labels: labels, roles: .anyAboveZero)
            let curve = try pool.curve()
            #expect(reached.value == curve.point(atTruePositiveRate: want[0], .atLeast).threshold)
        }
    }

    @Test func binomialLimitsEqualSciPy() throws {
        let goldens = try GoldenTensors("decisions", madeBy: command)
        let rows: [Double] = try goldens.elements("binomial")
        #expect(rows.count == 24 * 6)
        for start in stride(from: 0, to: rows.count, by: 6) {
            let row = Array(rows[start..<start + 6])
            let (hits, trials) = (Int(row[0]), Int(row[1]))
            let both = BinomialLimit.interval(hits: hits, of: trials, confidence: row[2])
            #expect(abs(both.lowerBound - row[3]) <= 1e-9 && abs(both.upperBound - row[4]) <= 1e-9, "\(row)")
            #expect(abs(BinomialLimit.upper(hits: hits, of: trials, confidence: row[2]) - row[5]) <= 1e-9, "\(row)")
        }
        // 299 frames without an alarm are the fewest that show 1 % at 95 %.
        #expect(BinomialLimit.trialsNeeded(rate: 0.01, confidence: 0.95) == 299)
        #expect(BinomialLimit.upper(hits: 0, of: 299, confidence: 0.95) <= 0.01)
        #expect(BinomialLimit.upper(hits: 0, of: 298, confidence: 0.95) > 0.01)
    }

    @Test func regionsSinkAsSciPyLabels() throws {
        let goldens = try GoldenTensors("decisions", madeBy: command)
        for index in 0..<4 {
            let scores: [Float] = try goldens.elements("alarm\(index).scores")
            let want: [Double] = try goldens.elements("alarm\(index).expected")
            let key = FrameAlarm.region(area: Int(want[1]))
                .criticalKey(scores.map(OrderedKey.key), width: Int(want[0]))
            #expect(key.map { Double(OrderedKey.score($0)) } ?? -.infinity == want[2], "case \(index)")
        }
    }

    @Test func sharesOfAFrame() {
        let keys = [5, 1, 4, 2, 3].map { OrderedKey.key(Float($0)) }
        func critical(_ share: Double, _ keys: [UInt32]) -> Float? {
            FrameAlarm.share(share).criticalKey(keys, width: keys.count).map(OrderedKey.score)
        }
        // Above 20 %: two pixels; 20 % itself is no alarm.
        #expect(critical(0.2, keys) == 4 && critical(0.19, keys) == 5 && critical(0, keys) == 5)
        #expect(critical(0.99, keys) == 1 && critical(1, keys) == nil)
        // A pixel that takes no part never counts, but it belongs to the frame.
        #expect(critical(0.75, [0] + keys.dropFirst()) == 1 && critical(0.8, [0] + keys.dropFirst()) == nil)
    }

    /// Every rule by its definition: no candidate that keeps it is better.
    @Test func rulesByTheirDefinition() throws {
        var random = SeededGenerator(label: "decisions")
        for round in 0..<12 {
            let frames = (0..<Int.random(in: 1...12, using: &random)).map { frame in
                Frame(24, shift: Float(frame % 3), &random)
            }
            let alarm: FrameAlarm = round % 2 == 0 ? .region(area: 3) : .share(0.1)
            let sample = try sample(frames.map { ($0.scores, $0.labels) }, width: 6, alarm: alarm)
            let candidates = [-.infinity] + Set(frames.flatMap(\.scores)).sorted() + [.infinity]
            func share(_ role: UInt8, above value: Float) -> Double {
                let all = frames.flatMap { frame in zip(frame.labels, frame.scores).filter { $0.0 == role } }
                return Double(all.count { $0.1 > value }) / Double(all.count)
            }
            func alarmed(above value: Float) -> Double {
                let hits = frames.count { frame in
                    let mask = zip(frame.labels, frame.scores).map { $0 == 0 && $1 > value }
                    if case .share(let share) = alarm { return Double(mask.count { $0 }) / Double(mask.count) > share }
                    return ConnectedComponents(mask: mask, width: 6).areas.dropFirst().contains { $0 >= 3 }
                }
                return Double(hits) / Double(frames.count)
            }
            for tie in TieRule.allCases {
                for rate in [0.05, 0.25, 0.5, 0.75] {
                    var choice = DecisionSample.Choice(.truePositives(rate))
                    choice.tie = tie
                    choice.bootstrap = Bootstrap(replicates: 20)
                    func check(_ rule: ThresholdRule, _ measure: (Float) -> Double, isLeast: Bool) throws {
                        choice.rule = rule
                        let kept = candidates.filter { rule.keeps(measure($0), tie) }
                        let value = try sample.threshold(choice).value
                        // Decisions count, not the value between two scores.
                        let best = try #require(isLeast ? kept.first : kept.last)
                        #expect(rule.keeps(measure(value), tie), "\(rule.text(tie)) round \(round)")
                        #expect(
                            frames.allSatisfy { $0.scores.allSatisfy { ($0 > value) == ($0 > best) } }
                                || measure(value) == measure(best), "\(rule.text(tie)) round \(round)")
                    }
                    try check(.truePositives(rate), { share(1, above: $0) }, isLeast: false)
                    try check(.falsePositives(rate), { share(0, above: $0) }, isLeast: true)
                    try check(.alarmedFrames(rate, alarm), { alarmed(above: $0) }, isLeast: true)
                }
            }
        }
    }
}

@Suite struct DecisionConfidenceTests {
    private func drive(_ frames: Int, isBinned: Bool = false, alarm: FrameAlarm? = nil) throws -> DecisionSample {
        var random = SeededGenerator(seed: 5)
        return try sample(
            (0..<frames).map { _ in
                let shift = Float.random(in: -1...1, using: &random)
                return ((0..<64).map { _ in shift + Float.random(in: -3...3, using: &random) }, nil)
            }, width: 8, isBinned: isBinned, alarm: alarm)
    }

    /// A bound costs something, and what it keeps is what it says.
    @Test func boundsAreKept() throws {
        let sample = try drive(400, alarm: .region(area: 4))
        var choice = DecisionSample.Choice(.falsePositives(0.05))
        choice.bootstrap = Bootstrap(replicates: 200, seed: 3)
        let estimate = try sample.threshold(choice)
        choice.confidence = 0.99
        let bound = try sample.threshold(choice)
        #expect(bound.value > estimate.value)
        let rate = try #require(bound.falsePositives)
        #expect(rate.share < 0.05 && rate.framesWithHits > 100 && rate.total == 400 * 64)
        #expect(try #require(rate.interval).upperBound <= 0.05 && rate.interval?.contains(rate.share) == true)
        #expect(try sample.threshold(choice) == bound)

        choice.rule = .alarmedFrames(0.05, .region(area: 4))
        let frames = try #require(try sample.threshold(choice).alarmedFrames)
        // One alarm more would pass the bound.
        #expect(BinomialLimit.upper(hits: frames.hits, of: 400, confidence: 0.99) <= 0.05)
        #expect(BinomialLimit.upper(hits: frames.hits + 1, of: 400, confidence: 0.99) > 0.05)
        choice.confidence = nil
        #expect(try sample.threshold(choice).alarmedFrames?.hits == 20)
        choice.tie = .above
        #expect(try sample.threshold(choice).alarmedFrames?.hits == 19)
    }

    /// Bins move a threshold by less than a bin, and the rates beside it are exact all the same.
    @Test func binsKeepTheirPromiseExactly() throws {
        let exact = try drive(50), binned = try drive(50, isBinned: true)
        for rate in [0.001, 0.02, 0.3] {
            let choice = DecisionSample.Choice(.falsePositives(rate))
            let (first, second) = (try exact.threshold(choice), try binned.threshold(choice))
            #expect(second.value >= first.value && second.value - first.value <= abs(first.value) / 1024)
            let share = try #require(second.falsePositives).share
            #expect(share <= rate && rate - share < 0.01)
        }
    }

    @Test func whatCannotBeSaid() throws {
        func text(_ sample: DecisionSample, _ choice: DecisionSample.Choice) -> String {
            do { return "\(try sample.threshold(choice))" } catch { return "\(error)" }
        }
        let inliers = try sample([([1, 2], [0, 0])]), void = try sample([([1, 2], [255, 255])])
        #expect(text(inliers, .init(.truePositives(0.95))).contains("is an anomaly (2 inlier, 0 void)"))
        #expect(text(void, .init(.truePositives(0.95))).contains("(0 inlier, 2 void)"))
        #expect(text(void, .init(.falsePositives(0.1))).contains("is an inlier (0 anomaly, 2 void)"))
        #expect(text(DecisionSample(isBinned: false), .init(.falsePositives(0.1))).contains("no frame was scored"))
        var choice = DecisionSample.Choice(.alarmedFrames(0.01, .region(area: 1)))
        choice.confidence = 0.95
        let alarm = try drive(100, alarm: .region(area: 1))
        #expect(text(alarm, choice).contains("100 frames cannot show") && text(alarm, choice).contains("299 frames"))
        choice.rule = .falsePositives(0.1)
        #expect(text(try sample([([1, 2], nil)]), choice).contains("add frames"))
        #expect(throws: EvaluationError.self) { try sample([([1, .nan], nil)]) }
        #expect(throws: EvaluationError.self) { try sample([([1], [0, 0])]) }
    }

    @Test func rulesInWords() {
        #expect(ThresholdRule.truePositives(0.95).text == "TPR 95")
        #expect(ThresholdRule.falsePositives(0.005).text(.above) == "FPR < 0.5 %")
        #expect(ThresholdRule.alarmedFrames(0.01, .share(0.001)).text == "frames 1 (share 0.1 %)")
        #expect(ThresholdRule.falsePositives(0.29).tieRule("<=") == .atLeast)
        #expect(ThresholdRule.falsePositives(0.29).tieRule(">=") == nil)
        #expect(Percent.text(0.9999) == "99.99" && Percent.text(0.29) == "29")
    }
}
