internal import Streaming

/// A latency histogram as summaries and manifests hold it: `{"min_ns", "max_ns", "sum_ns", "counts": [[lower_ns, n], …]}`,
/// where `lower_ns` is the lower bound of a bucket of the layout `hdr3-ns` (see `LatencyDistribution`).
struct StoredHistogram: Decodable {
    let minimum: Int64
    let maximum: Int64
    let sum: Int64
    let counts: [[Int64]]

    enum CodingKeys: String, CodingKey {
        case counts
        case minimum = "min_ns"
        case maximum = "max_ns"
        case sum = "sum_ns"
    }

    /// For JSONSerialization.
    static func object(_ distribution: LatencyDistribution) -> [String: Any] {
        [
            "min_ns": distribution.minimum, "max_ns": distribution.maximum, "sum_ns": distribution.sum,
            "counts": distribution.buckets.map { [$0.lower, Int64(clamping: $0.count)] },
        ]
    }

    /// The distribution; throws where the counts are none.
    var distribution: LatencyDistribution {
        get throws(LatencyDistributionError) {
            try LatencyDistribution(
                buckets: counts.map { pair in
                    // A pair of another length, or a negative count, makes an empty bucket, which is refused.
                    .init(lower: pair.first ?? -1, count: pair.count == 2 ? UInt64(max(0, pair[1])) : 0)
                }, minimum: minimum, maximum: maximum, sum: sum)
        }
    }
}
