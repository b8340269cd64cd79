import Benchmarking
import Foundation
import Inference
import Kernels
import OpenSet
import Perception
import TestSupport
import Testing

/// The numbers of each case fit together. What they are depends on the machine and is not tested.
@Suite struct CaseTests {
    @Test(arguments: InstructionSet.allCases.filter(\.isSupported))
    func peaks(set: InstructionSet) throws {
        let peaks = MachinePeaks.measure(set, on: WorkerPool(threads: 2))
        #expect(peaks.threads == 2)
        let fp32 = try #require(peaks.fp32)
        #expect(fp32.gmacPerSecond > 0 && fp32.gmacPerSecond < 1e5)
        #expect(peaks.memoryReadGbPerSecond > 0 && peaks.handOverMs >= 0)
    }

    @Test func kernels() throws {
        let sets = InstructionSet.allCases.filter(\.isSupported)
        let benchmark = KernelBenchmark(shapes: ConvolutionShape.small, pool: WorkerPool(threads: 1))
        let report = try benchmark.run(sets: sets, frames: 5, warmUp: 1)
        #expect(report.parts.map(\.isa) == sets.map(\.description))
        for part in report.parts {
            #expect(part.rows.map(\.shape) == ConvolutionShape.small.map(\.name))
            for row in part.rows {
                expectOrdered(row.time, row.shape)
                #expect(row.time.n == 5 && !row.kernel.isEmpty)
                #expect(same(row.gmacPerSecond, Double(row.macs) / (row.time.medianMs * 1e6)))
                let peak = try #require(part.peaks.fp32).gmacPerSecond
                #expect(same(try #require(row.shareOfPeak), row.gmacPerSecond / peak))
            }
        }
        // 16 -> 24 channels, 3x3, 17x23 outputs; 32 -> 16, 1x1, 12x20.
        #expect(report.parts[0].rows.map(\.macs) == [16 * 24 * 9 * 17 * 23, 32 * 16 * 12 * 20])
        let object = try parsed(report)
        #expect(object["case"] as? String == "kernels")
        let parts = try #require(object["parts"] as? [[String: Any]])
        let row = try #require((parts[0]["rows"] as? [[String: Any]])?.first)
        #expect(Set(row.keys) == ["shape", "kernel", "macs", "time", "gmac_per_second", "share_of_peak"])
        #expect(report.text.contains(report.parts[0].rows[0].shape))
    }

    @Test func scores() throws {
        let settings = try SmallModel.settings(threads: 2)
        let statistics = ScoreStatistics(
            maximumLogit: (0..<19).map { .init(pixels: 10_000, mean: Double($0), deviation: 2) })
        let report = try ScoreBenchmark(settings) { $0.needs.contains(.statistics) ? statistics : nil }
            .run(frames: 3, warmUp: 1)
        // The bundled model has a head, and no outlier class.
        let hosted = OutlierScore.all.filter { !$0.needs.contains(.outlierClass) && !$0.needs.contains(.features) }
        #expect(report.rows.map(\.score) == hosted.map(\.name) && report.size == "128x64" && report.threads == 2)
        #expect(report.omitted.map(\.score) == ["void", "uno", "react", "mahalanobis", "energy-neco"])
        #expect(report.omitted.prefix(2).allSatisfy { $0.reason.contains("outlier_output") })
        #expect(report.omitted.dropFirst(2).allSatisfy { $0.reason.contains("calibrate statistics") }, "no features")
        for row in report.rows {
            expectOrdered(row.time, row.score)
            #expect(row.time.n == 3 && same(row.overArgmaxMs, row.time.medianMs - report.argmaxAlone.medianMs))
            #expect(report.text.contains(row.score))
        }
        #expect(try parsed(report)["case"] as? String == "scores")
        let bare = try ScoreBenchmark(settings, scores: [.standardizedMaximumLogit]) { _ in nil }
        #expect(bare.run(frames: 1, warmUp: 0).omitted.map(\.score) == ["sml"])
        let measured = try StatisticsFile(of: settings.network.bundle, for: .mahalanobis).statistics
        let featured = try ScoreBenchmark(settings, scores: [.react, .mahalanobis, .energyNeco]) { _ in measured }
        #expect(featured.run(frames: 2, warmUp: 0).rows.map(\.score) == ["react", "mahalanobis", "energy-neco"])
    }

