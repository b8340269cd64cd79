import Kernels
import OpenSet
import TestSupport
import Testing

/// Scores that decide nothing are not computed: what is decided must not show it.
@Suite struct IgnorableScoreTests {
    private struct Picture {
        let geometry: TailGeometry
        let logits, head: [Float]

        /// Logits that vary slowly over the map, so that whole groups of pixels are far from a decision.
        init(varying random: inout SeededGenerator) throws {
            let pixels = 9 * 5
            geometry = try TailGeometry(
                logitsWidth: 9, logitsHeight: 5, planes: 12, outlierChannel: 11, alignCorners: false, width: 150,
                height: 91)
            logits = (0..<pixels * 12).map { _ in random.float(12) }
            head = (0..<pixels * 2).map { _ in random.float(9) }
        }

        /// Areas of one class each, as pictures have them, with single pixels at which a second class leads by as much,
        /// nearly as much or more.
        init(withAreas random: inout SeededGenerator) throws {
            let (width, height) = (80, 24)
            geometry = try TailGeometry(
                logitsWidth: width, logitsHeight: height, planes: 12, outlierChannel: 11, alignCorners: true,
                width: 317, height: 96)
            var logits = (0..<width * height * 12).map { _ in random.float(4) }
            for pixel in 0..<width * height {
                let (x, y) = (pixel % width, pixel / width)
                let leading = (x / 30 + y / 10) % 11
                logits[leading * width * height + pixel] = random.float(1) + 9
                let rival = Int.random(in: 0..<400, using: &random)
                if rival < 11 {
                    let lead = logits[leading * width * height + pixel]
                    logits[rival * width * height + pixel] =
                        lead + [-1e-3, -1e-6, 0, 1e-6, 3].randomElement(using: &random)!
                }
            }
            self.logits = logits
            head = (0..<width * height * 2).map { _ in random.float(2) }
        }
    }

    @Test func theyChangeNeitherMapNorCounts() throws {
        var random = SeededGenerator(label: "ignorable scores")
        try theyChangeNothing(Picture(varying: &random))
        try theyChangeNothing(Picture(withAreas: &random))
    }

    private func theyChangeNothing(_ picture: Picture) throws {
        for (name, table) in try tablesUnderTest() {
            for score in OutlierScore.ofLogits {
                func result(_ threshold: Float, keepMaps: Bool) throws -> TailResult {
                    try runTail(
                        table, picture.geometry, score: score, logits: picture.logits, head: picture.head,
                        threshold: threshold, rowsPerBand: 16, keepMaps: keepMaps)
                }
                let sorted = try result(0, keepMaps: true).score.sorted()
                let thresholds = [0.01, 0.3, 0.9, 0.999].map { sorted[Int(Double(sorted.count) * $0)] }
                for threshold in thresholds + [-.infinity, .infinity] {
                    let (full, lean) = (try result(threshold, keepMaps: true), try result(threshold, keepMaps: false))
                    #expect(
                        full.openSet == lean.openSet && full.counts == lean.counts,
                        "\(score.name) at \(threshold) on \(name)")
                }
            }
        }
    }

    @Test func theyLieBetweenTheScoreAndTheBound() throws {
        var random = SeededGenerator(label: "bounds of ignorable scores")
        let picture = try Picture(varying: &random)
        for (name, table) in try tablesUnderTest() {
            for score in OutlierScore.ofLogits {
                let plan = try TailPlan(
                    kernels: table, geometry: picture.geometry, score: score, hasOutlierHead: true,
                    statistics: TailReference.statistics(classes: 11), workers: 1, rowsPerBand: 91)
                let (logits, head) = (FencedBuffer(picture.logits), FencedBuffer(picture.head))
                let openSet = FencedBuffer<UInt8>(repeating: 77, count: 150 * 91)
                let buffers = TailBuffers(
                    logits: logits.pointer, outlierLogits: head.pointer, openSet: openSet.pointer)
                func scores(ignorable: Float) -> [Float] {
                    plan.score(band: 0, worker: 0, buffers: buffers, ignorable: ignorable)
                    return Array(
                        UnsafeBufferPointer(start: plan.scores(band: 0, worker: 0, buffers: buffers), count: 150 * 91))
                }
                let exact = scores(ignorable: -.infinity)
                let bound = exact.sorted()[exact.count * 3 / 4]
                let given = scores(ignorable: bound)
                for (value, wanted) in zip(given, exact) where value != wanted {
                    #expect(wanted <= bound && value > wanted && value <= bound, "\(score.name) on \(name)")
                }
                let isSpared = ["densehybrid", "generative"].contains(score.name)
                #expect((given != exact) == (isSpared && name != "scalar"), "\(score.name) on \(name)")
            }
        }
    }
}
