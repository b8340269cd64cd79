internal import CKernels
public import Kernels

/// The fused tail for one geometry and one score: logits at the head's resolution -> labels, score, mask, open-set map.
///
/// Everything costly (interpolation tables, scratch) is made by `init`. A frame is then, for every band of rows and in
/// any order: `score`, `threshold`, `fuse` on the same worker, one after the other. They are three calls so that the
/// stages can be timed apart; full-resolution logits exist nowhere. With `ScoreResolution.low`, and for scores that need
/// features, all `preparationBands` must have run before the first band. With a smoothed score, all bands' `score` come
/// first, then all bands' `suppress`, and a band's `smooth` goes before its `threshold`: labels and scores of the whole
/// frame are then kept.
///
/// Methods may be called from several threads at once with different workers and different bands of ONE frame. None of
/// them allocates or blocks.
public final class TailPlan: @unchecked Sendable {
    // Immutable but for scratch, of which every worker has its own, and the low-resolution score, which bands of one
    // pass fill without overlap.
    /// Sizes and conventions.
    public let geometry: TailGeometry
    /// The score.
    public let score: OutlierScore
    /// Where the score is computed: `low` for scores that need features.
    public let resolution: ScoreResolution
    /// Bands of the frame.
    public let bands: RowBands
    /// Bands of the pass over the head's map that `ScoreResolution.low` needs first; none otherwise.
    public let preparationBands: RowBands
    /// What the score must know beforehand; nil where it needs nothing.
    public let statistics: ScoreStatistics?
    /// Workers that have scratch.
    public let workers: Int

    private let kernels: dh_tail_kernels
    private let fusion: Fusion
    private let columns: BilinearAxis
    private let rows: BilinearAxis
    private let sameColumns: BilinearAxis
    private let sameRows: BilinearAxis
    private let channels: AlignedMemory
    private let scratch: AlignedMemory
    private let lowScore: AlignedMemory
    private let layout: TailScratchLayout
    private let classTable: ClassTable
    private let smoothing: SmoothingPlan?
    /// The last step of scores that need features.
    private let featureTail: FeatureTail?
    private let neco: NecoConstants?

    /// Makes the tables. Fails where the score needs a head, an outlier class or statistics that the model does not have;
    /// statistics that the score does not need are not kept.
    public init(
        kernels: KernelTable, geometry: TailGeometry, score: OutlierScore, resolution: ScoreResolution = .full,
        hasOutlierHead: Bool, statistics: ScoreStatistics? = nil, workers: Int, rowsPerBand: Int = 32
    ) throws(OpenSetError) {
        precondition(workers > 0 && rowsPerBand > 0, "a plan needs workers and bands of rows")
        if score.needs.contains(.outlierHead) && !hasOutlierHead { throw .headMissing(score: score.name) }
        if score.needs.contains(.outlierClass) && geometry.outlierChannel == nil {
            throw .outlierClassMissing(score: score.name)
        }
        if score.needs.contains(.statistics) {
            guard let statistics else { throw .statisticsMissing(score: score.name) }
            guard statistics.classes == geometry.channels.count else {
                throw .classes(
                    "statistics of \(statistics.classes) classes do not fit a model with \(geometry.channels.count)")
            }
        }
        self.statistics = score.needs.contains(.statistics) ? statistics : nil
        classTable = ClassTable(self.statistics, classes: geometry.channels.count)
        self.geometry = geometry
        self.score = score
        self.resolution = score.reading == nil ? resolution : .low
        self.workers = workers
        self.kernels = kernels.functions.tail
        let map = geometry.map
        fusion = Fusion(kernels: kernels, unknown: map.unknown)
        bands = RowBands(height: map.height, rowsPerBand: rowsPerBand)
        let isLow = self.resolution == .low
        (featureTail, neco) = try Self.featureTail(score, statistics, geometry)
        preparationBands = RowBands(height: isLow ? geometry.logitsHeight : 0, rowsPerBand: rowsPerBand)
        columns = BilinearAxis(input: geometry.logitsWidth, output: map.width, alignCorners: geometry.alignCorners)
        rows = BilinearAxis(input: geometry.logitsHeight, output: map.height, alignCorners: geometry.alignCorners)
        sameColumns = BilinearAxis(input: geometry.logitsWidth, output: geometry.logitsWidth, alignCorners: true)
        sameRows = BilinearAxis(input: geometry.logitsHeight, output: geometry.logitsHeight, alignCorners: true)
        // The classes' planes, and then 0 to K - 1 for logits that are recomputed.
        let planes = geometry.channels + geometry.channels.indices
        channels = AlignedMemory(byteCount: planes.count * 4)
        for (index, channel) in planes.enumerated() {
            channels.bytes.storeBytes(of: Int32(channel), toByteOffset: index * 4, as: Int32.self)
        }
        layout = TailScratchLayout(classes: map.classes, pixels: map.width * rowsPerBand)
        scratch = AlignedMemory(byteCount: workers * layout.byteCount)
        lowScore = AlignedMemory(byteCount: isLow ? geometry.logitsWidth * geometry.logitsHeight * 4 : 0)
        smoothing =
            score.isSmoothed
            ? SmoothingPlan(
                kernels: kernels, width: map.width, height: map.height, rowsPerBand: rowsPerBand, workers: workers)
            : nil
    }

