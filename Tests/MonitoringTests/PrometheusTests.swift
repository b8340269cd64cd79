import Testing

@testable import Monitoring
@testable import Streaming

@Suite struct PrometheusTests {
    /// Samples by name and labels; every line must be of the grammar.
    private func parse(_ text: String) throws -> (samples: [String: Double], types: [String: String]) {
        let comment = /# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/
        let sample =
            /([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\n"])*",?)*\})?) (\+Inf|-Inf|NaN|[-+0-9.e]+)/
        var samples: [String: Double] = [:]
        var types: [String: String] = [:]
        #expect(text.hasSuffix("\n"))
        for line in text.split(separator: "\n") {
            if line.hasPrefix("#") {
                let match = try #require(line.wholeMatch(of: comment), "\(line)")
                if match.1 == "TYPE" { types[String(match.2)] = String(match.3) }
            } else {
                let match = try #require(line.wholeMatch(of: sample), "\(line)")
                let value = match.2 == "+Inf" ? Double.infinity : try #require(Double(match.2), "\(line)")
                #expect(samples.updateValue(value, forKey: String(match.1)) == nil, "twice: \(line)")
            }
        }
        return (samples, types)
    }

    @Test func namesAreThoseOfTheContract() throws {
        let (samples, types) = try parse(PrometheusText.render(fullSnapshot()))
        #expect(types["densehybrid_stage_duration_seconds"] == "histogram")
        #expect(types["densehybrid_frame_latency_seconds"] == "histogram")
        #expect(types["densehybrid_frames_total"] == "counter")
        #expect(samples["densehybrid_frames_total{result=\"delivered\"}"] == 20)
        #expect(samples["densehybrid_frames_dropped_total{stage=\"admission\",reason=\"superseded\"}"] == 2)
        #expect(samples["densehybrid_deadline_misses_total"] == 3)
        #expect(samples["densehybrid_queue_depth{queue=\"admission\"}"] == 1)
        #expect(samples["densehybrid_pool_free_buffers{pool=\"frames\"}"] == 1)
        #expect(samples["densehybrid_health_level"] == 1)
        #expect(samples.keys.contains { $0.hasPrefix("densehybrid_build_info{") })
        #expect(samples.keys.allSatisfy { $0.hasPrefix("densehybrid_") })
    }

    @Test func histogramsAddUpAndHoldTheBudget() throws {
        let snapshot = fullSnapshot()
        let (samples, _) = try parse(PrometheusText.render(snapshot))
        for stage in snapshot.stages {
            let buckets = snapshot.bucketBounds.map { bound in
                samples["densehybrid_stage_duration_seconds_bucket{stage=\"\(stage.name)\",le=\"\(le(bound))\"}"]
            }
            let counts = try buckets.map { try #require($0) }
            #expect(counts == counts.sorted() && counts.last! <= Double(stage.count))
            #expect(
                samples["densehybrid_stage_duration_seconds_bucket{stage=\"\(stage.name)\",le=\"+Inf\"}"]
                    == Double(stage.count))
            #expect(samples["densehybrid_stage_duration_seconds_count{stage=\"\(stage.name)\"}"] == Double(stage.count))
            let sum = try #require(samples["densehybrid_stage_duration_seconds_sum{stage=\"\(stage.name)\"}"])
            #expect(abs(sum - Double(stage.sumNanoseconds) / 1e9) < 1e-12)
        }
        #expect(samples["densehybrid_frame_latency_seconds_bucket{le=\"0.1\"}"] == 20)
    }

    private func le(_ nanoseconds: Int64) -> String {
        let seconds = Double(nanoseconds) / 1e9
        return seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }

    @Test func labelsAreEscaped() throws {
        var snapshot = fullSnapshot()
        snapshot.description.model = "a\"b\\c\nd"
        let text = PrometheusText.render(snapshot)
        #expect(text.contains("model=\"a\\\"b\\\\c\\nd\""))
        _ = try parse(text)
    }

    @Test func fileIsWholeAndRenewed() throws {
        let scratch = try Scratch()
        let monitor = watched(frames: 3)
        let file = try MetricsFile(path: scratch.file("m.prom"), monitor: monitor) { Issue.record("\($0)") }
        #expect(try scratch.text("m.prom").contains("densehybrid_frame_latency_seconds_count 3\n"))
        let record = Frames.delivered(3, at: 0, work: 1)
        monitor.frameEnded(Frames.line(record), record, networkSize: nil)
        file.finish()
        #expect(try scratch.text("m.prom") == PrometheusText.render(monitor.snapshot()))
        #expect(throws: MonitoringError.self) {
            try MetricsFile(path: "/nowhere/m.prom", monitor: monitor) { _ in }
        }
    }
}
