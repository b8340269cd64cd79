internal import FrameIO
internal import Kernels
internal import OpenSet
internal import Streaming

/// Pixels -> network input: resize with antialiasing, then the model's own normalisation.
struct NormalizeStage: Stage {
    let group: StageGroup = [.normalize]
    let pool: WorkerPool
    let delays: StageDelays

    /// What a worker needs for one band.
    private struct Bands {
        let plan: Unmanaged<PreprocessPlan>
        let planes: PicturePlanes
        let output: UnsafeMutablePointer<Float>
    }

    mutating func process(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        delays.spend(in: .normalize)
        guard let geometry = slot.geometry, let view = slot.image.view, view.width == geometry.key.width,
            view.height == geometry.key.height, view.format == geometry.key.format
        else { return .fail(.size) }
        let preprocess = geometry.variants[work.answer.variant].preprocess
        // The geometry, and with it the plan, lives in the slot until the region is over.
        var bands = Bands(
            plan: .passUnretained(preprocess), planes: PicturePlanes(view),
            output: slot.input.base.assumingMemoryBound(to: Float.self))
        withUnsafeMutablePointer(to: &bands) { context in
            pool.run(chunks: preprocess.bands.count, context: context) { raw, band, worker in
                guard let bands = raw?.assumingMemoryBound(to: Bands.self).pointee else { return }
                bands.plan._withUnsafeGuaranteedRef {
                    $0.run(band: Int(band), worker: Int(worker), picture: bands.planes, output: bands.output)
                }
            }
        }
        return .done
    }
}
