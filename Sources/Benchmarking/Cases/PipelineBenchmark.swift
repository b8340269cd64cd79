internal import Dispatch
internal import FrameIO
internal import Kernels
public import Perception
internal import Streaming
internal import Synchronization

/// The pipeline case: the whole program on frames from memory, the way `run` runs it; maps are made and not written.
public struct PipelineBenchmark: Sendable {
    /// What the case came to.
    public struct Report: BenchmarkReport {
        /// `pipeline`.
        public let `case` = "pipeline"
        /// The model's name.
        public let model: String
        /// SHA-256 of its file.
        public let modelDigest: String
        /// `fp32` or `int8`.
        public let precision: String
        /// The network's input, WxH.
        public let size: String
        /// What comes in, for instance `jpeg 2048x1024`.
        public let input: String
        /// Instruction set.
        public let isa: String
        /// Threads.
        public let threads: Int
        /// Timed frames.
        public let frames: Int
        /// Frames before them.
        public let warmUp: Int
        /// What the machine could do.
        public let peaks: MachinePeaks
        /// One frame at a time, arrival to delivery: decode to write, by stage.
        public let latency: FrameTimes
        /// Several frames under way, as a stream runs.
        public let throughput: Throughput
        /// The process's memory.
        public let memory: ProcessMemory
    }

    /// Where the time of frames went.
    public struct FrameTimes: Sendable, Encodable {
        /// Arrival to delivery.
        public let frame: SampleStatistics
        /// By stage, in order.
        public let stages: [StageRow]
        /// Between stages.
        public let queueing: SampleStatistics
        /// Parallel regions of a frame times what one takes beyond its work.
        public let handOverMs: Double
        /// Decode, normalize, queueing and hand-over: what is neither network nor tail, as a share of the frame.
        public let overheadShare: Double
        /// Score, threshold and fuse as a share of the frame.
        public let tailShare: Double
        /// Arrival to delivery of each frame, in order.
        public let samplesMs: [Double]
    }

    /// One stage.
    public struct StageRow: Sendable, Encodable {
        /// Its name.
        public let stage: String
        /// Its times.
        public let time: SampleStatistics
    }

    /// What a stream reaches.
    public struct Throughput: Sendable, Encodable {
        /// Frames per second from the first delivery to the last.
        public let framesPerSecond: Double
        /// Arrival to delivery while others are under way.
        public let frame: SampleStatistics
    }

    private let settings: PerceptionSettings

    /// Measures with `settings`.
    public init(_ settings: PerceptionSettings) { self.settings = settings }

    /// Measures `frames` frames after `warmUp`, first one at a time, then as a stream. Blocks.
    public func run(_ input: StoredFrames, frames: Int, warmUp: Int) throws(BenchmarkError) -> Report {
        let (alone, size) = try stream(input, frames: frames + warmUp, isAlone: true)
        // Before what the benchmark itself needs.
        let memory = ProcessMemory.now()
        let (many, _) = try stream(input, frames: frames + warmUp, isAlone: false)
        let peaks = MachinePeaks.measure(settings.kernels.instructionSet, on: settings.pool)
        let timed = Array(alone.dropFirst(warmUp))
        let bundle = settings.network.bundle.description
        return Report(
            model: bundle.name, modelDigest: bundle.modelSHA256, precision: settings.precisionName,
            size: size?.description ?? "", input: input.summary, isa: settings.kernels.instructionSet.description,
            threads: settings.pool.threadCount, frames: frames, warmUp: warmUp, peaks: peaks,
            latency: FrameTimes(timed, handOverMs: try regionsPerFrame(size) * peaks.handOverMs),
            throughput: Throughput(Array(many.dropFirst(warmUp))), memory: memory)
    }

    /// Runs frames until `control` says no more; `observe` gets each frame's time, on the sink's queue.
    func feed(
        _ input: StoredFrames, permit: @escaping () -> Bool, observe: @escaping @Sendable (FrameRecord) -> Void,
        watchedBy others: [any FrameObserver] = [], control: PipelineControl = PipelineControl()
    ) throws(BenchmarkError) -> NetworkSize? {
        let failures = Mutex<String?>(nil)
        let messages = MessageSink(clock: { MonotonicTime.now() }) { line in
            failures.withLock { $0 = $0 ?? line }
        }
        var run = PerceptionRun(settings: settings, outputs: OutputRequest(), stream: .file, onCorrupt: .fail)
        run.observers = others + [RecordObserver(observe)]
        do throws(ModelError) {
            let result = try run.run(
                RepeatingSource(input, permit: permit), control: control, messages: messages)
            if let failure = failures.withLock({ $0 }) { throw ModelError(failure) }
            return result.networkSize
        } catch {
            throw BenchmarkError(error.description)
        }
    }

