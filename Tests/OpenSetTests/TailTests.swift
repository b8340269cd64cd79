import CKernels
import Kernels
import OpenSet
import TestSupport
import Testing

@Suite struct TailTests {
    @Test func axesEqualPyTorchBitForBit() throws {
        let goldens = try GoldenTensors("axes", madeBy: goldenCommand)
        #expect(goldens.names.count >= 18)
        for name in goldens.names {
            let parts = name.split(separator: ".").dropFirst().compactMap { Int32($0) }
            let padded = Int(dh_bilinear_padded(parts[1]))
            var left = [Int32](repeating: 0, count: padded)
            var right = left
            var weight = [Float](repeating: 0, count: padded)
            dh_bilinear_axis_fill(parts[0], parts[1], parts[2] == 1, &left, &right, &weight)
            let expected: [Float] = try goldens.elements(name)
            let count = Int(parts[1])
            for i in 0..<count {
                #expect(right[i] == min(left[i] + 1, parts[0] - 1))
                // Where the weight is 0 or 1 the impulses cannot tell the neighbours apart: compare positions.
                let same = Float(left[i]) == expected[i] && (right[i] == left[i] || weight[i] == expected[count + i])
                let position = Float(left[i]) + (right[i] > left[i] ? weight[i] : 0)
                #expect(same || position == expected[i] + expected[count + i], "\(name) at \(i)")
            }
        }
    }

    @Test func labelsAndScoresEqualPyTorch() throws {
        let goldens = try GoldenTensors("tail", madeBy: goldenCommand)
        let cases = goldens.names.filter { $0.hasSuffix(".shape") }
        #expect(cases.count == 10)
        for shapeName in cases {
            let prefix = String(shapeName.dropLast(5))
            let shape = try goldens.elements(shapeName, as: Int32.self).map(Int.init)
            let geometry = try TailGeometry(
                logitsWidth: shape[2], logitsHeight: shape[3], planes: shape[0] + 1,
                dropping: Array(shape[1]..<shape[0]), outlierChannel: shape[0], alignCorners: shape[6] == 1,
                width: shape[4], height: shape[5])
            let logits: [Float] = try goldens.elements(prefix + "logits") + goldens.elements(prefix + "outlier-class")
            let head: [Float] = try goldens.elements(prefix + "head")
            let labels: [UInt8] = try goldens.elements(prefix + "labels")
            let margin: [Float] = try goldens.elements(prefix + "margin")
            // PyTorch interpolates in float32: its own rounding is part of the difference.
            let scale = Double(logits.map(abs).max()!) + 60
            let energies = try ["generative:0.5", "generative:2"].map { try OutlierScore(argument: $0) }
            for score in OutlierScore.ofLogits + energies {
                let expected: [Float] = try goldens.elements(prefix + score.name)
                for (name, table) in try tablesUnderTest() {
                    let result = try runTail(table, geometry, score: score, logits: logits, head: head)
                    let text: Comment = "\(prefix)\(score.name) on \(name)"
                    let wrong = labels.indices.filter { result.labels[$0] != labels[$0] && margin[$0] > 1e-4 }
                    #expect(wrong.isEmpty, text)
                    let worst = expected.indices.map { abs(result.score[$0] - expected[$0]) }.max()!
                    #expect(Double(worst) <= max(1e-4, scale * 6e-7) * TailReference.stretch(score), text)
                }
            }
        }
    }

