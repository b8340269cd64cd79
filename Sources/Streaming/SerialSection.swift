import Synchronization

/// Adjacent stages that work on one frame at a time between them: the next frame enters the first of them only when the
/// one before has left the last, or was lost inside.
///
/// Stages that share the machine's cores gain nothing from overlap: two frames that are computed at once both take twice
/// as long, and push each other's maps out of the caches.
final class SerialSection: Sendable {
    let stages: ClosedRange<StageName>
    /// The worker of the section's first stage, woken when the section falls free.
    let entrance: SerialWorker
    private let isTaken = Atomic<Bool>(false)

    init(_ stages: ClosedRange<StageName>, entrance: SerialWorker) {
        self.stages = stages
        self.entrance = entrance
    }

    /// Takes the section for a frame, if it is free. Only the first stage's worker calls it.
    func enter() -> Bool { !isTaken.exchange(true, ordering: .acquiringAndReleasing) }

    /// Gives back what `enter` took when no frame waited after all. A frame that comes later wakes the worker itself.
    func vacate() { isTaken.store(false, ordering: .sequentiallyConsistent) }

    /// The frame inside has left: lets the next one in. Any thread; neither blocks nor allocates.
    func leave() {
        isTaken.store(false, ordering: .sequentiallyConsistent)
        entrance.wake()
    }
}
