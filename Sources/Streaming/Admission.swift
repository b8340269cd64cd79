/// The door of the pipeline, and its one flow limiter: decides for each frame that was read whether it may wait, and
/// when a waiting frame may enter. A pure state machine on counts; the frames themselves wait in a `BoundedQueue`.
///
/// At most `depth` frames wait and at most `inFlightLimit` are between the first stage and the end. The limit keeps
/// frames from piling up in front of the slowest stage, where the policy could not reach them: whatever waits, waits
/// here, and under `latest` what enters next is the newest there is.
public struct Admission: Sendable {
    /// What happens to a frame that was read.
    public enum Decision: Hashable, Sendable {
        /// It waits for its turn, and the source goes on with a fresh slot.
        case admit
        /// It waits, and the frame that waited longest is dropped; the source goes on with that one's slot.
        case displaceOldest(DropReason)
        /// It is dropped.
        case refuse(DropReason)
        /// The source waits and asks again.
        case wait
        /// The frame fails and the stream ends.
        case fail
    }

    /// What is done when no more frames can wait.
    public let policy: QueuePolicy
    /// The most frames that wait.
    public let depth: Int
    /// The most frames between the first stage and the end.
    public let inFlightLimit: Int
    /// How many frames wait.
    public private(set) var waiting = 0
    /// How many frames are between the first stage and the end.
    public private(set) var inFlight = 0
    private var isStopped = false

    /// A door that nothing has passed. `latest` means a depth of 1.
    public init(policy: QueuePolicy, depth: Int, inFlightLimit: Int) {
        precondition(depth >= 1 && inFlightLimit >= 1, "a pipeline holds at least one waiting and one entered frame")
        self.policy = policy
        self.depth = policy == .latest ? 1 : depth
        self.inFlightLimit = inFlightLimit
    }

    /// Decides on a frame that was read and takes the decision. `hasFreeSlot` tells whether the source could go on
    /// reading into another slot.
    public mutating func offer(hasFreeSlot: Bool) -> Decision {
        if isStopped { return .refuse(.stopped) }
        let isFull = waiting == depth
        if !isFull && hasFreeSlot {
            waiting += 1
            return .admit
        }
        switch policy.whenFull {
        case .wait: return .wait
        case .fail: return .fail
        case .displaceOldest where waiting > 0: return .displaceOldest(isFull ? policy.dropReason : .poolEmpty)
        case .displaceOldest, .refuseNewest: return .refuse(isFull ? policy.dropReason : .poolEmpty)
        }
    }

    /// Lets the frame that waited longest enter, if there is one and the limit allows.
    public mutating func enter() -> Bool {
        guard waiting > 0, inFlight < inFlightLimit else { return false }
        waiting -= 1
        inFlight += 1
        return true
    }

    /// Notes that a frame that had entered has ended.
    public mutating func leave() {
        precondition(inFlight > 0, "a frame left that had not entered")
        inFlight -= 1
    }

    /// From now on every offered frame is refused as `stopped`.
    public mutating func stop() { isStopped = true }
}
