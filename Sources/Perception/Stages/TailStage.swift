internal import FrameIO
internal import Inference
internal import Kernels
internal import OpenSet
internal import Streaming

/// Logits -> labels and scores (score), outlier mask (threshold), open-set map and its regions (fuse), band by band while a
/// band is in cache. Each worker times its three kernels for every band; the sums divide the stage's wall time.
///
/// Where the score needs features, their projection comes first and counts as score.
///
/// Regions are found in the map that fuse makes, so that fuse pays for them: labelling in each band, joining after all.
/// A smoothed score has three passes over all bands, all of them score's, before anything is decided.
struct TailStage: Stage {
    let group: StageGroup = [.score, .threshold, .fuse]
    let settings: PerceptionSettings
    private let shares: UnsafeMutablePointer<WorkerShare>
    private let messages: MessageSink

    /// What one worker added up; a cache line each, so that workers do not share one.
    struct WorkerShare {
        var score: UInt64 = 0
        var threshold: UInt64 = 0
        var fuse: UInt64 = 0
        var counts = OutlierCounts()
        var padding: (UInt64, UInt64, UInt64) = (0, 0, 0)
    }

    /// What a worker needs for one band.
    private struct Bands {
        let plan: Unmanaged<TailPlan>
        let regions: Unmanaged<RegionPlan>?
        let buffers: TailBuffers
        let threshold: Threshold
        let delays: StageDelays
        let shares: UnsafeMutablePointer<WorkerShare>
    }

    /// Allocates one share per worker, for the life of the program's one run.
    init(settings: PerceptionSettings, shares: WorkerShares, messages: MessageSink) {
        self.settings = settings
        self.messages = messages
        self.shares = shares.first
    }

    mutating func process(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        guard let geometry = slot.geometry else { return .fail(.size) }
        let plan = geometry.variants[work.answer.variant].tail
        for worker in 0..<settings.pool.threadCount { shares[worker] = WorkerShare() }
        let network = geometry.variants[work.answer.variant].network
        if network.projected != nil {
            let start = FrameClock.monotonic()
            do throws(InferenceError) {
                try network.runProjection(
                    preLogits: slot.preLogits.base, activations: slot.activations.base,
                    projected: slot.projected.base, on: settings.pool)
            } catch {
                messages.report(.compute, "frame \(work.stamp.id): \(error)")
                return .fail(.compute)
            }
            // All workers take part: the time counts for each of them.
            work.share(UInt64(FrameClock.monotonic() - start) * UInt64(settings.pool.threadCount), to: .score)
        }
        var bands = Bands(
            plan: .passUnretained(plan), regions: geometry.regions.map { .passUnretained($0) },
            buffers: slot.tailBuffers(wants: settings.maps), threshold: settings.threshold,
            delays: settings.stageDelays, shares: shares)
        withUnsafeMutablePointer(to: &bands) { context in
            settings.pool.run(chunks: plan.preparationBands.count, context: context) { raw, band, worker in
                Self.score(raw, band, worker) { $0.prepare(band: $1, worker: $2, buffers: $3) }
            }
            if plan.score.isSmoothed {
                settings.pool.run(chunks: plan.bands.count, context: context) { raw, band, worker in
                    Self.score(raw, band, worker) { $0.score(band: $1, worker: $2, buffers: $3) }
                }
                settings.pool.run(chunks: plan.bands.count, context: context) { raw, band, worker in
                    Self.score(raw, band, worker) { $0.suppress(band: $1, worker: $2, buffers: $3) }
                }
            }
            settings.pool.run(chunks: plan.bands.count, context: context) { raw, band, worker in
                guard let bands = raw?.assumingMemoryBound(to: Bands.self) else { return }
                Self.compute(bands, band: Int(band), worker: Int(worker))
            }
        }
        if let regions = geometry.regions {
            let start = FrameClock.monotonic()
            regions.collect(into: &slot.regions)
            // All workers wait meanwhile: the time counts for each of them.
            work.share(UInt64(FrameClock.monotonic() - start) * UInt64(settings.pool.threadCount), to: .fuse)
        }
        slot.counts = OutlierCounts()
        for worker in 0..<settings.pool.threadCount {
            let share = shares[worker]
            work.share(share.score, to: .score)
            work.share(share.threshold, to: .threshold)
            work.share(share.fuse, to: .fuse)
            slot.counts = slot.counts + share.counts
        }
        return .done
    }

    /// One pass of one band that the score's stage pays for.
    private static func score(
        _ raw: UnsafeMutableRawPointer?, _ band: Int32, _ worker: Int32,
        _ pass: (TailPlan, Int, Int, TailBuffers) -> Void
    ) {
        guard let bands = raw?.assumingMemoryBound(to: Bands.self) else { return }
        let start = FrameClock.monotonic()
        bands.pointee.plan._withUnsafeGuaranteedRef { pass($0, Int(band), Int(worker), bands.pointee.buffers) }
        bands.pointee.shares[Int(worker)].score += UInt64(FrameClock.monotonic() - start)
    }

    private static func compute(_ bands: UnsafeMutablePointer<Bands>, band: Int, worker: Int) {
        let (buffers, threshold, delays) = (bands.pointee.buffers, bands.pointee.threshold, bands.pointee.delays)
        let start = FrameClock.monotonic()
        bands.pointee.plan._withUnsafeGuaranteedRef { plan in
            if plan.score.isSmoothed {
                plan.smooth(band: band, worker: worker, buffers: buffers)
            } else {
                let ignorable = threshold.ignorable(after: bands.pointee.shares[worker].counts)
                plan.score(band: band, worker: worker, buffers: buffers, ignorable: ignorable)
            }
            delays.spend(in: .score)
            let scored = FrameClock.monotonic()
            let counts = plan.threshold(band: band, worker: worker, buffers: buffers, threshold: threshold)
            delays.spend(in: .threshold)
            let decided = FrameClock.monotonic()
            plan.fuse(band: band, worker: worker, buffers: buffers)
            if let regions = bands.pointee.regions {
                let scores = plan.scores(band: band, worker: worker, buffers: buffers)
                regions._withUnsafeGuaranteedRef { $0.label(band: band, openSet: buffers.openSet, scores: scores) }
            }
            delays.spend(in: .fuse)
            let fused = FrameClock.monotonic()
            let share = bands.pointee.shares + worker
            share.pointee.score += UInt64(scored - start)
            share.pointee.threshold += UInt64(decided - scored)
            share.pointee.fuse += UInt64(fused - decided)
            share.pointee.counts = share.pointee.counts + counts
        }
    }
}

/// Owns the workers' shares of a `TailStage`.
final class WorkerShares: @unchecked Sendable {
    // Written by workers inside a region, each its own element, and read by the stage after the region.
    let first: UnsafeMutablePointer<TailStage.WorkerShare>
    private let count: Int

    init(workers: Int) {
        count = workers
        first = .allocate(capacity: workers)
        first.initialize(repeating: TailStage.WorkerShare(), count: workers)
    }

    deinit { first.deallocate() }
}
