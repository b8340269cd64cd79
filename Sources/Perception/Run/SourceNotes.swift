internal import Synchronization

/// What the source notes beside frames: damage that is no frame of its own (garbage between frames, a cut end), and the
/// network's size. Any thread.
public final class SourceNotes: Sendable {
    private let stretches = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)
    private let failed = Atomic<Bool>(false)

    private let size = Atomic<UInt64>(0)

    init() {}

    func uses(_ network: NetworkSize) {
        size.store(UInt64(network.width) << 32 | UInt64(network.height), ordering: .relaxed)
    }

    /// The network's input size for the last frame; nil before the first.
    public var networkSize: NetworkSize? {
        let both = size.load(ordering: .relaxed)
        return both == 0 ? nil : NetworkSize(width: Int(both >> 32), height: Int(both & 0xFFFF_FFFF))
    }

    func found(bytes count: Int) {
        stretches.add(1, ordering: .relaxed)
        bytes.add(count, ordering: .relaxed)
    }

    func sourceFailed() { failed.store(true, ordering: .relaxed) }

    /// Stretches of damaged input.
    public var damagedStretches: Int { stretches.load(ordering: .relaxed) }
    /// Bytes that were passed over.
    public var skippedBytes: Int { bytes.load(ordering: .relaxed) }
    /// Whether reading ended with an error.
    public var hasFailed: Bool { failed.load(ordering: .relaxed) }

    /// Throws where the input broke off or was damaged: what is measured over a part of it would be another thing.
    func requireWhole() throws(ModelError) {
        guard !hasFailed && damagedStretches == 0 else {
            throw ModelError(
                "the input could not be read to its end (see above), and nothing is made of a part: repair it, or take "
                    + "the frames before the damage (--frames)")
        }
    }
}