    /// Times of `frames` frames, in order: one at a time, or as many under way as a stream has.
    func stream(
        _ input: StoredFrames, frames: Int, isAlone: Bool, watchedBy others: [any FrameObserver] = [],
        control: PipelineControl = PipelineControl()
    ) throws(BenchmarkError) -> ([FrameRecord], NetworkSize?) {
        let records = Mutex<[FrameRecord]>([])
        records.withLock { $0.reserveCapacity(frames) }
        let ended = DispatchSemaphore(value: 1)
        var left = frames
        let size = try feed(
            input,
            permit: {
                guard left > 0 else { return false }
                if isAlone { ended.wait() }
                left -= 1
                return true
            },
            observe: { record in
                records.withLock { $0.append(record) }
                ended.signal()
            }, watchedBy: others, control: control)
        return (records.withLock { $0 }, size)
    }

    private func regionsPerFrame(_ size: NetworkSize?) throws(BenchmarkError) -> Double {
        guard let size else { throw BenchmarkError("no frame was processed") }
        do throws(ModelError) {
            return Double(try settings.regionsPerFrame(size))
        } catch {
            throw BenchmarkError(error.description)
        }
    }
}

/// Hands on the records of frames.
private final class RecordObserver: FrameObserver {
    private let observe: @Sendable (FrameRecord) -> Void

    init(_ observe: @escaping @Sendable (FrameRecord) -> Void) { self.observe = observe }

    func frameEnded(_ frame: borrowing EndedFrame) { observe(frame.record) }
}

extension PipelineBenchmark.FrameTimes {
    init(_ records: [FrameRecord], handOverMs: Double) {
        func statistics(_ value: (FrameRecord) -> Int64) -> SampleStatistics {
            SampleStatistics(nanoseconds: records.map(value))
        }
        let parts: [(String, KeyPath<StageTimes, Int64?>)] = [
            ("decode", \.decode), ("normalize", \.normalize), ("backbone", \.backbone), ("heads", \.heads),
            ("score", \.score), ("threshold", \.threshold), ("fuse", \.fuse), ("write", \.write),
        ]
        stages = parts.map { name, path in
            PipelineBenchmark.StageRow(stage: name, time: statistics { $0.stages[keyPath: path] ?? 0 })
        }
        frame = statistics(\.totalNanoseconds)
        queueing = statistics(\.queueWaitNanoseconds)
        self.handOverMs = handOverMs
        samplesMs = records.map { Double($0.totalNanoseconds) / 1e6 }
        /// Median over frames of a part's share in its frame.
        func share(_ part: (FrameRecord) -> Int64) -> Double {
            let shares = records.map { Double(part($0)) / Double(max($0.totalNanoseconds, 1)) }.sorted()
            return shares.isEmpty ? 0 : shares[shares.count / 2]
        }
        tailShare = share { ($0.stages.score ?? 0) + ($0.stages.threshold ?? 0) + ($0.stages.fuse ?? 0) }
        let handOver = frame.medianMs > 0 ? handOverMs / frame.medianMs : 0
        overheadShare =
            handOver
            + share { record in
                let stages = record.stages
                let useful = [stages.backbone, stages.heads, stages.score, stages.threshold, stages.fuse, stages.write]
                // What no stage accounts for counts as overhead, too.
                return record.totalNanoseconds - useful.reduce(0) { $0 + ($1 ?? 0) }
            }
    }
}

extension PipelineBenchmark.Throughput {
    init(_ records: [FrameRecord]) {
        let ends = records.map { $0.arrivalNanoseconds + $0.totalNanoseconds }
        let span = (ends.last ?? 0) - (ends.first ?? 0)
        framesPerSecond = span > 0 ? Double(records.count - 1) * 1e9 / Double(span) : 0
        frame = SampleStatistics(nanoseconds: records.map(\.totalNanoseconds))
    }
}

extension PipelineBenchmark.Report {
    /// A table by stage.
    public var text: String {
        var table = TextTable([-14, 12, 10, 10, 10])
        table.add(["one at a time"] + SampleStatistics.heads)
        for row in latency.stages { table.add([row.stage] + row.time.cells) }
        table.add(["queueing"] + latency.queueing.cells)
        table.add(["frame"] + latency.frame.cells)
        return """
            \(model) \(precision) \(size) from \(input), \(isa), \(threads) threads, \(frames) frames after \(warmUp)
            \(peaks.line)
            \(table.text)
            hand-over \(latency.handOverMs.digits(3)) ms; decode, normalize, queueing and hand-over \
            \(latency.overheadShare.percent) of the frame; tail \(latency.tailShare.percent)
            as a stream: \(throughput.framesPerSecond.digits(2)) frames/s, frame \(throughput.frame.medianMs.digits(3)) ms
            process \(memory.peakRssMb.digits(1)) MB at most
            """
    }
}
