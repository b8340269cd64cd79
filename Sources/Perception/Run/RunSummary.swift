internal import Foundation
internal import Inference
internal import Kernels
internal import Monitoring
internal import OpenSet
internal import Streaming

/// The summary of a run as JSON (`--summary`) and as a table for people; formats of cli.md.
public struct RunSummary {
    private let result: RunResult
    private var networkSize: NetworkSize? { result.networkSize }

    /// Describes `result`.
    public init(_ result: RunResult) { self.result = result }

    /// One JSON object.
    public var json: String { JSONText.pretty(object) }

    /// The summary's keys and values, as JSON takes them.
    var object: [String: Any] {
        let settings = result.settings
        let ledger = result.summary.ledger
        var dropped: [String: Any] = [:]
        for entry in ledger.drops { dropped["\(entry.place):\(entry.reason)"] = entry.count }
        var failures: [String: Any] = [:]
        for entry in ledger.failures { failures["\(entry.place):\(entry.reason)"] = entry.count }
        var stages: [String: Any] = [:]
        for (name, statistics) in result.summary.stages where statistics.count > 0 || name != .write {
            stages[name.description] = Self.numbers(statistics)
        }
        var object: [String: Any] = [
            "frames": [
                "in": ledger.framesIn, "delivered": ledger.delivered, "dropped": dropped, "failed": ledger.failedTotal,
                "failures": failures,
            ],
            "stages": stages, "frame": Self.numbers(result.summary.frame),
            "quality": settings.rungNames.enumerated().map { level, rung in
                let quality = ledger.quality(level: level)
                return [
                    "level": level, "rung": rung, "delivered": quality.delivered, "computed": quality.computed,
                ] as [String: Any]
            },
            "queue": ["policy": result.stream.queue.rawValue, "depth": result.stream.queueDepth] as [String: Any],
            "budget_ms": result.stream.budgetNanoseconds.map { Double($0) / 1e6 as Any } ?? NSNull(),
            "on_late": result.stream.onLate.rawValue,
            "queue_wait": Self.numbers(result.summary.queueWait), "deadline_misses": ledger.deadlineMisses,
            "allocations_per_frame": result.summary.allocationsPerFrame.map { $0 as Any } ?? NSNull(),
            "codec_allocations_per_frame": result.summary.codecAllocationsPerFrame.map { $0 as Any } ?? NSNull(),
            "monitoring_allocations_per_frame": result.summary.monitoringAllocationsPerFrame.map { $0 as Any }
                ?? NSNull(),
            "peak_rss_mb": Self.peakResidentMegabytes, "digest": result.digest, "end": result.summary.end.description,
            "damaged_stretches": result.damagedStretches, "skipped_bytes": result.skippedBytes,
            "model": settings.network.bundle.description.name,
            "model_digest": settings.network.bundle.description.modelSHA256,
            "statistics_digest": settings.statisticsSHA256.map { $0 as Any } ?? NSNull(),
            "precision": settings.network.precision.rawValue,
            "size": networkSize?.description ?? "", "isa": settings.kernels.instructionSet.description,
            "threads": settings.pool.threadCount, "score": settings.score.name,
            "score_at": settings.scoreResolution.rawValue, "threshold": Double(settings.threshold.value),
            "histogram_layout": LatencyDistribution.layout, "histograms": histograms,
        ]
        if let health = result.health { object["health"] = Self.object(health) }
        return object
    }

    /// The counts behind the percentiles, for `merge`; stages that this run did not have are left out.
    private var histograms: [String: Any] {
        var found: [String: Any] = [
            "frame": StoredHistogram.object(result.latencies.frameDistribution),
            "queue_wait": StoredHistogram.object(result.latencies.waitDistribution),
        ]
        for (name, statistics) in result.summary.stages where statistics.count > 0 {
            found[name.description] = StoredHistogram.object(result.latencies.distribution(of: name))
        }
        return found
    }

    private static func object(_ health: HealthTotals) -> [String: Any] {
        [
            "worst_level": health.worst.name, "stalls": health.stalls, "held_maps": health.heldMaps,
            "unknown_maps": health.unknownMaps,
            "frames": Dictionary(uniqueKeysWithValues: health.findings.map { ($0.name, $0.frames) }),
            "retries": Dictionary(uniqueKeysWithValues: health.retries.map { ($0.reason, $0.count) }),
        ]
    }

