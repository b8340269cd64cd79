/// What a bounded queue does with an element when it is full. The names are those of `--queue`.
public enum QueuePolicy: String, CaseIterable, Sendable {
    /// The producer waits; nothing is lost.
    case block
    /// The element that waited longest makes room.
    case dropOldest = "drop-oldest"
    /// The new element is refused.
    case dropNewest = "drop-newest"
    /// Only the newest element waits: a queue of capacity 1 in which each replaces the one before.
    case latest
    /// Overflow is an error that ends the stream.
    case fail

    /// What is done with the old and the new element when the queue is full.
    public enum WhenFull: Sendable { case wait, displaceOldest, refuseNewest, fail }

    /// The policy as an action.
    public var whenFull: WhenFull {
        switch self {
        case .block: .wait
        case .dropOldest, .latest: .displaceOldest
        case .dropNewest: .refuseNewest
        case .fail: .fail
        }
    }

    /// The reason under which elements that this policy gives up are counted.
    public var dropReason: DropReason { self == .latest ? .superseded : .queueFull }
}
