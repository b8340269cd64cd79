import Evaluation
import TestSupport
import Testing

/// A picture of a small set.
private struct Picture {
    var fold = ""
    var labels: [UInt8]
    var scores: [Float]
    var classes: [UInt8]?
}

private func evaluated(
    _ pictures: [Picture], _ rules: EvaluationProtocol, _ layout: DatasetLayout, networkClasses: Int = 12,
    isBinned: Bool = false, bootstrap: Bootstrap? = nil
) throws -> EvaluationResult {
    var settings = SetEvaluation.Settings(rules: rules, layout: layout, networkClasses: networkClasses)
    settings.isBinned = isBinned
    settings.bootstrap = bootstrap
    var evaluation = try SetEvaluation(settings)
    for picture in pictures {
        try picture.scores.withUnsafeBufferPointer { scores throws(EvaluationError) in
            try picture.labels.withUnsafeBufferPointer { labels throws(EvaluationError) in
                guard let classes = picture.classes else {
                    return try evaluation.add(
                        PictureScores(fold: picture.fold, width: labels.count, scores: scores, labels: labels))
                }
                try classes.withUnsafeBufferPointer { classes throws(EvaluationError) in
                    try evaluation.add(
                        PictureScores(
                            fold: picture.fold, width: labels.count, scores: scores, labels: labels, classes: classes))
                }
            }
        }
    }
    return try evaluation.result()
}

@Suite struct SetEvaluationTests {
    private func random(_ count: Int, fold: String, _ random: inout SeededGenerator) -> Picture {
        let labels = [1, 14] + (0..<count).map { _ in UInt8.random(in: 1...14, using: &random) }
        return Picture(
            fold: fold, labels: labels,
            scores: labels.map { ($0 == 14 ? 2 : 0) + Float(Int.random(in: -9...9, using: &random)) / 4 },
            classes: labels.map { label in
                Bool.random(using: &random) ? .random(in: 0..<12, using: &random) : label % 12
            })
    }

    /// Open-IoU over two towns against its definition written out: threshold of the other town, matrix, weights.
    @Test func townsLendEachOtherTheirThreshold() throws {
        var generator = SeededGenerator(label: "folds")
        let pictures = ["t5", "t5", "t6"].map { random(300, fold: $0, &generator) }
        let (rules, layout) = try EvaluationProtocol.named("paper", layout: .streetHazards)
        let result = try evaluated(pictures, rules, layout)
        let classOf: (UInt8) -> Int? = { [1: 0, 2: 1, 3: 2].merging((5...13).map { ($0, Int($0) - 2) }) { $1 }[$0] }
        func threshold(_ town: String) -> Float {
            let anomalies = pictures.filter { $0.fold == town }.flatMap { picture in
                picture.labels.indices.filter { picture.labels[$0] == 14 }.map { picture.scores[$0] }
            }
            // The highest score that leaves strictly more than 95 % at or above it.
            return Set(anomalies).sorted(by: >)
                .first { score in Double(anomalies.count { $0 >= score }) > 0.95 * Double(anomalies.count) }!
        }
        func openIoU(_ town: String, _ least: Float) -> Double {
            var right = [Int](repeating: 0, count: 12), wrong = right
            for picture in pictures where picture.fold == town {
                for index in picture.labels.indices where picture.labels[index] != 4 {
                    let truth = classOf(picture.labels[index]) ?? 12
                    let predicted = picture.scores[index] >= least ? 12 : Int(picture.classes![index])
                    if truth == predicted {
                        if truth < 12 { right[truth] += 1 }
                    } else {
                        if truth < 12 { wrong[truth] += 1 }
                        if predicted < 12 { wrong[predicted] += 1 }
                    }
                }
            }
            let values = (0..<12).filter { right[$0] + wrong[$0] > 0 }
                .map { Double(right[$0]) / Double(right[$0] + wrong[$0]) }
            return values.reduce(0, +) / Double(values.count)
        }
        let expected = (2 * openIoU("t5", threshold("t6")) + openIoU("t6", threshold("t5"))) / 3
        #expect(abs(try #require(result.open[.truePositives95]?.openIoU) - expected) < 1e-12)
        #expect(result.open.count == 3 && result.open[.truePositives95]?.folds.map(\.images) == [2, 1])
        #expect(result.means?.images == 3 && result.closedIoU != nil)
        #expect(result.averagePrecision == result.means?.averagePrecision)
    }

