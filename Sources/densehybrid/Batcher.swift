internal import ArgumentParser
internal import Foundation
internal import FrameIO
internal import Monitoring
internal import Perception
internal import Streaming

/// Runs many drives for `replay --out`: one after the other, and says at the end what became of all.
struct Batcher {
    let streamer: Streamer
    let arguments: BatchArguments

    func run(_ drives: [String], out: String, selection: FrameSelection, pace: Pace) throws {
        guard streamer.options.verify == nil else {
            throw ValidationError("--verify is for one drive; the manifests of --out hold a digest each")
        }
        guard pace.isLive || streamer.options.decisions == nil else {
            throw ValidationError("replay --decisions follows one drive; leave --out away")
        }
        guard streamer.options.monitoring.trace == nil else {
            throw ValidationError("--trace is for one drive: each would be written over the one before")
        }
        if let target = streamer.options.health.diagnostics, target != "-", Int32(target) == nil {
            throw ValidationError("--diagnostics \(target) is for one drive: each would be written over the one before")
        }
        guard !streamer.options.flight.isActive else {
            throw ValidationError("--record-if and --worst are for one drive, not for --out")
        }
        let shard = try arguments.part()
        try SegmentList.check(output: out, paths: drives)
        let list = try SegmentList(drives)
        let plan = try streamer.plan(selection: selection, pace: pace)
        let batch = BatchRun(
            .init(
                list: list, shard: shard, output: out, resumes: arguments.resume,
                settings: settings(plan), version: DenseHybrid.configuration.version))
        if arguments.list { return try tell(batch) }
        try batch.begin()
        let interruption = Interruption()
        let signals = StopRequests { interruption.request() }
        defer { withExtendedLifetime(signals) {} }
        let progress = try streamer.options.progress.map { try BatchProgress($0, total: batch.segments.count) }
        var tally = Tally()
        for (number, segment) in batch.segments.enumerated() where !interruption.isRequested {
            let head = "[\(number + 1)/\(batch.segments.count)] \(segment.name)"
            try one(segment, head, batch, plan, interruption, progress, &tally)
            progress?.ended(segmentsDone: tally.records.count, failed: tally.failed.count)
        }
        progress?.finish()
        try end(tally, batch: batch, isInterrupted: interruption.isRequested)
    }

    private struct Tally {
        var records: [(name: String, record: RunRecord)] = []
        var failed: [String] = []
    }

    private func one(
        _ segment: Segment, _ head: String, _ batch: BatchRun, _ plan: StreamPlan, _ interruption: Interruption,
        _ progress: BatchProgress?, _ tally: inout Tally
    ) throws {
        do {
            try batch.clear(segment)
            switch try batch.state(of: segment) {
            case .done(let record):
                tally.records.append((segment.name, record))
                return say("\(head): kept")
            case .open(let reason):
                say(head + (reason.map { ": done again, \($0)" } ?? ""))
            }
            let counts = RunProgress()
            progress?.follow(counts)
            let outcome = try batch.work(on: segment, outputs: plan.request) { request in
                let result = try streamer.stream(
                    segment.path, into: request, by: plan, interruption: interruption, progress: counts)
                return (result, streamer.exitCode(of: result, plan.gates))
            }
            switch outcome {
            case .done(let record):
                tally.records.append((segment.name, record))
                let (delivered, dropped, failed) = record.counts
                let seconds = String(format: "%.1f", record.seconds ?? 0)
                say("\(head): \(delivered) delivered, \(dropped) dropped, \(failed) failed, \(seconds) s")
            case .failed(let reason): fail(segment, reason, &tally)
            case .interrupted: break
            }
        } catch let error as ModelError where error.isUsage {
            throw error
        } catch let error as ValidationError {
            throw error
        } catch {
            fail(segment, "\(error)", &tally)
        }
    }

    private func fail(_ segment: Segment, _ reason: String, _ tally: inout Tally) {
        tally.failed.append(segment.name)
        Console.error("error: \(segment.name): \(reason)")
    }

    private func end(_ tally: Tally, batch: BatchRun, isInterrupted: Bool) throws {
        let count = batch.segments.count
        if !tally.records.isEmpty {
            let report = try MergeReport(MergeInputs(records: tally.records))
            say(report.text)
            try streamer.write(summary: report.json)
        }
        let open = count - tally.records.count
        if open > 0 {
            let cause = isInterrupted ? "interrupted" : "not done: \(tally.failed.joined(separator: ", "))"
            Console.error("error: \(tally.records.count) of \(count) drives are done (\(cause)); add --resume to go on")
            throw ExitStatus(code: 1)
        }
        let lossy = tally.records.filter { $0.record.hasDataLoss }.map(\.name)
        if !lossy.isEmpty { Console.error("densehybrid: input was lost in \(lossy.joined(separator: ", "))") }
        if tally.records.contains(where: { $0.record.exitCode == 4 }) { throw ExitStatus(code: 4) }
        if !lossy.isEmpty { throw ExitStatus(code: 3) }
    }

    /// `--list`: a line a drive, `done NAME` or `open NAME`, with the reason behind a tab.
    private func tell(_ batch: BatchRun) throws {
        for segment in batch.segments {
            switch try batch.state(of: segment) {
            case .done: print("done\t\(segment.name)")
            case .open(let reason): print("open\t\(segment.name)" + (reason.map { "\t\($0)" } ?? ""))
            }
        }
    }

    private func settings(_ plan: StreamPlan) -> [String: String] {
        let input = streamer.options.input
        let format = [input.inputFormat, input.pixelFormat, input.videoSize, input.framerate, input.colorRange]
        return BatchSettings.list(
            plan.settings, plan.stream, plan.selection, onCorrupt: plan.onCorrupt, onStall: plan.onStall,
            stallTimeout: plan.limits.stallTimeout, inspection: plan.inspection, outputs: plan.request,
            others: [
                "pace": plan.pace.name, "topic": input.topic ?? "",
                "input": format.compactMap { $0 }.joined(separator: " "),
            ])
    }

    private func say(_ line: String) {
        if !streamer.options.quiet { Console.error(line) }
    }
}
