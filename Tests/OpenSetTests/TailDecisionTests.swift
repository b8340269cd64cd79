import CKernels
import Kernels
import OpenSet
import TestSupport
import Testing

@Suite struct TailDecisionTests {
    /// A pixel is invalid where one of its four neighbours in any class is not finite, and nowhere else.
    @Test func logitsThatAreNotFiniteMakeTheirPixelsInvalid() throws {
        var random = SeededGenerator(label: "not finite")
        let width = 20, height = 11
        let geometry = try TailGeometry(
            logitsWidth: width, logitsHeight: height, planes: 8, outlierChannel: 7, alignCorners: true, width: 77,
            height: 43)
        for poison in [Float.nan, .infinity, -.infinity] {
            var logits = (0..<width * height * 7).map { _ in random.float(10) }
            let bad = (0..<4).map { _ in Int.random(in: 0..<logits.count, using: &random) }
            for index in bad { logits[index] = poison }
            logits += (0..<width * height).map { _ in random.float(10) }
            let head = (0..<width * height * 2).map { _ in random.float(5) }
            let marks = (0..<width * height).map { place in bad.contains { $0 % (width * height) == place } }
            for score in OutlierScore.ofLogits {
                for (name, table) in try tablesUnderTest() {
                    let result = try runTail(table, geometry, score: score, logits: logits, head: head)
                    let text: Comment = "\(poison) \(score.name) on \(name)"
                    for index in result.labels.indices {
                        let x = Float(index % 77) * (19.0 / 76), y = Float(index / 77) * (10.0 / 42)
                        let near = [Int(x), min(Int(x) + 1, width - 1)].contains { column in
                            [Int(y), min(Int(y) + 1, height - 1)].contains { marks[$0 * width + column] }
                        }
                        // Positions on a grid line within rounding may look at either side.
                        let isOnLine = abs(x - x.rounded()) < 1e-4 || abs(y - y.rounded()) < 1e-4
                        let isInvalid = result.labels[index] == OpenSetMap.invalid
                        #expect(isInvalid == near || isOnLine, text)
                        #expect(isInvalid == result.score[index].isNaN, text)
                        #expect(isInvalid == (result.openSet[index] == OpenSetMap.invalid), text)
                    }
                    #expect(result.labels.contains(OpenSetMap.invalid), text)
                }
            }
        }
    }

    /// A broken outlier head leaves the label, but its pixels count as unknown: the safe side.
    @Test func aHeadThatIsNotFiniteMakesItsPixelsUnknown() throws {
        var random = SeededGenerator(label: "broken head")
        let geometry = try TailGeometry(
            logitsWidth: 12, logitsHeight: 6, planes: 4, alignCorners: false, width: 24, height: 12)
        let logits = (0..<72 * 4).map { _ in random.float(10) }
        for poison in [Float.nan, .infinity, -.infinity] {
            for channel in 0..<2 {
                var head = [Float](repeating: 1, count: 144)
                head[channel * 72 + 2 * 12 + 5] = poison
                for (name, table) in try tablesUnderTest() {
                    for score in OutlierScore.ofLogits where score.needs.contains(.outlierHead) {
                        let result = try runTail(
                            table, geometry, score: score, logits: logits, head: head, threshold: 1e30)
                        let text: Comment = "\(poison) in \(channel), \(score.name) on \(name)"
                        #expect(result.score[5 * 24 + 11].isNaN && result.openSet[5 * 24 + 11] == 4, text)
                        #expect(result.labels[5 * 24 + 11] < 4, text)
                        #expect(result.openSet[0] < 4, text)
                    }
                    let generative = try runTail(table, geometry, score: .generative, logits: logits, head: head)
                    #expect(generative.score.allSatisfy { $0.isFinite }, "the score does not read the head")
                }
            }
        }
    }

