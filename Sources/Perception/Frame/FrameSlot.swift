internal import FrameIO
internal import Inference
internal import OpenSet

/// All that a frame needs on its way: what crosses a stage boundary lives here. Reused by many frames; the holder of the
/// slot's ticket alone touches it.
final class FrameSlot {
    var encoded = FrameBuffer(capacity: 1 << 16)
    var image = DecodedImage()
    /// What was seen of the picture when it had been decoded.
    var findings: FrameFindings = []
    /// Set by the source for the frame at hand.
    var geometry: FrameGeometry?
    /// Packed fp32 pixels, normalised.
    var input = ByteBuffer()
    /// In the engine's own layout.
    var preLogits = ByteBuffer()
    /// Planar fp32.
    var logits = ByteBuffer()
    var outlierLogits = ByteBuffer()
    /// What enters the last convolution and what the projection of features gives, for scores that need them.
    var activations = ByteBuffer()
    var projected = ByteBuffer()
    /// uint8 [height][width].
    var openSet = ByteBuffer()
    var labels = ByteBuffer()
    /// fp32 [height][width].
    var score = ByteBuffer()
    /// rgb24.
    var overlay = ByteBuffer()
    /// What thresholding found.
    var counts = OutlierCounts()
    /// Connected regions of the unknown, if somebody wants them.
    var regions = RegionList()

    /// Makes room for a frame of `geometry` and for decoding it. Allocates only when it is larger than any before.
    func prepare(for geometry: FrameGeometry, decodes: Bool, wants: PerceptionSettings.Maps) {
        let key = geometry.key
        if decodes { image.reserve(key.format.byteCount(width: key.width, height: key.height)) }
        prepareNetworks(geometry.variants.lazy.map(\.network))
        prepareMaps(for: geometry, wants: wants)
    }

    /// Makes room for the maps alone: for a slot that keeps those of another.
    func prepareMaps(for geometry: FrameGeometry, wants: PerceptionSettings.Maps) {
        self.geometry = geometry
        let pixels = geometry.key.width * geometry.key.height
        openSet.fit(pixels)
        if wants.labels { labels.fit(pixels) }
        if wants.score { score.fit(pixels * 4) }
        if wants.overlay { overlay.fit(pixels * 3) }
        if let plan = geometry.regions { regions.reset(limit: plan.options.limit) }
    }

    /// Makes room for what the network reads and writes.
    func prepareNetwork(_ network: CompiledNetwork) { prepareNetworks(CollectionOfOne(network)) }

    /// Makes room for the largest of several networks.
    private func prepareNetworks(_ networks: some Sequence<CompiledNetwork>) {
        var bytes = (input: 0, preLogits: 0, logits: 0, outlierLogits: 0, activations: 0, projected: 0)
        for network in networks {
            bytes.input = max(bytes.input, network.image.byteCount)
            bytes.preLogits = max(bytes.preLogits, network.preLogits.byteCount)
            bytes.logits = max(bytes.logits, network.logits.byteCount)
            bytes.outlierLogits = max(bytes.outlierLogits, network.outlierLogits?.byteCount ?? 0)
            let own = network.hasOwnActivations ? network.activations?.byteCount ?? 0 : 0
            bytes.activations = max(bytes.activations, own)
            bytes.projected = max(bytes.projected, network.projected?.byteCount ?? 0)
        }
        input.fit(bytes.input)
        preLogits.fit(bytes.preLogits)
        logits.fit(bytes.logits)
        outlierLogits.fit(bytes.outlierLogits)
        if bytes.activations > 0 { activations.fit(bytes.activations) }
        if bytes.projected > 0 { projected.fit(bytes.projected) }
    }

    /// Where the tail reads and writes.
    func tailBuffers(wants: PerceptionSettings.Maps) -> TailBuffers {
        TailBuffers(
            logits: UnsafePointer(logits.base.assumingMemoryBound(to: Float.self)),
            outlierLogits: geometry?.network.outlierLogits == nil
                ? nil : UnsafePointer(outlierLogits.base.assumingMemoryBound(to: Float.self)),
            features: geometry?.network.projected == nil
                ? nil : UnsafePointer(projected.base.assumingMemoryBound(to: Float.self)),
            openSet: openSet.start, labels: wants.labels ? labels.start : nil,
            score: wants.score ? score.base.assumingMemoryBound(to: Float.self) : nil)
    }
}

extension ByteBuffer {
    /// Holds exactly `byteCount` bytes in use.
    fileprivate mutating func fit(_ byteCount: Int) {
        reserveExactly(byteCount)
        setCount(byteCount)
    }
}
