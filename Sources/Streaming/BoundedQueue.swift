/// A first-in first-out queue of fixed capacity for elements that may be `~Copyable`.
///
/// A value for one owner at a time: put it behind a lock to share it. Allocates at `init` only; never grows, never
/// blocks. Under `block` and `fail` a full queue hands the element back and the caller waits or fails.
public struct BoundedQueue<Element: ~Copyable>: ~Copyable {
    /// What became of a pushed element.
    public enum PushResult: ~Copyable {
        /// It waits in the queue.
        case stored
        /// It waits in the queue, and the oldest one had to leave.
        case displaced(Element)
        /// The queue is full and keeps what it has: the new one comes back.
        case refused(Element)
    }

    /// The most elements that can wait.
    public let capacity: Int
    /// What happens when the queue is full.
    public let policy: QueuePolicy
    /// How many elements wait.
    public private(set) var count = 0
    private var head = 0
    // Invariant: positions head ..< head + count (modulo capacity) are initialised, all others are not.
    private let storage: UnsafeMutablePointer<Element>

    /// An empty queue. `latest` means a capacity of 1. Allocates `capacity` elements.
    public init(capacity: Int, policy: QueuePolicy) {
        precondition(capacity >= 1, "a queue holds at least one element")
        self.capacity = policy == .latest ? 1 : capacity
        self.policy = policy
        storage = .allocate(capacity: self.capacity)
    }

    deinit {
        for offset in 0..<count { (storage + (head + offset) % capacity).deinitialize(count: 1) }
        storage.deallocate()
    }

    /// Whether nothing waits.
    public var isEmpty: Bool { count == 0 }

    /// Whether a push would meet the policy.
    public var isFull: Bool { count == capacity }

    /// Appends an element, or does what the policy says when the queue is full.
    public mutating func push(_ element: consuming Element) -> PushResult {
        guard isFull else {
            append(element)
            return .stored
        }
        guard policy.whenFull == .displaceOldest, let oldest = pop() else { return .refused(element) }
        append(element)
        return .displaced(oldest)
    }

    private mutating func append(_ element: consuming Element) {
        (storage + (head + count) % capacity).initialize(to: element)
        count += 1
    }

    /// Takes the element that waited longest.
    public mutating func pop() -> Element? {
        guard count > 0 else { return nil }
        let oldest = (storage + head).move()
        head = (head + 1) % capacity
        count -= 1
        return oldest
    }

    /// Looks at the element that waited longest without taking it.
    public func withFirst<Result>(_ body: (borrowing Element) -> Result) -> Result? {
        count > 0 ? body(storage[head]) : nil
    }
}

extension BoundedQueue: @unchecked Sendable where Element: Sendable & ~Copyable {}
