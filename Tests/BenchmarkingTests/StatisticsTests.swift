import Testing

@testable import Benchmarking

@Suite struct StatisticsTests {
    @Test func ranksOfAKnownList() {
        // 1...100 ms in a scrambled order: nearest ranks are the numbers themselves.
        let times = (0..<100).map { Int64(($0 * 37) % 100 + 1) * 1_000_000 }
        let statistics = SampleStatistics(nanoseconds: times)
        #expect(statistics.n == 100)
        #expect(statistics.minMs == 1)
        #expect(statistics.medianMs == 50.5)
        #expect(statistics.meanMs == 50.5)
        #expect(statistics.p95Ms == 95)
        #expect(statistics.p99Ms == 99)
    }

    @Test func oddOneAndNone() {
        let three = SampleStatistics(nanoseconds: [9_000_000, 1_000_000, 2_000_000])
        #expect(three.medianMs == 2 && three.p95Ms == 9 && three.p99Ms == 9)
        let one = SampleStatistics(nanoseconds: [5_000_000])
        #expect(one.medianMs == 5 && one.minMs == 5 && one.p95Ms == 5)
        let none = SampleStatistics(nanoseconds: [])
        #expect(none.n == 0 && none.medianMs == 0 && none.p99Ms == 0)
    }
}
