/// The durations that a monitor has seen since it began or was reset: gathered from successive snapshots, each of which
/// carries the latest 64. A pure value.
public struct MonitorWindow: Sendable {
    /// The most durations of a kind that are kept.
    public static let limit = 4096

    private struct Series {
        var seen: UInt64
        var durations: [Int64] = []
        /// Durations that came and went between two snapshots.
        var missed: UInt64 = 0
    }

    private var series: [String: Series] = [:]

    /// Empty.
    public init() {}

    /// Takes what is new in `snapshot`. The first one gives all that it has.
    public mutating func add(_ snapshot: RunSnapshot) {
        for latency in snapshot.all {
            // A smaller count: another run under the same name.
            let known = series[latency.name].flatMap { $0.seen <= latency.count ? $0 : nil }
            var mine = known ?? Series(seen: latency.count - UInt64(latency.recent.count))
            let fresh = latency.count - mine.seen
            mine.missed += fresh - min(fresh, UInt64(latency.recent.count))
            mine.durations += latency.recent.suffix(Int(clamping: fresh))
            if mine.durations.count > Self.limit { mine.durations.removeFirst(mine.durations.count - Self.limit) }
            mine.seen = latency.count
            series[latency.name] = mine
        }
    }

    /// Forgets what was seen; only later frames count.
    public mutating func reset() {
        for name in series.keys {
            series[name]?.durations = []
            series[name]?.missed = 0
        }
    }

    /// Durations of a kind, oldest first.
    func durations(_ name: String) -> [Int64] { series[name]?.durations ?? [] }

    /// Order statistics of a kind.
    func statistics(_ name: String) -> LatencySnapshot.Window { LatencySnapshot.Window(durations(name)) }

    /// The most frames of any kind that came and went unseen.
    var missed: UInt64 { series.values.map(\.missed).max() ?? 0 }
}

extension RunSnapshot {
    /// All kinds of durations, in the order in which they are shown.
    var all: [LatencySnapshot] { stages + [queueWait, frame] }
}
