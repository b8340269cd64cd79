internal import Foundation
internal import Streaming

extension MergeReport {
    /// One JSON object: the keys of a summary, and what only many runs have.
    public var json: String {
        var stages: [String: Any] = [:]
        for (name, statistics) in rows where name != "frame" && name != "queue_wait" {
            stages[name] = RunSummary.numbers(statistics)
        }
        var object: [String: Any] = [
            "kind": "densehybrid-merge", "format": 1, "runs": inputs.runs.count,
            "segments": [
                "expected": inputs.expected.map { $0 as Any } ?? NSNull(), "missing": inputs.missing,
                "duplicated": inputs.duplicates.map(\.name),
                "duplicates_differ": inputs.duplicates.filter(\.differ).map(\.name), "data_loss": damaged,
            ],
            "frames": [
                "in": total(\.frames.arrived), "delivered": total(\.frames.delivered), "dropped": totals(\.dropped),
                "failed": total(\.frames.failed), "failures": totals { $0.failures ?? [:] },
            ],
            "deadline_misses": total(\.deadlineMisses), "damaged_stretches": total { $0.damagedStretches ?? 0 },
            "stages": stages, "frame": RunSummary.numbers(statistics("frame")),
            "queue_wait": RunSummary.numbers(statistics("queue_wait")),
            "histogram_layout": LatencyDistribution.layout,
            "histograms": latencies.mapValues(StoredHistogram.object),
            "allocations_per_frame_most": mostAllocations.map { $0 as Any } ?? NSNull(),
            "wall_seconds": wallSeconds.map { $0 as Any } ?? NSNull(), "digest": digest, "settings": settings,
            "differences": differences, "exit_code": Int(exitCode),
        ]
        object["machines"] = machines.map {
            ["isa": $0.isa, "threads": $0.threads, "size": $0.size, "runs": $0.runs] as [String: Any]
        }
        object["quality"] = quality.map {
            ["rung": $0.rung, "delivered": $0.delivered, "computed": $0.computed] as [String: Any]
        }
        object["digests"] = Dictionary(uniqueKeysWithValues: inputs.runs.map { ($0.name, $0.record.digest) })
        return JSONText.pretty(object)
    }

    private func statistics(_ name: String) -> LatencyStatistics {
        (latencies[name] ?? LatencyDistribution()).statistics
    }

    /// The table for people.
    public var text: String {
        var lines = [RunSummary.row("stage", ["n", "min", "mean", "p50", "p95", "p99", "max"]) + "   ms"]
        for (name, statistics) in rows {
            lines.append(RunSummary.row(name.replacing("_", with: " "), RunSummary.milliseconds(statistics)))
        }
        let drops = totals(\.dropped)
        let failures = totals { $0.failures ?? [:] }
        let causes = (drops.sorted { $0.key < $1.key } + failures.sorted { $0.key < $1.key }).map {
            "\($0.key) \($0.value)"
        }
        lines.append(
            "frames: \(total(\.frames.arrived)) in = \(total(\.frames.delivered)) delivered + "
                + "\(drops.values.reduce(0, +)) dropped + \(total(\.frames.failed)) failed"
                + (causes.isEmpty ? "" : " (" + causes.joined(separator: ", ") + ")"))
        if !quality.isEmpty {
            lines.append("delivered by rung: " + quality.map { "\($0.rung) \($0.delivered)" }.joined(separator: ", "))
        }
        let misses = total(\.deadlineMisses)
        if misses > 0 { lines.append("deadline misses: \(misses)") }
        var runs = "runs: \(inputs.runs.count)" + (inputs.expected.map { " of \($0) segments" } ?? "")
        if let wallSeconds { runs += String(format: ", %.1f s of work", wallSeconds) }
        lines.append(runs)
        for machine in machines {
            lines.append("  \(machine.runs) on \(machine.isa), \(machine.threads) threads, \(machine.size)")
        }
        lines.append("digest of all maps: \(digest)")
        if !inputs.missing.isEmpty { lines.append("missing: " + inputs.missing.joined(separator: ", ")) }
        if !damaged.isEmpty { lines.append("input was lost in: " + damaged.joined(separator: ", ")) }
        for (name, differ) in inputs.duplicates {
            lines.append("twice: \(name), the first counts" + (differ ? "; the maps differ" : ""))
        }
        lines += differences.map { "differs: \($0)" }
        return lines.joined(separator: "\n")
    }
}
