/// The formats in which metrics are served.
public enum MetricsFormat: Hashable, Sendable {
    /// `PrometheusText`.
    case text
    /// `PrometheusProtobuf`, with native histograms.
    case protobuf

    /// What a client with this `Accept` header likes best; text where it does not say. Prometheus names the protobuf
    /// format first when it scrapes native histograms.
    public init(accept: String) {
        var best: (format: MetricsFormat, quality: Double)?
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let type = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            let format: MetricsFormat
            switch type {
            case "application/vnd.google.protobuf":
                guard parts.contains("proto=io.prometheus.client.metricfamily"), parts.contains("encoding=delimited")
                else { continue }
                format = .protobuf
            case "text/plain", "text/*", "*/*", "application/openmetrics-text": format = .text
            default: continue
            }
            if quality > (best?.quality ?? 0) { best = (format, quality) }
        }
        self = best?.format ?? .text
    }

    /// The value of the answer's `Content-Type`.
    public var contentType: String {
        switch self {
        case .text: PrometheusText.contentType
        case .protobuf: PrometheusProtobuf.contentType
        }
    }

    /// The answer's body. Allocates.
    public func render(_ snapshot: RunSnapshot) -> [UInt8] {
        switch self {
        case .text: Array(PrometheusText.render(snapshot).utf8)
        case .protobuf: PrometheusProtobuf.render(snapshot)
        }
    }
}