    @Test func model() throws {
        let settings = try SmallModel.settings()
        let report = try ModelBenchmark(settings).run(frames: 3, warmUp: 1)
        #expect(report.size == "128x64" && report.frames == 3 && report.precision == "fp32")
        #expect(!report.steps.isEmpty)
        #expect(same(report.sumOfStepsMs, report.steps.reduce(0) { $0 + $1.medianMs }))
        for (name, times) in [
            ("backbone", report.backbone), ("heads", report.heads), ("network", report.network), ("tail", report.tail),
            ("argmax alone", report.argmaxAlone),
        ] {
            expectOrdered(times, name)
            #expect(times.n == 3)
        }
        // Steps are timed inside backbone and heads, so even their quickest runs are no longer than the whole.
        #expect(report.backbone.minMs + report.heads.minMs <= report.network.minMs + 1e-9)
        #expect(report.network.minMs <= report.network.p99Ms)
        for step in report.steps {
            #expect(["backbone", "heads"].contains(step.part) && step.medianMs >= 0 && step.macs >= 0)
            #expect((step.shareOfPeak ?? 1) > 0, "\(step.name)")
            if step.macs == 0 { #expect(step.shareOfPeak == nil) }
        }
        // The steps' work is the network's work.
        let network = try settings.network.compile(
            size: NetworkSize(width: 128, height: 64), kernels: settings.kernels, threads: 1)
        let steps = network.steps
        let total = (steps.backbone + steps.heads).reduce(0) { $0 + $1.multiplyAccumulates }
        #expect(report.steps.reduce(0) { $0 + $1.macs } == total)
        #expect(report.steps.count == steps.backbone.count + steps.heads.count)
        let object = try parsed(report)
        #expect(
            Set(object.keys).isSuperset(of: [
                "case", "model", "model_digest", "precision", "size", "isa", "threads", "frames", "warm_up", "peaks",
                "steps", "sum_of_steps_ms", "backbone", "heads", "network", "tail", "argmax_alone", "plan_mb", "memory",
            ]))
        #expect(report.memory.peakRssMb >= report.memory.rssMb && report.memory.rssMb > 0)
    }

    @Test func pipelineOnSyntheticFrames() throws {
        let frames = StoredFrames(syntheticWidth: 128, height: 64)
        let report = try PipelineBenchmark(try SmallModel.settings()).run(frames, frames: 6, warmUp: 2)
        #expect(report.input == "rgb24 128x64" && report.size == "128x64")
        let latency = report.latency
        expectOrdered(latency.frame, "frame")
        #expect(latency.frame.n == 6 && latency.samplesMs.count == 6)
        #expect(
            latency.stages.map(\.stage) == [
                "decode", "normalize", "backbone", "heads", "score", "threshold", "fuse", "write",
            ])
        // Stages and waits are parts of the frame.
        let parts = latency.stages.reduce(0) { $0 + $1.time.meanMs } + latency.queueing.meanMs
        #expect(parts <= latency.frame.meanMs * 1.000_001)
        #expect(latency.overheadShare > 0 && latency.overheadShare < 1)
        #expect(latency.tailShare > 0 && latency.tailShare < 1)
        #expect(report.throughput.framesPerSecond > 0)
        #expect(report.throughput.frame.n == 6)
        let object = try parsed(report)
        let times = try #require(object["latency"] as? [String: Any])
        #expect(
            Set(times.keys) == [
                "frame", "stages", "queueing", "hand_over_ms", "overhead_share", "tail_share", "samples_ms",
            ])
    }

    @Test func inputThatHoldsNoFrame() throws {
        let path = NSTemporaryDirectory() + "/empty-\(ProcessInfo.processInfo.globallyUniqueString).jpg"
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: BenchmarkError.self) { try StoredFrames(contentsOf: path, limit: 4) }
        #expect(throws: BenchmarkError.self) { try StoredFrames(contentsOf: path + ".absent", limit: 4) }
    }

    @Test func sizeThatTheNetworkDoesNotTake() throws {
        let small = try SmallModel.settings()
        let settings = PerceptionSettings(
            network: small.network, kernels: small.kernels, pool: small.pool, score: small.score,
            threshold: small.threshold, size: NetworkSize(width: 120, height: 64))
        #expect(throws: BenchmarkError.self) { _ = try ModelBenchmark(settings) }
        let frames = StoredFrames(syntheticWidth: 120, height: 64)
        #expect(throws: BenchmarkError.self) { try PipelineBenchmark(settings).run(frames, frames: 1, warmUp: 0) }
    }
}
