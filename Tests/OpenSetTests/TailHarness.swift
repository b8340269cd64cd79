import Kernels
import OpenSet
import TestSupport

/// Random logits and everything that comes out of the tail for them.
struct TailResult {
    var labels: [UInt8]
    var score: [Float]
    var mask: [UInt8]
    var openSet: [UInt8]
    var counts: OutlierCounts
    var isIntact: Bool
}

extension OutlierScore {
    /// Scores that the kernels compute from logits alone; smoothed ones and those of features are tested apart.
    static var ofLogits: [OutlierScore] { all.filter { !$0.needs.contains(.features) && !$0.isSmoothed } }
}

/// Runs a plan over all bands into fenced maps.
func runTail(
    _ table: KernelTable, _ geometry: TailGeometry, score: OutlierScore, resolution: ScoreResolution = .full,
    statistics: ScoreStatistics? = nil, logits: [Float], head: [Float], threshold: Float = 0, rowsPerBand: Int = 32,
    keepMaps: Bool = true
) throws -> TailResult {
    let plan = try TailPlan(
        kernels: table, geometry: geometry, score: score, resolution: resolution, hasOutlierHead: true,
        statistics: statistics ?? TailReference.statistics(classes: geometry.channels.count), workers: 2,
        rowsPerBand: rowsPerBand)
    let pixels = geometry.map.byteCount
    let source = FencedBuffer(logits)
    let headSource = FencedBuffer(head)
    let openSet = FencedBuffer<UInt8>(repeating: 77, count: pixels)
    let labels = FencedBuffer<UInt8>(repeating: 77, count: pixels)
    let mask = FencedBuffer<UInt8>(repeating: 77, count: pixels)
    let scores = FencedBuffer<Float>(repeating: 77, count: pixels)
    var buffers = TailBuffers(
        logits: source.pointer, outlierLogits: headSource.pointer, openSet: openSet.pointer)
    if keepMaps {
        buffers.labels = labels.pointer
        buffers.mask = mask.pointer
        buffers.score = scores.pointer
    }
    for band in 0..<plan.preparationBands.count { plan.prepare(band: band, worker: band % 2, buffers: buffers) }
    var counts = OutlierCounts()
    // Backwards, because the order of bands must not matter.
    let order = (0..<plan.bands.count).reversed()
    if plan.score.isSmoothed {
        for band in order { plan.score(band: band, worker: band % 2, buffers: buffers) }
        for band in order { plan.suppress(band: band, worker: band % 2, buffers: buffers) }
        for band in order {
            plan.smooth(band: band, worker: band % 2, buffers: buffers)
            counts =
                counts
                + plan.threshold(band: band, worker: band % 2, buffers: buffers, threshold: try Threshold(threshold))
            plan.fuse(band: band, worker: band % 2, buffers: buffers)
        }
    } else {
        for band in order {
            plan.run(
                band: band, worker: band % 2, buffers: buffers, threshold: try Threshold(threshold), adding: &counts)
        }
    }
    return TailResult(
        labels: labels.elements, score: scores.elements, mask: mask.elements, openSet: openSet.elements,
        counts: counts, isIntact: openSet.isIntact && labels.isIntact && mask.isIntact && scores.isIntact)
}

/// The promised bound: 1e-4 while the score is below 1024, then 2 ulp.
func isWithinBound(_ score: Float, _ expected: Double, _ bound: Double = 1e-4) -> Bool {
    abs(Double(score) - expected) <= max(bound, 2 * Double(Float(expected).ulp))
}
