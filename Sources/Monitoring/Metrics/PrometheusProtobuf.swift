internal import FrameIO

/// A snapshot in Prometheus' protobuf exposition (`io.prometheus.client.MetricFamily`, each with its length in front): the
/// same metrics as `PrometheusText`, with native histograms at schema 3 (9 % wide buckets) beside the classic ones.
///
/// Prometheus asks for it when native histograms are scraped; no text format that it reads carries them. Field numbers are
/// those of prometheus/client_model's metrics.proto.
public enum PrometheusProtobuf {
    /// The value of an HTTP answer's `Content-Type`.
    public static let contentType =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

    /// The whole exposition. Allocates some 10 KB.
    public static func render(_ snapshot: RunSnapshot) -> [UInt8] {
        var all = ByteBuffer()
        for family in MetricFamily.all(of: snapshot) {
            var message = ByteBuffer()
            write(family, to: &message)
            all.append(varint: UInt64(message.count))
            all.append(message.contents)
        }
        return Array(all.bytes)
    }

    private static func write(_ family: MetricFamily, to message: inout ByteBuffer) {
        message.append(field: 1, text: family.name)
        message.append(field: 2, text: family.help)
        message.append(field: 3, number: family.kind.number)
        for sample in family.samples { message.append(field: 4) { write(sample, family.kind, to: &$0) } }
    }

    private static func write(
        _ sample: MetricFamily.Sample, _ kind: MetricFamily.Kind, to metric: inout ByteBuffer
    ) {
        for label in sample.labels {
            metric.append(field: 1) { pair in
                pair.append(field: 1, text: label.name)
                pair.append(field: 2, text: label.value)
            }
        }
        switch sample.value {
        case .number(let value): metric.append(field: kind == .counter ? 3 : 2) { $0.append(field: 1, double: value) }
        case .histogram(let durations, let bounds): metric.append(field: 7) { write(durations, bounds, to: &$0) }
        }
    }

    private static func write(_ durations: LatencySnapshot, _ bounds: [Int64], to message: inout ByteBuffer) {
        message.append(field: 1, number: durations.count)
        message.append(field: 2, double: seconds(durations.sumNanoseconds))
        var sum: UInt64 = 0
        for (index, count) in durations.buckets.enumerated() {
            sum += count
            message.append(field: 3) { bucket in
                bucket.append(field: 1, number: sum)
                bucket.append(field: 2, double: index < bounds.count ? seconds(bounds[index]) : .infinity)
            }
        }
        message.append(field: 5, signed: Int64(ExponentialBuckets.schema))
        // The least that Prometheus' own libraries use; above 0 it also tells an empty native histogram from none.
        message.append(field: 6, double: 0x1p-128)
        message.append(field: 7, number: 0)
        var end: Int?
        var run: (offset: Int, length: UInt64)?
        for bucket in durations.exponential {
            if bucket.index == end, let current = run {
                run = (current.offset, current.length + 1)
            } else {
                if let run { write(span: run, to: &message) }
                // The first offset is the index itself, later ones are gaps.
                run = (bucket.index - (end ?? 0), 1)
            }
            end = bucket.index + 1
        }
        if let run { write(span: run, to: &message) }
        var last: Int64 = 0
        for bucket in durations.exponential {
            message.append(field: 13, signed: Int64(bucket.count) - last)
            last = Int64(bucket.count)
        }
    }

    private static func write(span run: (offset: Int, length: UInt64), to message: inout ByteBuffer) {
        message.append(field: 12) { span in
            span.append(field: 1, signed: Int64(run.offset))
            span.append(field: 2, number: run.length)
        }
    }
}

extension MetricFamily.Kind {
    /// The value in `MetricType`.
    fileprivate var number: UInt64 {
        switch self {
        case .counter: 0
        case .gauge: 1
        case .histogram: 4
        }
    }
}
