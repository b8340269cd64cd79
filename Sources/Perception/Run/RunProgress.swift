internal import Synchronization

/// How many frames of a run have ended so far, for whoever shows progress. Any thread may read.
public final class RunProgress: Sendable {
    private let deliveredCount = Atomic<Int>(0)
    private let lostCount = Atomic<Int>(0)

    /// Nothing yet.
    public init() {}

    func ended(isDelivered: Bool) {
        if isDelivered {
            deliveredCount.add(1, ordering: .relaxed)
        } else {
            lostCount.add(1, ordering: .relaxed)
        }
    }

    /// Frames whose maps are written.
    public var delivered: Int { deliveredCount.load(ordering: .relaxed) }
    /// Frames that were dropped or failed.
    public var lost: Int { lostCount.load(ordering: .relaxed) }
}
