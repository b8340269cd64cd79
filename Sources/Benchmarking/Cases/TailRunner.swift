internal import FrameIO
internal import Inference
internal import Kernels
internal import OpenSet
internal import Perception

/// Runs the tail alone, at the network's input size. One thread; allocates nothing after `init`.
final class TailRunner {
    private let plan: TailPlan
    private let pool: WorkerPool
    private let threshold: Threshold
    private let decides: Bool
    private let features: BenchmarkFeatures?
    private var openSet = ByteBuffer()
    private var labels = ByteBuffer()
    private let counts: UnsafeMutableBufferPointer<OutlierCounts>

    /// What a worker needs for one band.
    private struct Bands {
        let plan: Unmanaged<TailPlan>
        let buffers: TailBuffers
        let threshold: Threshold
        let decides: Bool
        /// What each worker has found.
        let counts: UnsafeMutablePointer<OutlierCounts>

        /// The last pass over a band.
        func finish(_ plan: TailPlan, band: Int, worker: Int) {
            guard plan.score.isSmoothed else {
                guard decides else { return plan.score(band: band, worker: worker, buffers: buffers) }
                return plan.run(
                    band: band, worker: worker, buffers: buffers, threshold: threshold, adding: &counts[worker])
            }
            plan.smooth(band: band, worker: worker, buffers: buffers)
            guard decides else { return }
            _ = plan.threshold(band: band, worker: worker, buffers: buffers, threshold: threshold)
            plan.fuse(band: band, worker: worker, buffers: buffers)
        }
    }

    /// `decides` is false for labels alone, without threshold and fusion. `statistics` are for scores that need them.
    init(
        _ settings: PerceptionSettings, network: CompiledNetwork, score: OutlierScore,
        statistics: ScoreStatistics? = nil, decides: Bool = true
    ) throws {
        let extents = network.logits.dimensions
        let description = settings.network.bundle.description
        plan = try TailPlan(
            kernels: settings.kernels,
            geometry: try TailGeometry(
                logitsWidth: extents[3], logitsHeight: extents[2], planes: extents[1],
                dropping: description.dropOutputs, outlierChannel: description.outlierOutput,
                alignCorners: description.upsampling.alignCorners, width: network.size.width,
                height: network.size.height),
            score: score, hasOutlierHead: network.outlierLogits != nil, statistics: statistics,
            workers: settings.pool.threadCount)
        features = try BenchmarkFeatures(settings, size: network.size, score: score, statistics: statistics)
        pool = settings.pool
        threshold = settings.threshold
        self.decides = decides
        openSet.reserveExactly(network.size.width * network.size.height)
        labels.reserveExactly(network.size.width * network.size.height)
        counts = .allocate(capacity: pool.threadCount)
        counts.initialize(repeating: OutlierCounts())
    }

    deinit { counts.deallocate() }

    /// Low-resolution logits to a full-resolution map.
    func run(logits: UnsafePointer<Float>, outlierLogits: UnsafePointer<Float>?) {
        guard let counts = counts.baseAddress else { return }
        for worker in 0..<pool.threadCount { counts[worker] = OutlierCounts() }
        var bands = Bands(
            plan: .passUnretained(plan),
            buffers: TailBuffers(
                logits: logits, outlierLogits: outlierLogits, features: features?.project(on: pool),
                openSet: openSet.start, labels: decides ? nil : labels.start),
            threshold: threshold, decides: decides, counts: counts)
        // `plan` lives as long as the runner, which outlives the regions.
        withUnsafeMutablePointer(to: &bands) { context in
            pool.run(chunks: plan.preparationBands.count, context: context) { raw, band, worker in
                guard let bands = raw?.assumingMemoryBound(to: Bands.self).pointee else { return }
                bands.plan._withUnsafeGuaranteedRef {
                    $0.prepare(band: Int(band), worker: Int(worker), buffers: bands.buffers)
                }
            }
            if plan.score.isSmoothed {
                pool.run(chunks: plan.bands.count, context: context) { raw, band, worker in
                    guard let bands = raw?.assumingMemoryBound(to: Bands.self).pointee else { return }
                    bands.plan._withUnsafeGuaranteedRef {
                        $0.score(band: Int(band), worker: Int(worker), buffers: bands.buffers)
                    }
                }
                pool.run(chunks: plan.bands.count, context: context) { raw, band, worker in
                    guard let bands = raw?.assumingMemoryBound(to: Bands.self).pointee else { return }
                    bands.plan._withUnsafeGuaranteedRef {
                        $0.suppress(band: Int(band), worker: Int(worker), buffers: bands.buffers)
                    }
                }
            }
            pool.run(chunks: plan.bands.count, context: context) { raw, band, worker in
                guard let bands = raw?.assumingMemoryBound(to: Bands.self).pointee else { return }
                bands.plan._withUnsafeGuaranteedRef { bands.finish($0, band: Int(band), worker: Int(worker)) }
            }
        }
    }
}