    @Test func anOutlierClassThatIsNotFiniteMakesItsPixelsUnknown() throws {
        var random = SeededGenerator(label: "broken outlier class")
        let geometry = try TailGeometry(
            logitsWidth: 12, logitsHeight: 6, planes: 4, outlierChannel: 1, alignCorners: false, width: 24, height: 12)
        for poison in [Float.nan, .infinity, -.infinity] {
            var logits = (0..<72 * 4).map { _ in random.float(10) }
            logits[72 + 2 * 12 + 5] = poison
            let head = [Float](repeating: 1, count: 144)
            for (name, table) in try tablesUnderTest() {
                for score in OutlierScore.ofLogits {
                    let result = try runTail(table, geometry, score: score, logits: logits, head: head, threshold: 1e30)
                    let text: Comment = "\(poison), \(score.name) on \(name)"
                    let reads = score.needs.contains(.outlierClass)
                    #expect(
                        result.score[5 * 24 + 11].isNaN == reads && (result.openSet[5 * 24 + 11] == 3) == reads, text)
                    #expect(result.labels.allSatisfy { $0 < 3 } && result.openSet[0] < 3, text)
                }
            }
        }
    }

    @Test func thresholdAndFusionFollowTheirDefinition() throws {
        var random = SeededGenerator(label: "threshold and fuse")
        for count in [0, 1, 7, 8, 15, 16, 31, 32, 33, 64, 100, 1023] {
            var scores = (0..<count).map { _ in random.float(1) }
            for index in stride(from: 0, to: count, by: 5) { scores[index] = 0.25 }
            for index in stride(from: 3, to: count, by: 11) { scores[index] = .nan }
            for index in stride(from: 4, to: count, by: 13) { scores[index] = -.infinity }
            let labels = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let source = FencedBuffer(scores), labelSource = FencedBuffer(labels)
            for (name, table) in try tablesUnderTest() {
                let mask = FencedBuffer<UInt8>(repeating: 9, count: count)
                let openSet = FencedBuffer<UInt8>(repeating: 9, count: count)
                var counts = dh_threshold_counts(outliers: 0, maximum: -.infinity, reserved: 0)
                table.functions.tail.threshold(source.pointer, Int64(count), 0.25, mask.pointer, &counts)
                let threshold = try Threshold(0.25)
                #expect(mask.elements == scores.map { threshold.isOutlier($0) ? 1 : 0 }, "\(count) on \(name)")
                #expect(Int(counts.outliers) == scores.filter(threshold.isOutlier).count)
                #expect(counts.maximum == scores.filter { !$0.isNaN }.max() ?? -.infinity)
                Fusion(kernels: table, unknown: 19).apply(
                    labels: labelSource.pointer, mask: mask.pointer, count: count, openSet: openSet.pointer)
                let expected = zip(labels, mask.elements).map { $0 == 255 ? 255 : $1 != 0 ? 19 : $0 }
                #expect(openSet.elements == expected && openSet.isIntact && mask.isIntact, "\(count) on \(name)")
            }
        }
    }

    @Test func lowResolutionScoresAreUpsampledScores() throws {
        var random = SeededGenerator(label: "score at low")
        let width = 23, height = 14, pixels = width * height
        let geometry = try TailGeometry(
            logitsWidth: width, logitsHeight: height, planes: 7, outlierChannel: 6, alignCorners: true, width: 45,
            height: 31)
        let logits = (0..<pixels * 7).map { _ in random.float(8) }
        let head = (0..<pixels * 2).map { _ in random.float(4) }
        for score in OutlierScore.ofLogits {
            let low = (0..<pixels).map { place in
                Float(
                    TailReference.scores(
                        (0..<6).map { Double(logits[$0 * pixels + place]) },
                        (0..<2).map { Double(head[$0 * pixels + place]) },
                        Double(logits[6 * pixels + place]))[score.name]!)
            }
            let reference = TailReference(
                width: width, height: height, outputWidth: 45, outputHeight: 31, alignCorners: true, classes: [],
                head: [], outlierClass: [])
            for (name, table) in try tablesUnderTest() {
                let full = try runTail(table, geometry, score: score, logits: logits, head: head)
                let result = try runTail(
                    table, geometry, score: score, resolution: .low, logits: logits, head: head, rowsPerBand: 4)
                #expect(result.labels == full.labels, "labels stay exact: \(score.name) on \(name)")
                for index in result.score.indices {
                    let expected = reference.upsampled(low, index % 45, index / 45)
                    #expect(
                        isWithinBound(result.score[index], expected, 1e-4 * TailReference.stretch(score)),
                        "\(score.name) on \(name)")
                }
            }
        }
    }

    @Test func whatCannotWorkIsSaid() throws {
        let geometry = try TailGeometry(
            logitsWidth: 4, logitsHeight: 4, planes: 3, alignCorners: true, width: 8, height: 8)
        #expect(throws: OpenSetError.headMissing(score: "densehybrid")) {
            try TailPlan(
                kernels: try KernelTable(.scalar), geometry: geometry, score: .denseHybrid, hasOutlierHead: false,
                workers: 1)
        }
        for score in [OutlierScore.standardizedMaximumLogit, .smoothedStandardizedMaximumLogit] {
            #expect(throws: OpenSetError.statisticsMissing(score: score.name)) {
                try TailPlan(
                    kernels: try KernelTable(.scalar), geometry: geometry, score: score, hasOutlierHead: true,
                    workers: 1)
            }
        }
        for score in [OutlierScore.outlierClass, .uno] {
            #expect(throws: OpenSetError.outlierClassMissing(score: score.name)) {
                try TailPlan(
                    kernels: try KernelTable(.scalar), geometry: geometry, score: score, hasOutlierHead: true,
                    workers: 1)
            }
        }
        for channel in [3, -1] {
            #expect(throws: OpenSetError.self) {
                try TailGeometry(
                    logitsWidth: 4, logitsHeight: 4, planes: 3, outlierChannel: channel, alignCorners: true, width: 8,
                    height: 8)
            }
        }
        for (planes, dropping) in [(3, [3]), (3, [-1]), (3, [0, 1, 2]), (300, []), (0, [])] {
            #expect(throws: OpenSetError.self) {
                try TailGeometry(
                    logitsWidth: 4, logitsHeight: 4, planes: planes, dropping: dropping, alignCorners: true,
                    width: 8, height: 8)
            }
        }
        for (width, height) in [(0, 8), (8, -1), (70_000, 8), (Int.max, Int.max)] {
            #expect(throws: OpenSetError.self) {
                try TailGeometry(
                    logitsWidth: 4, logitsHeight: 4, planes: 3, alignCorners: true, width: width, height: height)
            }
        }
    }
}