    /// Bytes that the plan holds.
    public var byteCount: Int { scratch.byteCount + lowScore.byteCount + (smoothing?.byteCount ?? 0) }

    /// Passes over a frame's bands that a score takes: one at the head's resolution where it is computed there, and two more
    /// before the last where it is smoothed.
    public static func passes(_ score: OutlierScore, at resolution: ScoreResolution) -> Int {
        let isLow = score.reading != nil || resolution == .low
        return 1 + (isLow ? 1 : 0) + (score.isSmoothed ? 2 : 0)
    }

    /// Computes rows of the score at the head's resolution; only for `ScoreResolution.low`.
    public func prepare(band: Int, worker: Int, buffers: TailBuffers) {
        let range = preparationBands[band]
        var run = makeRun(range, worker: worker, buffers: buffers, columns: sameColumns.view, rows: sameRows.view)
        run.score = lowMap + range.lowerBound * geometry.logitsWidth
        run.score_stride = Int64(geometry.logitsWidth)
        run.score_kind = Int32(score.kind.rawValue)
        guard let reading = score.reading else { return kernels.score(&run) }
        guard let features = buffers.features else { preconditionFailure("projected features are missing") }
        let first = range.lowerBound * geometry.logitsWidth
        let count = range.count * geometry.logitsWidth
        switch reading {
        case .clampedLogits:
            run.logits = features
            run.channels = UnsafePointer(
                (channels.bytes + geometry.channels.count * 4).assumingMemoryBound(to: Int32.self))
            run.plane_stride = Int64(geometry.logitsWidth * geometry.logitsHeight)
            kernels.score(&run)
        case .classDistances:
            featureTail?.distances(features, first: first, count: count, into: run.score)
        case .principalShare:
            kernels.score(&run)
            if let neco { featureTail?.addShares(features, first: first, count: count, neco, to: run.score) }
        }
    }

    /// What a score that needs features does at the end of `prepare`; nothing for others.
    private static func featureTail(
        _ score: OutlierScore, _ statistics: ScoreStatistics?, _ geometry: TailGeometry
    ) throws(OpenSetError) -> (FeatureTail?, NecoConstants?) {
        guard let reading = score.reading, reading != .clampedLogits else { return (nil, nil) }
        guard let features = statistics?.features else { throw .statisticsMissing(score: score.name) }
        let planes = FeatureProjection.planes(reading, of: features)
        let tail = FeatureTail(
            squaredPlanes: planes.squared, otherPlanes: planes.other,
            pixels: geometry.logitsWidth * geometry.logitsHeight)
        return (tail, reading == .principalShare ? NecoConstants(features.neco) : nil)
    }

    /// Stage "score": labels and scores of one band. Where nobody wants the map of scores, one at most `ignorable` may be
    /// given as any number from it up to that: `Threshold.ignorable`. Saves a third of the stage where most scores are.
    public func score(band: Int, worker: Int, buffers: TailBuffers, ignorable: Float = -.infinity) {
        let range = bands[band]
        var run = makeRun(range, worker: worker, buffers: buffers, columns: columns.view, rows: rows.view)
        run.labels = labelRows(range, worker: worker, buffers: buffers)
        run.score = scoreRows(range, worker: worker, buffers: buffers)
        run.labels_stride = Int64(geometry.map.width)
        run.score_stride = Int64(geometry.map.width)
        if resolution == .low {
            run.score_kind = Int32(DH_SCORE_GIVEN.rawValue)
            run.outlier.0 = UnsafePointer(lowMap)
        } else {
            run.score_kind = Int32(score.kind.rawValue)
            // A smoothed score is made of all its neighbours' scores.
            if buffers.score == nil && smoothing == nil { run.ignorable = ignorable }
        }
        kernels.score(&run)
    }

    /// Stage "score" of a smoothed score, second pass: scores near predicted borders, of one band. All bands' `score` are
    /// there. Does nothing for other scores.
    public func suppress(band: Int, worker: Int, buffers: TailBuffers) {
        guard let smoothing else { return }
        smoothing.suppress(
            bands[band], worker: worker, labels: buffers.labels ?? smoothing.labels,
            scores: buffers.score ?? smoothing.scores)
    }

    /// Stage "score" of a smoothed score, third pass: the final scores of one band. All bands' `suppress` are there. Does
    /// nothing for other scores.
    public func smooth(band: Int, worker: Int, buffers: TailBuffers) {
        guard let smoothing else { return }
        smoothing.smooth(bands[band], worker: worker, into: buffers.score ?? smoothing.scores)
    }