    @Test func otherIsAnInlierForHendrycksOnly() throws {
        let picture = Picture(labels: [4, 14, 1, 255], scores: [5, 4, 1, 9])
        let (paper, voiding) = try EvaluationProtocol.named("paper", layout: .streetHazards)
        let (hendrycks, counting) = try EvaluationProtocol.named("streethazards", layout: .streetHazards)
        let first = try evaluated([picture], paper, voiding), second = try evaluated([picture], hendrycks, counting)
        #expect(first.averagePrecision == 1 && first.pixels.void == 2)
        #expect(second.averagePrecision == 0.5 && second.pixels.void == 1 && second.pixels.inlier == 2)
    }

    @Test func protocolsReadNinetyFivePercentTheirWay() throws {
        // Nineteen anomalies above one inlier, one below it: exactly 95 %.
        let picture = Picture(
            labels: [UInt8](repeating: 1, count: 20) + [0],
            scores: (0..<19).map { 10 + Float($0) } + [1, 2])
        func fpr(_ name: String) throws -> Double? {
            let (rules, layout) = try EvaluationProtocol.named(name, layout: .masks)
            return try evaluated([picture], rules, layout).falsePositiveRate95
        }
        #expect(try fpr("fishyscapes") == 0 && fpr("smiyc") == 0)
        #expect(try fpr("paper") == 1)
        // Of the points at 95 % Hendrycks' code meets the one with more mistakes first.
        #expect(try fpr("streethazards") == 1)
        #expect(throws: EvaluationError.self) { try EvaluationProtocol.named("nothing", layout: .masks) }
    }

    @Test func componentsTakeTheBestThresholdOfTheSet() throws {
        var layout = DatasetLayout.masks
        layout.roles = .anyAboveZero
        let rules = EvaluationProtocol(
            name: "test", source: "", pooling: .pooled, target: .first(.atLeast),
            componentSizes: ComponentMetrics.Sizes(predicted: 1, truth: 1))
        let result = try evaluated(
            [
                Picture(labels: [1, 1, 0, 0], scores: [5, 4, 1, 0]),
                Picture(labels: [0, 1, 255, 0], scores: [2, 4, 9, 1]),
            ], rules, layout)
        #expect(result.bestF1 == 1 && result.components?.meanF1 == 1)
        #expect(result.components?.adjustedIoUs == [1, 1])
        #expect(result.pooled?.thresholdF1 == Float(4).nextDown)
    }

    @Test func binnedAndExactAgreeOnCoarseScores() throws {
        var generator = SeededGenerator(label: "binned")
        let pictures = (0..<6).map { random(400, fold: $0 < 3 ? "a" : "b", &generator) }
        let (rules, layout) = try EvaluationProtocol.named("fishyscapes", layout: .streetHazards)
        let bootstrap = Bootstrap(replicates: 50, seed: 3)
        let exact = try evaluated(pictures, rules, layout, bootstrap: bootstrap)
        let binned = try evaluated(pictures, rules, layout, isBinned: true, bootstrap: bootstrap)
        #expect(exact.averagePrecision == binned.averagePrecision && exact.areaUnderROC == binned.areaUnderROC)
        #expect(exact.binBounds == nil && binned.binBounds != nil)
        #expect(exact.draws == binned.draws && exact.draws?.count == 50)
    }

    @Test func setsWithoutAnomaliesHaveClassesOnly() throws {
        let picture = Picture(labels: [0, 1, 2, 255], scores: [0, 0, 0, 0], classes: [10, 3, 5, 0])
        let rules = EvaluationProtocol.plain(.atLeast)
        let result = try evaluated([picture], rules, .camVid, networkClasses: 19)
        #expect(result.closedIoU == 1 && result.pooled == nil && result.averagePrecision == nil)
        // Another network's classes mean nothing here.
        #expect(try evaluated([picture], rules, .camVid, networkClasses: 12).closedIoU == nil)
    }

    @Test func whatCannotBeMeasuredIsSaid() throws {
        let rules = EvaluationProtocol.plain(.atLeast)
        #expect(throws: EvaluationError.self) {
            try evaluated([Picture(labels: [0, 0], scores: [1, 2])], rules, .masks)
        }
        #expect(throws: EvaluationError.self) {
            try evaluated([Picture(labels: [0, 1], scores: [1, .nan])], rules, .masks)
        }
        #expect(throws: EvaluationError.self) { try evaluated([Picture(labels: [0, 1], scores: [1])], rules, .masks) }
        #expect(throws: EvaluationError.self) { try evaluated([], rules, .masks) }
    }
}
