import FrameIO
import Streaming
import Testing

@testable import Monitoring

@Suite struct BucketTests {
    @Test func exponentialBoundsAreThoseOfPrometheus() {
        let table = ExponentialBuckets()
        #expect(table.bounds.count == ExponentialBuckets.count)
        #expect(zip(table.bounds, table.bounds.dropFirst()).allSatisfy { $0 < $1 })
        // Bucket 0 ends at one second, each eighth one at a power of two.
        #expect(table.bounds[-ExponentialBuckets.first] == 1_000_000_000)
        #expect(table.bounds[8 - ExponentialBuckets.first] == 2_000_000_000)
        #expect(table.bounds[-8 - ExponentialBuckets.first] == 500_000_000)
        #expect(table.bounds.last == 128_000_000_000)
        #expect(table.position(of: 1_000_000_000) + ExponentialBuckets.first == 0)
        #expect(table.position(of: 1_000_000_001) + ExponentialBuckets.first == 1)
        #expect(table.position(of: 0) == 0)
        #expect(table.position(of: .max) == ExponentialBuckets.count - 1)
    }

    @Test func classicBoundsHoldTheBudget() {
        let table = LatencyBuckets(budgetNanoseconds: 33_300_000)
        #expect(table.bounds == table.bounds.sorted() && Set(table.bounds).count == table.bounds.count)
        #expect(table.bounds.contains(33_300_000) && table.bounds.contains(16_650_000))
        #expect(table.bounds.count <= LatencyBuckets.limit)
        #expect(table.bounds[table.index(of: 33_300_000)] == 33_300_000)
        #expect(table.bounds[table.index(of: 33_300_001)] > 33_300_000)
        #expect(table.index(of: .max) == table.bounds.count)
        #expect(LatencyBuckets(budgetNanoseconds: nil).bounds.first == 10_000)
    }

    @Test func windowIsExactByNearestRank() {
        let window = LatencySnapshot.Window((1...100).map { Int64($0) }.shuffled())
        #expect(window.count == 100 && window.p50 == 50 && window.p95 == 95 && window.p99 == 99)
        #expect(window.maximum == 100)
        #expect(LatencySnapshot.Window([7]).p50 == 7)
        #expect(LatencySnapshot.Window([]).count == 0)
    }

    @Test func seriesKeepsCountsAndTheLatest() {
        let (classic, native) = (LatencyBuckets(budgetNanoseconds: nil), ExponentialBuckets())
        var series = LatencySeries()
        for value in 1...1000 { series.record(Int64(value) * 1000, classic, native) }
        let seen = series.snapshot("decode", classic)
        #expect(seen.count == 1000 && seen.sumNanoseconds == 500_500_000 && seen.maximum == 1_000_000)
        #expect(seen.buckets.reduce(0, +) == 1000 && seen.exponential.map(\.count).reduce(0, +) == 1000)
        // 1...10 µs, 11...20 µs.
        #expect(seen.buckets[0] == 10 && seen.buckets[1] == 10 && seen.buckets.last == 0)
        #expect(seen.window.count == 512 && seen.window.maximum == 1_000_000 && seen.window.p50 == 744_000)
        #expect(seen.recent == (937...1000).map { Int64($0) * 1000 })
    }
}