    /// Any sizes, numbers of classes, dropped and spaced planes, from timid to extreme logits.
    @Test func scoresAreWithinTheBoundOfDoublePrecision() throws {
        var random = SeededGenerator(label: "tail against double")
        for trial in 0..<44 {
            let width = Int.random(in: 1...40, using: &random), height = Int.random(in: 1...20, using: &random)
            // One plane is that of the outlier class.
            let planes = 1 + (trial < 40 ? trial + 1 : Int.random(in: 1...40, using: &random))
            let outlierChannel = Int.random(in: 0..<planes, using: &random)
            let dropping = planes > 3 && trial % 3 == 0 ? [(outlierChannel + 1) % planes] : []
            let stride = width * height + Int.random(in: 0...5, using: &random)
            let geometry = try TailGeometry(
                logitsWidth: width, logitsHeight: height, planes: planes, dropping: dropping,
                outlierChannel: outlierChannel, planeStride: stride,
                alignCorners: Bool.random(using: &random), width: Int.random(in: 1...150, using: &random),
                height: Int.random(in: 1...40, using: &random))
            let amplitude: Float = [0.01, 5, 30, 65, 70, 300, 500][trial % 7]
            let logits = (0..<(planes - 1) * stride + width * height).map { _ in random.float(amplitude) }
            let head = (0..<2 * width * height).map { _ in random.float([1, 30, 100, 500][trial % 4]) }
            func plane(_ channel: Int) -> [Float] {
                Array(logits[channel * stride..<channel * stride + width * height])
            }
            let reference = TailReference(
                width: width, height: height, outputWidth: geometry.map.width, outputHeight: geometry.map.height,
                alignCorners: geometry.alignCorners, classes: geometry.channels.map(plane),
                head: [Array(head[..<(width * height)]), Array(head[(width * height)...])],
                outlierClass: plane(outlierChannel))
            let pixels = (0..<geometry.map.byteCount).map {
                reference.pixel($0 % geometry.map.width, $0 / geometry.map.width)
            }
            for score in try TailReference.testedScores() {
                let expected = pixels.map { $0.scores[score.name]! }
                var vector: TailResult?
                for (name, table) in try tablesUnderTest() {
                    let rows = [1, 3, 32][trial % 3]
                    let result = try runTail(
                        table, geometry, score: score, logits: logits, head: head, rowsPerBand: rows)
                    let text: Comment = "trial \(trial) \(score.name) on \(name), amplitude \(amplitude)"
                    #expect(result.isIntact, text)
                    let bad = pixels.indices.filter { index in
                        // Where two classes lead within rounding, either may win; a standardized score is the winner's.
                        let isOther = result.labels[index] != pixels[index].label
                        if isOther && pixels[index].margin > Double(amplitude) * 1e-6 { return true }
                        return !(isOther && score.needs.contains(.statistics))
                            && !isWithinBound(
                                result.score[index], expected[index], 1e-4 * TailReference.stretch(score))
                    }
                    #expect(bad.isEmpty, text)
                    // The 16-lane logic must agree with the 8-lane logic to the last bit.
                    if name == "avx2" { vector = result }
                    if name == "wide" || name == "avx512", let vector {
                        #expect(result.labels == vector.labels && result.openSet == vector.openSet, text)
                        #expect(
                            zip(result.score, vector.score).allSatisfy { $0.0.bitPattern == $0.1.bitPattern }, text)
                    }
                }
            }
        }
    }

    @Test func theFirstOfEqualLogitsWins() throws {
        var random = SeededGenerator(label: "ties")
        let geometry = try TailGeometry(
            logitsWidth: 9, logitsHeight: 5, planes: 12, alignCorners: true, width: 37, height: 19)
        let base = (0..<45).map { _ in random.float(20) }
        let lower = base.map { $0 - 3 }
        for first in 0..<11 {
            // Planes first, first + 1 (and the last) are equal and largest.
            let planes = (0..<12).map { $0 == first || $0 == first + 1 || $0 == 11 ? base : lower }
            for (name, table) in try tablesUnderTest() {
                let result = try runTail(
                    table, geometry, score: .generative, logits: planes.flatMap { $0 },
                    head: [Float](repeating: 0, count: 90))
                #expect(result.labels.allSatisfy { $0 == UInt8(first) }, "on \(name)")
            }
        }
    }

    @Test func mapsThatNobodyWantsLiveInScratch() throws {
        var random = SeededGenerator(label: "scratch maps")
        let geometry = try TailGeometry(
            logitsWidth: 30, logitsHeight: 17, planes: 19, alignCorners: false, width: 61, height: 70)
        let logits = (0..<30 * 17 * 19).map { _ in random.float(10) }
        let head = (0..<30 * 17 * 2).map { _ in random.float(10) }
        for (name, table) in try tablesUnderTest() {
            let full = try runTail(
                table, geometry, score: .denseHybrid, logits: logits, head: head, threshold: -8, rowsPerBand: 16)
            let lean = try runTail(
                table, geometry, score: .denseHybrid, logits: logits, head: head, threshold: -8, rowsPerBand: 16,
                keepMaps: false)
            #expect(full.openSet == lean.openSet && full.counts == lean.counts, "on \(name)")
            #expect(lean.score.allSatisfy { $0 == 77 })
            #expect(full.counts.outliers == full.mask.reduce(0) { $0 + Int($1) })
            #expect(full.counts.maximumScore == full.score.max())
            #expect(full.counts.outliers > 0 && full.counts.outliers < full.mask.count)
        }
    }
}
