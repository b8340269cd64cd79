import TestSupport
import Testing

@testable import Streaming

@Suite struct LatencyHistogramTests {
    @Test func agreesWithSortedValuesToThreeDigits() {
        var random = SeededGenerator(label: "LatencyHistogram")
        for _ in 0..<20 {
            var histogram = LatencyHistogram()
            var values: [Int64] = []
            let top = pow10(Int.random(in: 2..<11, using: &random))
            for _ in 0..<Int.random(in: 1..<3000, using: &random) {
                let value = Int64.random(in: 1...top, using: &random)
                values.append(value)
                histogram.record(value)
            }
            values.sort()
            let statistics = histogram.statistics
            #expect(statistics.count == UInt64(values.count))
            #expect(statistics.minimum == values.first && statistics.maximum == values.last)
            let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
            #expect(abs(statistics.mean - mean) <= mean * 1e-9)
            for (p, value) in [(0.50, statistics.p50), (0.95, statistics.p95), (0.99, statistics.p99)] {
                let exact = values[max(0, Int((Double(values.count) * p).rounded(.up)) - 1)]
                #expect(abs(Double(value - exact)) <= max(1, Double(exact) * 1.1e-3), "p\(p): \(value) for \(exact)")
            }
        }
    }

    private func pow10(_ exponent: Int) -> Int64 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    @Test func emptyIsAllZero() {
        #expect(LatencyHistogram().statistics == LatencyStatistics())
    }

    @Test func durationsBeyondTheRangeAreCounted() {
        var histogram = LatencyHistogram()
        histogram.record(10_000_000_000_000)
        histogram.record(-5)
        #expect(histogram.statistics.count == 2)
        #expect(histogram.statistics.maximum == 10_000_000_000_000 && histogram.statistics.minimum == 0)
    }

    @Test func onlyDeliveredFramesAfterWarmupCount() {
        var histograms = LatencyHistograms()
        var record = PipelineRecord(sequence: 0, stamp: FrameStamp(id: 0), arrival: 100, budget: nil)
        record.clock.begin(.decode, at: 110)
        record.clock.end(.decode, at: 150)
        record.finished = 150
        record.isWarmup = true
        histograms.record(record)
        record.isWarmup = false
        record.fate = .failed(at: .stage(.decode), reason: .corrupt)
        histograms.record(record)
        #expect(histograms.frameStatistics.count == 0 && histograms.statistics(of: .decode).count == 0)
        record.fate = .delivered
        histograms.record(record)
        #expect(histograms.frameStatistics.count == 1 && histograms.frameStatistics.maximum == 50)
        #expect(histograms.statistics(of: .decode).minimum == 40)
        #expect(histograms.statistics(of: .normalize).count == 0)
        #expect(histograms.waitStatistics.maximum == 10)
    }
}
