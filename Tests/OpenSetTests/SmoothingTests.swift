import CKernels
import Kernels
import OpenSet
import TestSupport
import Testing

/// Boundary suppression and dilated smoothing of a frame's scores.
@Suite struct SmoothingTests {
    /// The kernels' passes over bands of `rowsPerBand` rows, the last band first.
    private func smoothed(
        _ table: KernelTable, scores: [Float], labels: [UInt8], width: Int, rowsPerBand: Int
    ) -> (suppressed: [Float], smoothed: [Float]) {
        let height = scores.count / width
        let source = FencedBuffer(scores), labelSource = FencedBuffer(labels)
        let suppressed = FencedBuffer<Float>(repeating: 77, count: scores.count)
        let smoothed = FencedBuffer<Float>(repeating: 77, count: scores.count)
        let bytes = max(
            dh_suppression_scratch_bytes(Int32(width), Int32(rowsPerBand)), dh_smoothing_scratch_bytes(Int32(width)))
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        defer { scratch.deallocate() }
        let bands = RowBands(height: height, rowsPerBand: rowsPerBand)
        for band in (0..<bands.count).reversed() {
            var run = dh_suppression_run(
                labels: labelSource.pointer, score: source.pointer,
                output: suppressed.pointer + bands[band].lowerBound * width, scratch: scratch, width: Int32(width),
                height: Int32(height), begin: Int32(bands[band].lowerBound), end: Int32(bands[band].upperBound))
            table.functions.smoothing.suppress(&run)
        }
        for band in (0..<bands.count).reversed() {
            var run = dh_smoothing_run(
                source: suppressed.pointer, output: smoothed.pointer + bands[band].lowerBound * width,
                scratch: scratch.assumingMemoryBound(to: Float.self), width: Int32(width), height: Int32(height),
                begin: Int32(bands[band].lowerBound), end: Int32(bands[band].upperBound))
            table.functions.smoothing.smooth(&run)
        }
        #expect(suppressed.isIntact && smoothed.isIntact)
        return (suppressed.elements, smoothed.elements)
    }

    @Test func bothPassesEqualPyTorch() throws {
        let goldens = try GoldenTensors("smoothing", madeBy: goldenCommand)
        let cases = goldens.names.filter { $0.hasSuffix(".score") }
        #expect(cases.count == 6)
        for scoreName in cases {
            let prefix = String(scoreName.dropLast(5))
            let scores: [Float] = try goldens.elements(scoreName)
            let labels: [UInt8] = try goldens.elements(prefix + "labels")
            let width = try goldens.shape(scoreName)[1]
            let suppressed: [Float] = try goldens.elements(prefix + "suppressed")
            let smooth: [Float] = try goldens.elements(prefix + "smoothed")
            for (name, table) in try tablesUnderTest() {
                for rowsPerBand in [1, 7, 64] {
                    let result = smoothed(
                        table, scores: scores, labels: labels, width: width, rowsPerBand: rowsPerBand)
                    let text: Comment = "\(prefix) by \(rowsPerBand) on \(name)"
                    #expect(zip(result.suppressed, suppressed).allSatisfy { abs($0 - $1) <= 8 * 0x1p-18 }, text)
                    #expect(zip(result.smoothed, smooth).allSatisfy { abs($0 - $1) <= 8 * 0x1p-17 }, text)
                }
            }
        }
    }

    /// The plan's score is that of the single pixels, smoothed over the whole frame whatever the bands and the maps kept.
    @Test func aSmoothedScoreIsTheSmoothedMapOfSingleScores() throws {
        var random = SeededGenerator(label: "smoothed tail")
        let width = 96, height = 70
        let geometry = try TailGeometry(
            logitsWidth: 24, logitsHeight: 18, planes: 6, alignCorners: true, width: width, height: height)
        let logits = (0..<24 * 18 * 6).map { _ in random.float(10) }
        let head = [Float](repeating: 0, count: 24 * 18 * 2)
        for (name, table) in try tablesUnderTest() {
            for resolution in ScoreResolution.allCases {
                let plain = try runTail(
                    table, geometry, score: .standardizedMaximumLogit, resolution: resolution, logits: logits,
                    head: head)
                let expected = smoothed(
                    table, scores: plain.score, labels: plain.labels, width: width, rowsPerBand: 32
                ).smoothed
                let threshold = expected.sorted()[expected.count * 3 / 4]
                for rowsPerBand in [5, 32] {
                    let result = try runTail(
                        table, geometry, score: .smoothedStandardizedMaximumLogit, resolution: resolution,
                        logits: logits, head: head, threshold: threshold, rowsPerBand: rowsPerBand)
                    let text: Comment = "\(resolution) by \(rowsPerBand) on \(name)"
                    #expect(result.isIntact && result.labels == plain.labels, text)
                    #expect(zip(result.score, expected).allSatisfy { abs($0 - $1) < 1e-4 }, text)
                    let lean = try runTail(
                        table, geometry, score: .smoothedStandardizedMaximumLogit, resolution: resolution,
                        logits: logits, head: head, threshold: threshold, rowsPerBand: rowsPerBand, keepMaps: false)
                    #expect(lean.openSet == result.openSet && lean.counts == result.counts, text)
                    #expect(result.counts.outliers == result.score.count { $0 > threshold }, text)
                    #expect(result.openSet == zip(result.labels, result.score).map { $1 > threshold ? 6 : $0 }, text)
                }
            }
        }
    }

    /// Far from borders nothing is suppressed, and a map of one value stays as it is.
    @Test func oneClassIsOnlySmoothed() throws {
        for (name, table) in try tablesUnderTest() {
            let result = smoothed(
                table, scores: [Float](repeating: 2.5, count: 50 * 40), labels: [UInt8](repeating: 3, count: 50 * 40),
                width: 50, rowsPerBand: 16)
            #expect(result.suppressed.allSatisfy { $0 == 2.5 }, "on \(name)")
            #expect(result.smoothed.allSatisfy { abs($0 - 2.5) < 1e-5 }, "on \(name)")
        }
    }
}
