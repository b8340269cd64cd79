internal import Dispatch
internal import Foundation
internal import FrameIO
internal import Monitoring
public import Perception
internal import Streaming

/// What watching costs: the same frames watched and unwatched, in turns.
///
/// Watched means: counts, trace to a file, metrics file every second, and a client that asks the control socket once a
/// second; neither web view nor health board nor flight recorder. Each round measures both, the order alternating, so that
/// what the machine does meanwhile meets both alike.
public struct MonitoringBenchmark: Sendable {
    /// What the case came to.
    public struct Report: BenchmarkReport {
        /// `monitoring`.
        public let `case` = "monitoring"
        /// Model, precision, input of the network.
        public let model: String
        /// What comes in.
        public let input: String
        /// Frames a round and side.
        public let frames: Int
        /// Frames without, of all rounds, arrival to delivery.
        public let off: SampleStatistics
        /// Frames with monitoring.
        public let on: SampleStatistics
        /// On to off by round, of the medians.
        public let ratios: [Double]
        /// The median of these.
        public let ratio: Double
        /// Bytes of one answer of the control socket.
        public let answerBytes: Int

        /// A few lines for people.
        public var text: String {
            let sorted = ratios.sorted()
            func part(_ quarters: Int) -> Double { sorted.isEmpty ? 0 : sorted[(sorted.count - 1) * quarters / 4] }
            return """
                \(model) from \(input), \(frames) frames a round and side, \(ratios.count) rounds in turns
                frame off \(off.medianMs.digits(3)) ms median, on \(on.medianMs.digits(3)) ms
                on/off: \((on.medianMs / off.medianMs).digits(4)) of the medians of all frames, \
                \((on.minMs / off.minMs).digits(4)) of the minima
                on/off of medians by round: median \(ratio.digits(4)), half of the rounds \(part(1).digits(4)) to \
                \(part(3).digits(4)), all \(part(0).digits(4)) to \(part(4).digits(4))
                one answer of the control socket: \(answerBytes) bytes
                """
        }
    }

    private let settings: PerceptionSettings

    /// Measures with `settings`.
    public init(_ settings: PerceptionSettings) { self.settings = settings }

    /// Measures `rounds` rounds of `frames` frames after `warmUp` on each side. Blocks.
    public func run(
        _ input: StoredFrames, rounds: Int, frames: Int, warmUp: Int
    ) throws(BenchmarkError) -> Report {
        var off: [Int64] = []
        var on: [Int64] = []
        var ratios: [Double] = []
        var answerBytes = 0
        for round in 0..<rounds {
            var medians = (off: 0.0, on: 0.0)
            for side in [round % 2 == 1, round % 2 == 0] {
                let times = try measure(input, frames: frames, warmUp: warmUp, isWatched: side, &answerBytes)
                let median = SampleStatistics(nanoseconds: times).medianMs
                if side {
                    on += times
                    medians.on = median
                } else {
                    off += times
                    medians.off = median
                }
            }
            ratios.append(medians.on / medians.off)
        }
        let sorted = ratios.sorted()
        let description = settings.network.bundle.description
        return Report(
            model: "\(description.name) \(settings.precisionName)", input: input.summary, frames: frames,
            off: SampleStatistics(nanoseconds: off), on: SampleStatistics(nanoseconds: on), ratios: ratios,
            ratio: sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2,
            answerBytes: answerBytes)
    }

    private func measure(
        _ input: StoredFrames, frames: Int, warmUp: Int, isWatched: Bool, _ answerBytes: inout Int
    ) throws(BenchmarkError) -> [Int64] {
        let pipeline = PipelineBenchmark(settings)
        guard isWatched else {
            let (records, _) = try pipeline.stream(input, frames: frames + warmUp, isAlone: true)
            return records.dropFirst(warmUp).map(\.totalNanoseconds)
        }
        let folder = NSTemporaryDirectory() + "/densehybrid-bench-\(ProcessInfo.processInfo.processIdentifier)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            var request = MonitoringRequest()
            request.trace = folder + "/trace.json"
            request.metricsFile = folder + "/metrics.prom"
            request.control = .path(folder + "/control")
            let control = PipelineControl()
            let monitoring = try RunMonitoring(
                request,
                description: RunDescription(
                    version: "", verb: "bench", input: input.summary, settings: settings, stream: .file),
                control: control, messages: MessageSink(clock: { MonotonicTime.now() }, print: { _ in }))
            let client = try ControlClient(path: folder + "/control")
            let scraper = Scraper(client)
            defer {
                scraper.stop()
                monitoring.finish()
            }
            let (records, _) = try pipeline.stream(
                input, frames: frames + warmUp, isAlone: true, watchedBy: monitoring.observers, control: control)
            answerBytes = monitoring.monitor.snapshot().jsonBytes.count
            return records.dropFirst(warmUp).map(\.totalNanoseconds)
        } catch let error as BenchmarkError {
            throw error
        } catch {
            throw BenchmarkError("\(error)")
        }
    }
}

/// Asks a control socket once a second. A client in the same process: what it costs counts, too.
private final class Scraper: @unchecked Sendable {
    // Invariant: the client is used on `queue` only.
    private let queue = DispatchQueue(label: "densehybrid.bench-scraper")
    private let timer: any DispatchSourceTimer

    init(_ client: ControlClient) {
        timer = DispatchSource.makeTimerSource(queue: queue)
        nonisolated(unsafe) let client = client
        timer.setEventHandler { _ = try? client.snapshot() }
        timer.schedule(deadline: .now() + 0.5, repeating: 1)
        timer.activate()
    }

    func stop() {
        timer.cancel()
        queue.sync {}
    }
}
