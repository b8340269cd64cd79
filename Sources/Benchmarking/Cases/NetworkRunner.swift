internal import FrameIO
internal import Inference
internal import Kernels
public import Perception

/// The network alone, from normalised picture to low-resolution logits, one frame after the other: a single plan that
/// owns the memory of both, as the engines have it that it is compared with. One thread.
public final class NetworkRunner {
    private let network: WholeNetwork
    private let pool: WorkerPool

    /// Compiles the network of `settings`. Allocates everything that runs need.
    public init(_ settings: PerceptionSettings) throws(BenchmarkError) {
        pool = settings.pool
        do throws(ModelError) {
            let input = settings.network.bundle.description.input
            let size = settings.size ?? NetworkSize(width: input.size[0], height: input.size[1])
            network = try settings.network.compileWhole(
                size: size, kernels: settings.kernels, threads: settings.pool.threadCount)
        } catch {
            throw BenchmarkError("\(error)")
        }
    }

    /// Runs the network once on a picture that is written before the clock starts. Nanoseconds. Allocates nothing.
    func run() throws(BenchmarkError) -> Int64 {
        SyntheticInput.fill(network.imageMemory, port: network.image)
        let start = Clock.now()
        do throws(InferenceError) {
            try network.run(on: pool)
        } catch {
            throw BenchmarkError("\(error)")
        }
        return Clock.now() - start
    }
}
