/// Notices that no map is delivered for too long, whatever the cause: a silent input, a stage that hangs, or only drops.
/// Pure state: times are handed in.
public struct StallWatch: Sendable, Equatable {
    /// What is due.
    public enum Event: Sendable {
        /// The stall begins.
        case began
        /// It has gone on for another timeout.
        case goesOn
    }

    /// The longest time without a map, in nanoseconds.
    public let timeout: Int64
    /// Whether no map has been delivered for so long.
    public private(set) var isStalled = false
    /// Stalls so far.
    public private(set) var count = 0
    private var lastMap: Int64
    private var due: Int64

    /// A watch that begins at `start`.
    public init(timeout: Int64, start: Int64) {
        precondition(timeout > 0, "a timeout is above 0")
        self.timeout = timeout
        lastMap = start
        due = start + timeout
    }

    /// A map has been delivered.
    public mutating func delivered(at now: Int64) {
        lastMap = max(lastMap, now)
        due = lastMap + timeout
        isStalled = false
    }

    /// Looks at the time: at most one event a timeout.
    public mutating func tick(at now: Int64) -> Event? {
        guard now >= due else { return nil }
        // Counted from now: a timer that was late does not catch up with a burst.
        due = now + timeout
        if isStalled { return .goesOn }
        isStalled = true
        count += 1
        return .began
    }

    /// Time since the last map, or since the beginning.
    public func silence(at now: Int64) -> Int64 { max(0, now - lastMap) }
}
