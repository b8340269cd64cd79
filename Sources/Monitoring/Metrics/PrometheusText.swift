/// A snapshot in Prometheus' text exposition format 0.0.4, for `/metrics` and for textfile collectors.
///
/// Base units (seconds), `_total` for counters, one unit per name, no frame numbers as labels. Histograms have classic
/// buckets around the budget; `PrometheusProtobuf` has native ones, which no text format carries yet. Durations are of
/// delivered frames after warm-up, as in the summary; frames are counted from the first.
public enum PrometheusText {
    /// The value of an HTTP answer's `Content-Type`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The whole exposition, with its last line's end. Allocates some 30 KB.
    public static func render(_ snapshot: RunSnapshot) -> String {
        var text = ""
        text.reserveCapacity(32 * 1024)
        for family in MetricFamily.all(of: snapshot) { render(family, into: &text) }
        return text
    }

    private static func render(_ family: MetricFamily, into text: inout String) {
        text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
        for sample in family.samples {
            switch sample.value {
            case .number(let value): text += "\(family.name)\(labels(sample.labels)) \(number(value))\n"
            case .histogram(let durations, let bounds):
                var sum: UInt64 = 0
                for (index, count) in durations.buckets.enumerated() {
                    sum += count
                    let bound = index < bounds.count ? number(seconds(bounds[index])) : "+Inf"
                    text += "\(family.name)_bucket\(labels(sample.labels + [("le", bound)])) \(sum)\n"
                }
                text += "\(family.name)_sum\(labels(sample.labels)) \(number(seconds(durations.sumNanoseconds)))\n"
                text += "\(family.name)_count\(labels(sample.labels)) \(durations.count)\n"
            }
        }
    }

    private static func labels(_ labels: [(name: String, value: String)]) -> String {
        if labels.isEmpty { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}

/// Nanoseconds in Prometheus' base unit.
func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }
