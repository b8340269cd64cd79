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

@Suite struct MetricsFormatTests {
    @Test func protobufIsForThoseWhoAskForIt() {
        let native =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
            + "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3"
        #expect(MetricsFormat(accept: native) == .protobuf)
        #expect(MetricsFormat(accept: "text/plain;version=0.0.4;q=0.7, " + native) == .text)
        #expect(MetricsFormat(accept: "application/vnd.google.protobuf") == .text, "another message or encoding")
        for accept in ["", "*/*", "text/html,application/xml;q=0.9", ";;,q=", "application/vnd.google.protobuf;q=0"] {
            #expect(MetricsFormat(accept: accept) == .text)
        }
    }

    /// The wire format, read by a few lines that know nothing of the writer.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func varint() throws -> UInt64 {
            var (value, shift) = (UInt64(0), UInt64(0))
            while true {
                let next = rest.popFirst()
                let byte = try #require(next)
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
        }

        mutating func bytes(_ count: Int) throws -> ArraySlice<UInt8> {
            try #require(rest.count >= count)
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        /// Fields in order: number, and the value as bytes or number.
        mutating func fields() throws -> [(number: Int, value: UInt64, bytes: ArraySlice<UInt8>)] {
            var all: [(Int, UInt64, ArraySlice<UInt8>)] = []
            while !rest.isEmpty {
                let key = try varint()
                switch key & 7 {
                case 0: all.append((Int(key >> 3), try varint(), []))
                case 1:
                    let raw = try bytes(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                    all.append((Int(key >> 3), raw, []))
                default: all.append((Int(key >> 3), 0, try bytes(Int(try varint()))))
                }
            }
            return all
        }
    }

    @Test func nativeHistogramsHoldTheSameCounts() throws {
        func signed(_ value: UInt64) -> Int { Int(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)) }
        let snapshot = fullSnapshot()
        var all = Reader(rest: PrometheusProtobuf.render(snapshot)[...])
        var seen = 0
        while !all.rest.isEmpty {
            var family = Reader(rest: try all.bytes(Int(try all.varint())))
            let fields = try family.fields()
            let name = String(decoding: try #require(fields.first { $0.number == 1 }).bytes, as: UTF8.self)
            guard name == "densehybrid_frame_latency_seconds" else { continue }
            #expect(fields.first { $0.number == 3 }?.value == 4)
            var metric = Reader(rest: try #require(fields.first { $0.number == 4 }).bytes)
            var histogram = Reader(rest: try #require(try metric.fields().first { $0.number == 7 }).bytes)
            let parts = try histogram.fields()
            #expect(parts.first { $0.number == 1 }?.value == 20)
            #expect(signed(try #require(parts.first { $0.number == 5 }).value) == 3)
            var (indices, next) = ([Int](), 0)
            for span in parts where span.number == 12 {
                var reader = Reader(rest: span.bytes)
                let fields = try reader.fields()
                next += signed(fields[0].value)
                for _ in 0..<fields[1].value {
                    indices.append(next)
                    next += 1
                }
            }
            var count = 0
            let counts = parts.filter { $0.number == 13 }.map { delta in
                count += signed(delta.value)
                return count
            }
            #expect(indices == snapshot.frame.exponential.map(\.index))
            #expect(counts == snapshot.frame.exponential.map { Int($0.count) } && counts.reduce(0, +) == 20)
            seen += 1
        }
        #expect(seen == 1)
    }
}
