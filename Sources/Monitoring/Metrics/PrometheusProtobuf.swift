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
        var all = ProtobufText()
        for family in MetricFamily.all(of: snapshot) { all.delimited(message(family)) }
        return all.bytes
    }

    private static func message(_ family: MetricFamily) -> ProtobufText {
        var message = ProtobufText()
        message.text(1, family.name)
        message.text(2, family.help)
        message.varint(3, family.kind.number)
        for sample in family.samples { message.message(4, metric(sample, family.kind)) }
        return message
    }

    private static func metric(_ sample: MetricFamily.Sample, _ kind: MetricFamily.Kind) -> ProtobufText {
        var metric = ProtobufText()
        for label in sample.labels {
            var pair = ProtobufText()
            pair.text(1, label.name)
            pair.text(2, label.value)
            metric.message(1, pair)
        }
        switch sample.value {
        case .number(let value):
            var holder = ProtobufText()
            holder.double(1, value)
            metric.message(kind == .counter ? 3 : 2, holder)
        case .histogram(let durations, let bounds): metric.message(7, histogram(durations, bounds))
        }
        return metric
    }

    private static func histogram(_ durations: LatencySnapshot, _ bounds: [Int64]) -> ProtobufText {
        var message = ProtobufText()
        message.varint(1, durations.count)
        message.double(2, seconds(durations.sumNanoseconds))
        var sum: UInt64 = 0
        for (index, count) in durations.buckets.enumerated() {
            sum += count
            var bucket = ProtobufText()
            bucket.varint(1, sum)
            bucket.double(2, index < bounds.count ? seconds(bounds[index]) : .infinity)
            message.message(3, bucket)
        }
        message.signed(5, Int64(ExponentialBuckets.schema))
        // The least that Prometheus' own libraries use; above 0 it also tells an empty native histogram from none.
        message.double(6, 0x1p-128)
        message.varint(7, 0)
        var end: Int?
        var run: (offset: Int, length: UInt64)?
        for bucket in durations.exponential {
            if bucket.index == end, let current = run {
                run = (current.offset, current.length + 1)
            } else {
                if let run { message.message(12, span(run)) }
                // The first offset is the index itself, later ones are gaps.
                run = (bucket.index - (end ?? 0), 1)
            }
            end = bucket.index + 1
        }
        if let run { message.message(12, span(run)) }
        var last: Int64 = 0
        for bucket in durations.exponential {
            message.signed(13, Int64(bucket.count) - last)
            last = Int64(bucket.count)
        }
        return message
    }

    private static func span(_ run: (offset: Int, length: UInt64)) -> ProtobufText {
        var span = ProtobufText()
        span.signed(1, Int64(run.offset))
        span.varint(2, run.length)
        return span
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

/// Fields of a message in the wire format.
private struct ProtobufText {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ field: Int, _ value: UInt64) {
        raw(UInt64(field) << 3)
        raw(value)
    }

    /// sint32, sint64.
    mutating func signed(_ field: Int, _ value: Int64) {
        varint(field, UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
    }

    mutating func double(_ field: Int, _ value: Double) {
        raw(UInt64(field) << 3 | 1)
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
        }
    }

    mutating func text(_ field: Int, _ value: String) {
        raw(UInt64(field) << 3 | 2)
        raw(UInt64(value.utf8.count))
        bytes += value.utf8
    }

    mutating func message(_ field: Int, _ message: ProtobufText) {
        raw(UInt64(field) << 3 | 2)
        delimited(message)
    }

    mutating func delimited(_ message: ProtobufText) {
        raw(UInt64(message.bytes.count))
        bytes += message.bytes
    }

    private mutating func raw(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
