internal import FrameIO
internal import Inference
internal import Kernels
internal import OpenSet
internal import Perception

/// Features of a picture in blocks, and their projection for a score that needs them. Allocates nothing after `init`.
final class BenchmarkFeatures {
    private let network: CompiledNetwork
    private var preLogits = ByteBuffer()
    private var activations = ByteBuffer()
    private var projected = ByteBuffer()

    /// nil for a score that needs no features. Compiles the network once more, and runs it once.
    init?(
        _ settings: PerceptionSettings, size: NetworkSize, score: OutlierScore, statistics: ScoreStatistics?
    ) throws {
        guard let tap = FeatureTap(score, statistics) else { return nil }
        let network = try settings.network.compile(
            size: size, kernels: settings.kernels, threads: settings.pool.threadCount, tap: tap)
        self.network = network
        var image = ByteBuffer(), logits = ByteBuffer(), outlierLogits = ByteBuffer()
        image.reserveExactly(network.image.byteCount)
        logits.reserveExactly(network.logits.byteCount)
        outlierLogits.reserveExactly(max(network.outlierLogits?.byteCount ?? 0, 64))
        preLogits.reserveExactly(network.preLogits.byteCount)
        activations.reserveExactly(max(network.activations?.byteCount ?? 0, 64))
        projected.reserveExactly(max(network.projected?.byteCount ?? 0, 64))
        SyntheticInput.fillBlocks(image.base, width: size.width, height: size.height)
        try network.runBackbone(
            image: image.base, preLogits: preLogits.base, outlierLogits: outlierLogits.base, on: settings.pool)
        try network.runHeads(
            preLogits: preLogits.base, logits: logits.base,
            outlierLogits: network.outlierLogits == nil ? nil : outlierLogits.base,
            activations: network.hasOwnActivations ? activations.base : nil, on: settings.pool)
    }

    /// Projects the features; nil where that fails, which a plan of convolutions alone does not.
    func project(on pool: WorkerPool) -> UnsafePointer<Float>? {
        do throws(InferenceError) {
            try network.runProjection(
                preLogits: preLogits.base, activations: activations.base, projected: projected.base, on: pool)
            return UnsafePointer(projected.base.assumingMemoryBound(to: Float.self))
        } catch {
            return nil
        }
    }
}
