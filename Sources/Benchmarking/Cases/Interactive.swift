internal import Dispatch
internal import FrameIO
internal import Kernels
public import Perception
internal import Synchronization

/// Measuring on demand, for a comparison with another program that takes turns on the same machine: the process stays
/// warm and idle until it is asked.
///
/// One line of JSON says that it is ready. Then every line `run N` on standard input is answered, after N frames, by
/// `{"samples_ms": [...], "peak_rss_mb": ..., "rss_mb": ...}`. The end of standard input ends the program.
public enum Interactive {
    /// What a block of frames is answered with.
    private struct Answer: BenchmarkReport {
        let samplesMs: [Double]
        let peakRssMb: Double
        let rssMb: Double
        var text: String { "" }
    }

    /// What is said first.
    private struct Ready: BenchmarkReport {
        let ready = true
        let isa: String
        let threads: Int
        let precision: String
        /// The process's memory before frames, the network's included.
        let peakRssMb: Double
        var text: String { "" }
    }

    /// The network alone: normalised picture to low-resolution logits.
    public static func serve(
        _ network: NetworkRunner, settings: PerceptionSettings, print: (String) -> Void
    ) throws(BenchmarkError) {
        print(try ready(settings).json(onOneLine: true))
        while let frames = try nextBlock() {
            var samples: [Double] = []
            for _ in 0..<frames { samples.append(Double(try network.run()) / 1e6) }
            print(try answer(samples).json(onOneLine: true))
        }
    }

    /// The pipeline, one frame at a time: encoded picture to open-set map.
    public static func serve(
        _ pipeline: PipelineBenchmark, input: StoredFrames, settings: PerceptionSettings,
        print: @escaping (String) -> Void
    ) throws(BenchmarkError) {
        let samples = Mutex<[Double]>([])
        let ended = DispatchSemaphore(value: 0)
        let failure = Mutex<BenchmarkError?>(nil)
        var left = 0
        var isFirst = true
        print(try ready(settings).json(onOneLine: true))
        _ = try pipeline.feed(
            input,
            permit: {
                // On the source's thread: the answer is given when the block's last frame has ended.
                if !isFirst { ended.wait() }
                isFirst = false
                do throws(BenchmarkError) {
                    if left == 0 {
                        let block = samples.withLock { block in
                            defer { block.removeAll(keepingCapacity: true) }
                            return block
                        }
                        if !block.isEmpty { print(try answer(block).json(onOneLine: true)) }
                        guard let frames = try nextBlock() else { return false }
                        left = frames
                    }
                    left -= 1
                    return true
                } catch {
                    failure.withLock { $0 = error }
                    return false
                }
            },
            observe: { record in
                samples.withLock { $0.append(Double(record.totalNanoseconds) / 1e6) }
                ended.signal()
            })
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// The number of frames that the next line asks for; nil at the end of standard input.
    private static func nextBlock() throws(BenchmarkError) -> Int? {
        guard let line = readLine() else { return nil }
        let words = line.split(separator: " ")
        guard words.count == 2, words[0] == "run", let frames = Int(words[1]), 1...100_000 ~= frames else {
            throw BenchmarkError("standard input: '\(line)' is not 'run N' with N from 1 to 100000")
        }
        return frames
    }

    private static func ready(_ settings: PerceptionSettings) -> Ready {
        Ready(
            isa: settings.kernels.instructionSet.description, threads: settings.pool.threadCount,
            precision: settings.precisionName, peakRssMb: ProcessMemory.now().peakRssMb)
    }

    private static func answer(_ samples: [Double]) -> Answer {
        let memory = ProcessMemory.now()
        return Answer(samplesMs: samples, peakRssMb: memory.peakRssMb, rssMb: memory.rssMb)
    }
}
