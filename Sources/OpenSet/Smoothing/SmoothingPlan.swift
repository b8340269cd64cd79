internal import CKernels
internal import Kernels

/// Boundary suppression and dilated smoothing of a frame's score map (Jung et al., ICCV 2021, sections 3.2 and 3.3).
///
/// Both need the whole frame: labels and scores of all bands, then `suppress` for all bands, then `smooth` for all bands.
/// What is read and written lies in this plan's maps where the caller keeps none of his own. All memory is made by
/// `init`; the passes neither allocate nor block, and different bands of one pass may run at once on different workers.
final class SmoothingPlan: @unchecked Sendable {
    // Bands of one pass write rows of their own and read maps that no other band of the same pass writes.
    let width, height: Int
    /// The closed-set labels of the frame.
    let labels: UnsafeMutablePointer<UInt8>
    /// The scores of the frame; the result takes their place.
    let scores: UnsafeMutablePointer<Float>
    private let suppressed: UnsafeMutablePointer<Float>
    private let kernels: dh_smoothing_kernels
    private let maps, scratch: AlignedMemory
    private let workers, scratchBytes: Int

    /// For frames of `width` x `height` in bands of at most `rowsPerBand` rows.
    init(kernels: KernelTable, width: Int, height: Int, rowsPerBand: Int, workers: Int) {
        self.width = width
        self.height = height
        self.workers = workers
        self.kernels = kernels.functions.smoothing
        let pixels = AlignedMemory.rounded(width * height)
        maps = AlignedMemory(byteCount: pixels * 9)
        scores = maps.bytes.bindMemory(to: Float.self, capacity: pixels)
        suppressed = (maps.bytes + pixels * 4).bindMemory(to: Float.self, capacity: pixels)
        labels = (maps.bytes + pixels * 8).bindMemory(to: UInt8.self, capacity: pixels)
        scratchBytes = AlignedMemory.rounded(
            max(
                dh_suppression_scratch_bytes(Int32(width), Int32(min(rowsPerBand, height))),
                dh_smoothing_scratch_bytes(Int32(width))))
        scratch = AlignedMemory(byteCount: workers * scratchBytes)
    }

    /// Bytes that the plan holds.
    var byteCount: Int { maps.byteCount + scratch.byteCount }

    /// Takes the scores near predicted borders from pixels farther away, for `rows`. `labels` and `scores` are whole maps.
    func suppress(_ rows: Range<Int>, worker: Int, labels: UnsafePointer<UInt8>, scores: UnsafePointer<Float>) {
        var run = dh_suppression_run()
        run.labels = labels
        run.score = scores
        run.output = suppressed + rows.lowerBound * width
        run.scratch = scratch(worker: worker)
        run.width = Int32(width)
        run.height = Int32(height)
        run.begin = Int32(rows.lowerBound)
        run.end = Int32(rows.upperBound)
        kernels.suppress(&run)
    }

    /// Smooths `rows` of what all bands' `suppress` left, into the whole map `scores`.
    func smooth(_ rows: Range<Int>, worker: Int, into scores: UnsafeMutablePointer<Float>) {
        var run = dh_smoothing_run()
        run.source = UnsafePointer(suppressed)
        run.output = scores + rows.lowerBound * width
        run.scratch = scratch(worker: worker).assumingMemoryBound(to: Float.self)
        run.width = Int32(width)
        run.height = Int32(height)
        run.begin = Int32(rows.lowerBound)
        run.end = Int32(rows.upperBound)
        kernels.smooth(&run)
    }

    private func scratch(worker: Int) -> UnsafeMutableRawPointer {
        precondition(worker >= 0 && worker < workers, "no such worker")
        return scratch.bytes + worker * scratchBytes
    }
}
