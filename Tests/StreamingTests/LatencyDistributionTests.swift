import TestSupport
import Testing

@testable import Streaming

/// Merging is exact: runs that are merged equal one histogram over all their frames.
@Suite struct LatencyDistributionTests {
    private func value(_ random: inout SeededGenerator) -> Int64 {
        // All magnitudes alike, the ends of the range and what lies beyond it among them.
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return 0
        case 1: return LatencyDistribution.longest + Int64.random(in: 0...1_000_000, using: &random)
        case 2: return 2047 + Int64.random(in: 0...2, using: &random)
        default: return Int64.random(in: 0...(1 << Int64.random(in: 1...41, using: &random)), using: &random)
        }
    }

    @Test func mergedPartsEqualTheWhole() {
        var random = SeededGenerator(label: "LatencyDistribution")
        for _ in 0..<30 {
            var whole = LatencyHistogram()
            var parts = (0..<Int.random(in: 1...6, using: &random)).map { _ in LatencyHistogram() }
            for _ in 0..<Int.random(in: 0..<2000, using: &random) {
                let value = value(&random)
                whole.record(value)
                parts[Int.random(in: 0..<parts.count, using: &random)].record(value)
            }
            var merged = LatencyDistribution()
            for part in parts.shuffled(using: &random) { merged.merge(part.distribution) }
            #expect(merged == whole.distribution)
            #expect(merged.statistics == whole.statistics)
        }
    }

    @Test func buckets() {
        var random = SeededGenerator(label: "LatencyDistribution.buckets")
        for _ in 0..<2000 {
            let value = value(&random)
            let lower = LatencyDistribution.lowerBound(of: value)
            let held = min(value, LatencyDistribution.longest)
            #expect(lower <= held && held < lower + LatencyDistribution.width(at: lower))
            #expect(LatencyDistribution.lowerBound(of: lower) == lower)
            #expect(Double(LatencyDistribution.width(at: lower) - 1) <= Double(lower) / 1000)
            var histogram = LatencyHistogram()
            histogram.record(value)
            #expect(histogram.distribution.buckets == [.init(lower: lower, count: 1)])
        }
    }

    @Test func whatIsStoredComesBack() throws {
        var random = SeededGenerator(label: "LatencyDistribution.stored")
        var histogram = LatencyHistogram()
        for _ in 0..<500 { histogram.record(value(&random)) }
        let stored = histogram.distribution
        let read = try LatencyDistribution(
            buckets: stored.buckets, minimum: stored.minimum, maximum: stored.maximum, sum: stored.sum)
        #expect(read == stored)
        #expect(try LatencyDistribution(buckets: [], minimum: 0, maximum: 0, sum: 0) == LatencyDistribution())
        #expect(LatencyDistribution().statistics == LatencyStatistics())
    }

    @Test func contradictionsAreRefused() {
        func refuses(_ buckets: [(Int64, UInt64)], _ minimum: Int64, _ maximum: Int64, _ sum: Int64) -> Bool {
            let list = buckets.map { LatencyDistribution.Bucket(lower: $0.0, count: $0.1) }
            return (try? LatencyDistribution(buckets: list, minimum: minimum, maximum: maximum, sum: sum)) == nil
        }
        #expect(!refuses([(100, 2), (4096, 1)], 100, 4099, 4299))
        #expect(refuses([(100, 2), (4097, 1)], 100, 4099, 4299))  // no lower bound
        #expect(refuses([(4096, 1), (100, 2)], 100, 4099, 4299))
        #expect(refuses([(100, 2), (100, 1)], 100, 100, 300))
        #expect(refuses([(100, 0)], 100, 100, 100))
        #expect(refuses([(-1, 1)], -1, -1, -1))
        #expect(refuses([(100, 2)], 99, 100, 200))
        #expect(refuses([(100, 2)], 100, 101, 200))
        #expect(refuses([(100, 2)], 100, 100, 7))
        #expect(refuses([], 0, 5, 5))
    }
}
