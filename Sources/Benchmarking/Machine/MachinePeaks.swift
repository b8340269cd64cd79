internal import CMachinePeaks
public import Kernels

/// What this machine could do at most, measured in the same process and with the same threads as whatever is compared
/// with it.
public struct MachinePeaks: Sendable, Encodable {
    /// The most multiply-accumulates per second of one arithmetic.
    public struct Rate: Sendable, Encodable {
        /// Instructions of the loop, for instance `vpdpbusd zmm`.
        public let instructions: String
        /// 10^9 multiply-accumulates per second, all threads together.
        public let gmacPerSecond: Double
    }

    /// Threads that ran at the same time.
    public let threads: Int
    /// fp32 multiply-accumulates in registers.
    public let fp32: Rate?
    /// int8 products with 32-bit sums in registers; nil where the instruction set has none.
    public let int8: Rate?
    /// 10^9 bytes per second read from memory, all threads together.
    public let memoryReadGbPerSecond: Double
    /// Median milliseconds that a parallel region takes beyond the work in it: handing out, waking up, coming together.
    public let handOverMs: Double

    /// Measures the peaks of `set` on the threads of `pool`: the best of several short runs each, since a peak is what
    /// the machine can do when nothing disturbs it. Blocks for about 0.4 s; allocates 128 MB and frees it.
    public static func measure(_ set: InstructionSet, on pool: WorkerPool) -> MachinePeaks {
        MachinePeaks(
            threads: pool.threadCount, fp32: rate(set, DH_PEAK_FP32, on: pool), int8: rate(set, DH_PEAK_INT8, on: pool),
            memoryReadGbPerSecond: memoryRate(on: pool), handOverMs: handOver(on: pool))
    }

    private struct Loop {
        let set: dh_peak_set
        let arithmetic: dh_peak_arithmetic
        let rounds: Int64
    }

    private static func rate(_ set: InstructionSet, _ arithmetic: dh_peak_arithmetic, on pool: WorkerPool) -> Rate? {
        let code = peakSet(of: set)
        guard let name = dh_peak_instructions(code, arithmetic) else { return nil }
        // About 10 ms at 2 operations a cycle.
        var loop = Loop(set: code, arithmetic: arithmetic, rounds: 5_000_000)
        let products = dh_peak_run(code, arithmetic, 1) * loop.rounds * Int64(pool.threadCount)
        let best = shortest(runs: 8, on: pool, context: &loop) { raw, _, _ in
            guard let loop = raw?.assumingMemoryBound(to: Loop.self).pointee else { return }
            _ = dh_peak_run(loop.set, loop.arithmetic, loop.rounds)
        }
        return Rate(instructions: String(cString: name), gmacPerSecond: Double(products) / Double(best))
    }

    private struct Memory {
        let start: UnsafeMutableRawPointer
        let bytes: Int
    }

    private static func memoryRate(on pool: WorkerPool) -> Double {
        // More than any cache near a core holds, divided among the threads.
        let bytes = (128 << 20) / pool.threadCount & ~255
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes * pool.threadCount, alignment: 64)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 1, count: bytes * pool.threadCount)
        var part = Memory(start: memory, bytes: bytes)
        let best = shortest(runs: 6, on: pool, context: &part) { raw, chunk, _ in
            guard let part = raw?.assumingMemoryBound(to: Memory.self).pointee else { return }
            _ = dh_peak_read(part.start + Int(chunk) * part.bytes, part.bytes)
        }
        return Double(bytes * pool.threadCount) / Double(best)
    }

    /// Every thread has 50 microseconds to pass; what the region takes beyond them is the pool's.
    private static func handOver(on pool: WorkerPool) -> Double {
        var share: Int64 = 50_000
        let times = (0..<200).map { _ in
            nanoseconds(ofRegion: pool, context: &share) { raw, _, _ in
                let end = Clock.now() + (raw?.load(as: Int64.self) ?? 0)
                while Clock.now() < end {}
            }
        }
        return SampleStatistics(nanoseconds: times.map { max(0, $0 - share) }).medianMs
    }

    private static func shortest<Context>(
        runs: Int, on pool: WorkerPool, context: inout Context, body: WorkerPool.Body
    ) -> Int64 {
        (0..<runs).map { _ in nanoseconds(ofRegion: pool, context: &context, body: body) }.min() ?? .max
    }

    /// Wall time of one region with one chunk per thread.
    private static func nanoseconds<Context>(
        ofRegion pool: WorkerPool, context: inout Context, body: WorkerPool.Body
    ) -> Int64 {
        withUnsafeMutablePointer(to: &context) { context in
            let start = Clock.now()
            pool.run(chunks: pool.threadCount, context: context, body: body)
            return Clock.now() - start
        }
    }

    /// The loops that stand for an instruction set. OpenBLAS picks its kernels itself: it is held against the best.
    private static func peakSet(of set: InstructionSet) -> dh_peak_set {
        let name = (set == .blas ? widestWithLoops : set).description
        if name.hasPrefix("avx512") || name.hasPrefix("avxvnni") { return DH_PEAK_AVX512 }
        if name.hasPrefix("avx2") { return DH_PEAK_AVX2 }
        return name.hasPrefix("neon") ? DH_PEAK_NEON : DH_PEAK_BASELINE
    }

    private static var widestWithLoops: InstructionSet {
        let best = InstructionSet.detected
        return best == .blas ? .scalar : best
    }
}
