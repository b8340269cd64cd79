internal import FrameIO
internal import Kernels

/// The networks of a ladder's rungs, compiled and warmed before the first frame.
struct LadderNetworks {
    /// Those of the rungs with a size, in order: variants 1 and up.
    let smaller: [CompiledNetwork]
    /// The full one, where its size is known before the first frame.
    private let full: CompiledNetwork?

    /// Compiles; nil where nothing degrades. `source` may know how large frames are. Allocates all arenas.
    init?(_ settings: PerceptionSettings, source: StreamProperties) throws(ModelError) {
        guard let ladder = settings.ladder else { return nil }
        let known: NetworkSize?
        if let width = source.width, let height = source.height {
            known = settings.networkSize(frameWidth: width, frameHeight: height)
        } else {
            known = settings.size ?? settings.network.fixedSize
        }
        full = try known.map { size throws(ModelError) in try settings.compiled(size, warmsUp: true) }
        smaller = try ladder.sizes.map { size throws(ModelError) in try settings.compiled(size, warmsUp: true) }
    }

    /// The full network, if it has this size.
    func full(_ size: NetworkSize) -> CompiledNetwork? { full?.size == size ? full : nil }
}
