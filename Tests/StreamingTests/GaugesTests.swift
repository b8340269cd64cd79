import Testing

@testable import Streaming

@Suite struct GaugesTests {
    /// Monitoring reads the gauges several times a frame, for weeks: reading must leave nothing behind.
    @Test func readingTheGaugesOftenStaysTheSameWork() {
        let control = PipelineControl()
        control.attach { nil }
        for _ in 0..<300_000 { if control.gauges != nil { Issue.record("gauges of no pipeline") } }
    }
}