    /// The latency table and the books, for standard error.
    public var table: String {
        let ledger = result.summary.ledger
        let settings = result.settings
        var lines = [Self.row("stage", ["n", "min", "mean", "p50", "p95", "p99", "max"]) + "   ms"]
        for (name, statistics) in result.summary.stages where statistics.count > 0 {
            lines.append(Self.row(name.description, Self.milliseconds(statistics)))
        }
        lines.append(Self.row("queue wait", Self.milliseconds(result.summary.queueWait)))
        lines.append(Self.row("frame", Self.milliseconds(result.summary.frame)))
        var books =
            "frames: \(ledger.framesIn) in = \(ledger.delivered) delivered + \(ledger.droppedTotal) dropped + "
            + "\(ledger.failedTotal) failed"
        let causes =
            ledger.drops.map { "\($0.place):\($0.reason) \($0.count)" }
            + ledger.failures.map { "\($0.place):\($0.reason) \($0.count)" }
        if !causes.isEmpty { books += " (" + causes.joined(separator: ", ") + ")" }
        lines.append(books)
        if settings.ladder != nil {
            let rungs = settings.rungNames.enumerated().map { level, rung in
                "\(rung) \(ledger.quality(level: level).delivered)"
            }
            lines.append("quality: " + rungs.joined(separator: ", "))
        }
        lines.append(
            "queue: \(result.stream.queue.rawValue), depth \(result.stream.queueDepth)"
                + (result.stream.budgetNanoseconds.map {
                    "; budget \(Double($0) / 1e6) ms, late frames: \(result.stream.onLate.rawValue)"
                } ?? ""))
        if ledger.deadlineMisses > 0 { lines.append("deadline misses: \(ledger.deadlineMisses)") }
        if let health = result.health.flatMap(Self.text) { lines.append(health) }
        lines.append(
            "\(settings.network.bundle.description.name) \(settings.network.precision.rawValue) \(networkSize?.description ?? "-"), "
                + "\(settings.kernels.instructionSet), \(settings.pool.threadCount) threads, score "
                + "\(settings.score.name) at \(settings.scoreResolution.rawValue), threshold \(settings.threshold.value)"
        )
        if let allocations = result.summary.allocationsPerFrame {
            lines.append(
                String(
                    format: "allocations per frame: %.3f outside codecs, peak memory %.0f MB", allocations,
                    Self.peakResidentMegabytes))
        }
        return lines.joined(separator: "\n")
    }

    /// What was not well; nil where all was.
    private static func text(_ health: HealthTotals) -> String? {
        var parts = health.findings.filter { $0.frames > 0 }.map { "\($0.name) \($0.frames)" }
        parts += health.retries.filter { $0.count > 0 }.map { "reopened after \($0.reason) \($0.count)" }
        if health.stalls > 0 { parts.append("stalls \(health.stalls)") }
        return parts.isEmpty ? nil : "input: " + parts.joined(separator: ", ")
    }

    static func row(_ name: String, _ cells: [String]) -> String {
        let head = name + String(repeating: " ", count: max(1, 12 - name.count))
        return head + cells.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
    }

    static func milliseconds(_ statistics: LatencyStatistics) -> [String] {
        func text(_ nanoseconds: Double) -> String { String(format: "%.3f", nanoseconds / 1e6) }
        return [
            "\(statistics.count)", text(Double(statistics.minimum)), text(statistics.mean),
            text(Double(statistics.p50)), text(Double(statistics.p95)), text(Double(statistics.p99)),
            text(Double(statistics.maximum)),
        ]
    }

    static func numbers(_ statistics: LatencyStatistics) -> [String: Any] {
        func microseconds(_ nanoseconds: Double) -> Double { (nanoseconds / 10).rounded() / 100 }
        return [
            "n": statistics.count, "min_us": microseconds(Double(statistics.minimum)),
            "mean_us": microseconds(statistics.mean), "p50_us": microseconds(Double(statistics.p50)),
            "p95_us": microseconds(Double(statistics.p95)), "p99_us": microseconds(Double(statistics.p99)),
            "max_us": microseconds(Double(statistics.maximum)),
        ]
    }

    /// The process's largest resident size so far.
    static var peakResidentMegabytes: Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    }
}
