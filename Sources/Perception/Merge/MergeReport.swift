internal import Foundation
internal import Streaming

/// Many runs as one: books added up, latency histograms merged, so that percentiles are those of all frames together.
public struct MergeReport {
    let inputs: MergeInputs
    /// Distributions by stage, `frame` and `queue_wait`.
    let latencies: [String: LatencyDistribution]
    /// What all runs have in common.
    let settings: [String: String]
    /// Settings in which the runs differ, each with its values and a run that has it; empty unless that was allowed.
    let differences: [String]

    /// Merges. Runs of different models or settings are refused unless `mixed`: their numbers would say nothing together.
    public init(_ inputs: MergeInputs, mixed: Bool = false) throws(ModelError) {
        self.inputs = inputs
        var values: [String: [String: String]] = [:]
        for (name, record) in inputs.runs {
            for (key, value) in record.comparedSettings where values[key]?[value] == nil {
                values[key, default: [:]][value] = name
            }
        }
        differences = values.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { key, found in
            key + ": " + found.sorted { $0.key < $1.key }.map { "'\($0)' in \($1)" }.joined(separator: ", ")
        }
        guard mixed || differences.isEmpty else {
            throw ModelError(
                "the runs differ in \(differences.joined(separator: "; ")). Merge like with like, or add --mixed")
        }
        settings = values.compactMapValues { $0.count == 1 ? $0.keys.first : nil }
        var merged: [String: LatencyDistribution] = [:]
        for (name, record) in inputs.runs {
            for (stage, stored) in record.histograms ?? [:] {
                do throws(LatencyDistributionError) {
                    merged[stage, default: LatencyDistribution()].merge(try stored.distribution)
                } catch {
                    throw ModelError("\(name): its histogram of \(stage) is damaged: \(error)")
                }
            }
        }
        latencies = merged
    }

    /// 4 where a gate tripped, as of a single run; else 3 where input was lost or segments are missing, else 0.
    public var exitCode: Int32 {
        if inputs.runs.contains(where: { $0.record.exitCode == 4 }) { return 4 }
        return inputs.missing.isEmpty && damaged.isEmpty ? 0 : 3
    }

    /// Segments in which input was lost.
    var damaged: [String] { inputs.runs.filter { $0.record.hasDataLoss }.map(\.name) }

    /// SHA-256 of the lines `NAME DIGEST` of all runs by name: equal where all maps of all segments are.
    public var digest: String {
        let lines = inputs.runs.map { "\($0.name) \($0.record.digest)\n" }.sorted()
        return SourceIdentity.digest(of: lines.joined())
    }

    func total(_ count: (RunRecord) -> Int) -> Int { inputs.runs.reduce(0) { $0 + count($1.record) } }

    func totals(_ counts: (RunRecord.Frames) -> [String: Int]) -> [String: Int] {
        inputs.runs.reduce(into: [:]) { sums, run in sums.merge(counts(run.record.frames), uniquingKeysWith: +) }
    }

    /// Frames by the rung of the ladder that answered them, in the order in which rungs first appear; nothing where no run
    /// had more than one.
    var quality: [(rung: String, delivered: Int, computed: Int)] {
        let all = inputs.runs.flatMap { $0.record.quality ?? [] }
        guard inputs.runs.contains(where: { ($0.record.quality ?? []).count > 1 }) else { return [] }
        return all.reduce(into: [(rung: String, delivered: Int, computed: Int)]()) { sums, one in
            if let index = sums.firstIndex(where: { $0.rung == one.rung }) {
                sums[index].delivered += one.delivered
                sums[index].computed += one.computed
            } else {
                sums.append((one.rung, one.delivered, one.computed))
            }
        }
    }

    /// Wall time of all runs together, in seconds; nil where no run tells it.
    var wallSeconds: Double? {
        let seconds = inputs.runs.compactMap(\.record.wallSeconds)
        return seconds.isEmpty ? nil : seconds.reduce(0, +)
    }

    /// Allocations a frame in the run that has most; nil where none counted.
    var mostAllocations: Double? { inputs.runs.compactMap(\.record.allocationsPerFrame).max() }

    /// Kinds of machines, and how many runs each did.
    var machines: [(isa: String, threads: Int, size: String, runs: Int)] {
        struct Kind: Hashable {
            let isa: String
            let threads: Int
            let size: String
        }
        let counts = inputs.runs.reduce(into: [Kind: Int]()) { counts, run in
            counts[Kind(isa: run.record.isa, threads: run.record.threads, size: run.record.size), default: 0] += 1
        }
        return counts.map { ($0.key.isa, $0.key.threads, $0.key.size, $0.value) }
            .sorted { ($0.3, $0.0, $0.2) > ($1.3, $1.0, $1.2) }
    }

    /// Stages in pipeline order, then the frame and its waits; those that nothing was recorded of are left out.
    var rows: [(name: String, statistics: LatencyStatistics)] {
        let order = StageName.allCases.map(\.description) + ["queue_wait", "frame"]
        return order.compactMap { name in
            latencies[name].map { (name, $0.statistics) }
        }.filter { $0.1.count > 0 }
    }
}