    /// Stage "threshold": the outlier mask of a band whose scores are there.
    public func threshold(band: Int, worker: Int, buffers: TailBuffers, threshold: Threshold) -> OutlierCounts {
        let range = bands[band]
        var counts = dh_threshold_counts(outliers: 0, maximum: -.infinity, reserved: 0)
        kernels.threshold(
            scoreRows(range, worker: worker, buffers: buffers), Int64(range.count * geometry.map.width),
            threshold.value, maskRows(range, worker: worker, buffers: buffers), &counts)
        var result = OutlierCounts()
        result.outliers = Int(counts.outliers)
        result.maximumScore = counts.maximum
        return result
    }

    /// Stage "fuse": the open-set map of a band whose mask is there.
    public func fuse(band: Int, worker: Int, buffers: TailBuffers) {
        let range = bands[band]
        let width = geometry.map.width
        fusion.apply(
            labels: labelRows(range, worker: worker, buffers: buffers),
            mask: maskRows(range, worker: worker, buffers: buffers), count: range.count * width,
            openSet: buffers.openSet + range.lowerBound * width)
    }

    /// The scores of a band after its `score`: its own rows, valid until the worker's next band.
    public func scores(band: Int, worker: Int, buffers: TailBuffers) -> UnsafePointer<Float> {
        UnsafePointer(scoreRows(bands[band], worker: worker, buffers: buffers))
    }

    /// The three stages of one band, counted to those that the worker had before; only for scores that are not smoothed.
    public func run(
        band: Int, worker: Int, buffers: TailBuffers, threshold: Threshold, adding counts: inout OutlierCounts
    ) {
        precondition(!score.isSmoothed, "a smoothed score needs all bands before the first decision")
        score(band: band, worker: worker, buffers: buffers, ignorable: threshold.ignorable(after: counts))
        counts = counts + self.threshold(band: band, worker: worker, buffers: buffers, threshold: threshold)
        fuse(band: band, worker: worker, buffers: buffers)
    }
}

extension TailPlan {
    private var lowMap: UnsafeMutablePointer<Float> { lowScore.bytes.assumingMemoryBound(to: Float.self) }

    private func scratch(worker: Int) -> UnsafeMutableRawPointer {
        precondition(worker >= 0 && worker < workers, "no such worker")
        return scratch.bytes + worker * layout.byteCount
    }

    private func makeRun(
        _ range: Range<Int>, worker: Int, buffers: TailBuffers, columns: UnsafePointer<dh_bilinear_axis>,
        rows: UnsafePointer<dh_bilinear_axis>
    ) -> dh_tail_run {
        var run = dh_tail_run()
        run.logits = buffers.logits
        run.channels = UnsafePointer(channels.bytes.assumingMemoryBound(to: Int32.self))
        if score.needs.contains(.outlierClass), let channel = geometry.outlierChannel {
            run.outlier.0 = buffers.logits + channel * geometry.planeStride
        } else if let head = buffers.outlierLogits {
            run.outlier.0 = head
            run.outlier.1 = head + geometry.logitsWidth * geometry.logitsHeight
        } else {
            precondition(!score.needs.contains(.outlierHead), "outlier logits are missing")
        }
        run.columns = columns
        run.rows = rows
        run.scratch = scratch(worker: worker).assumingMemoryBound(to: Float.self)
        run.temperature = score.temperature
        run.ignorable = -.infinity
        run.class_mean = classTable.means
        run.class_scale = classTable.scales
        run.plane_stride = Int64(geometry.planeStride)
        run.row_stride = Int64(geometry.logitsWidth)
        run.classes = Int32(geometry.map.classes)
        run.begin = Int32(range.lowerBound)
        run.end = Int32(range.upperBound)
        return run
    }

    // Rows of a map that somebody wants lie in that map, of others in the worker's scratch, or with a smoothed score in
    // the frame's own maps.

    private func labelRows(_ range: Range<Int>, worker: Int, buffers: TailBuffers) -> UnsafeMutablePointer<UInt8> {
        if let labels = buffers.labels ?? smoothing?.labels { return labels + range.lowerBound * geometry.map.width }
        return (scratch(worker: worker) + layout.labels).assumingMemoryBound(to: UInt8.self)
    }

    private func maskRows(_ range: Range<Int>, worker: Int, buffers: TailBuffers) -> UnsafeMutablePointer<UInt8> {
        if let mask = buffers.mask { return mask + range.lowerBound * geometry.map.width }
        return (scratch(worker: worker) + layout.mask).assumingMemoryBound(to: UInt8.self)
    }

    private func scoreRows(_ range: Range<Int>, worker: Int, buffers: TailBuffers) -> UnsafeMutablePointer<Float> {
        if let score = buffers.score ?? smoothing?.scores { return score + range.lowerBound * geometry.map.width }
        return (scratch(worker: worker) + layout.score).assumingMemoryBound(to: Float.self)
    }
}

/// Scratch of one worker: the kernel's, then a band of labels, mask and score. Offsets in bytes.
private struct TailScratchLayout {
    let labels, mask, score, byteCount: Int

    init(classes: Int, pixels: Int) {
        labels = AlignedMemory.rounded(dh_tail_scratch_bytes(Int32(classes)))
        mask = labels + AlignedMemory.rounded(pixels)
        score = mask + AlignedMemory.rounded(pixels)
        byteCount = score + AlignedMemory.rounded(pixels * 4)
    }
}
