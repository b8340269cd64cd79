internal import FrameIO
internal import Inference
public import Kernels

/// The kernel case: single convolutions on the engine, each with the kernel that the compiler picks for it.
public struct KernelBenchmark: Sendable {
    /// What one convolution came to.
    public struct Row: Sendable, Encodable {
        /// The convolution, for instance `3x3 128->32 @256x512`.
        public let shape: String
        /// The kernel that was picked.
        public let kernel: String
        /// Multiply-accumulates that the convolution asks for; a fast algorithm may execute fewer.
        public let macs: Int
        /// Time of the convolution's own step.
        public let time: SampleStatistics
        /// 10^9 multiply-accumulates per second, by the median.
        public let gmacPerSecond: Double
        /// `gmacPerSecond` over the peak; above 1 where the kernel executes fewer than `macs`.
        public let shareOfPeak: Double?
    }

    /// All rows of one instruction set.
    public struct Part: Sendable, Encodable {
        /// The instruction set.
        public let isa: String
        /// What the machine could do with it.
        public let peaks: MachinePeaks
        /// One row per shape.
        public let rows: [Row]
    }

    /// What the case came to.
    public struct Report: BenchmarkReport {
        /// `kernels`.
        public let `case` = "kernels"
        /// Arithmetic of the convolutions.
        public let precision = "fp32"
        /// Threads.
        public let threads: Int
        /// Timed runs per shape.
        public let frames: Int
        /// One entry per instruction set.
        public let parts: [Part]
    }

    private let shapes: [ConvolutionShape]
    private let pool: WorkerPool

    /// Runs `shapes` on `pool`.
    public init(shapes: [ConvolutionShape] = ConvolutionShape.all, pool: WorkerPool) {
        self.shapes = shapes
        self.pool = pool
    }

    /// Measures on every set in `sets`. Blocks; allocates one convolution at a time.
    public func run(sets: [InstructionSet], frames: Int, warmUp: Int) throws(BenchmarkError) -> Report {
        var parts: [Part] = []
        for set in sets {
            let kernels: KernelTable
            do throws(InstructionSetError) {
                kernels = try KernelTable(set)
            } catch {
                throw BenchmarkError("\(error)")
            }
            let peaks = MachinePeaks.measure(set, on: pool)
            var rows: [Row] = []
            for shape in shapes {
                rows.append(try row(shape, kernels: kernels, peaks: peaks, frames: frames, warmUp: warmUp))
            }
            parts.append(Part(isa: set.description, peaks: peaks, rows: rows))
        }
        return Report(threads: pool.threadCount, frames: frames, parts: parts)
    }

    private func row(
        _ shape: ConvolutionShape, kernels: KernelTable, peaks: MachinePeaks, frames: Int, warmUp: Int
    ) throws(BenchmarkError) -> Row {
        do {
            let compiler = ModelCompiler(kernels: kernels, threads: pool.threadCount, nativePorts: true)
            var runner = PlanRunner(try compiler.compile(shape.graph()))
            for _ in 0..<warmUp { try runner.run(on: pool) }
            // The step with the work; a plan may have others around it that change a layout.
            let work = runner.steps.map(\.multiplyAccumulates)
            guard let most = work.max(), let main = work.firstIndex(of: most) else {
                throw BenchmarkError("\(shape.name) compiles to no step")
            }
            var times: [Int64] = []
            for _ in 0..<frames {
                try runner.run(on: pool)
                times.append(runner.times[main])
            }
            let step = runner.steps[main]
            let time = SampleStatistics(nanoseconds: times)
            let rate = Double(step.multiplyAccumulates) / (time.medianMs * 1e6)
            return Row(
                shape: shape.name, kernel: step.kernel, macs: step.multiplyAccumulates, time: time, gmacPerSecond: rate,
                shareOfPeak: peaks.fp32.map { rate / $0.gmacPerSecond })
        } catch let error as BenchmarkError {
            throw error
        } catch {
            throw BenchmarkError("\(shape.name): \(error)")
        }
    }
}

extension KernelBenchmark.Report {
    /// A table per instruction set.
    public var text: String {
        parts.map { part in
            var table = TextTable([-34, -22, 12, 10, 10, 10, 10, 10])
            table.add(["convolution", "kernel"] + SampleStatistics.heads + ["GMAC/s", "of peak"])
            for row in part.rows {
                table.add(
                    [row.shape, row.kernel] + row.time.cells + [
                        row.gmacPerSecond.digits(1), row.shareOfPeak?.percent ?? "",
                    ])
            }
            return "\(part.isa), \(precision), \(frames) runs each\n\(part.peaks.line)\n\(table.text)"
        }.joined(separator: "\n\n")
    }
}
