/// How long to wait before the next attempt: each wait is twice the one before, up to a maximum. Pure state.
struct Backoff: Sendable, Equatable {
    /// The first wait, in nanoseconds.
    let first: Int64
    /// The longest wait, in nanoseconds.
    let maximum: Int64
    private var upcoming: Int64

    /// Waits of 0.1 s, doubling to 5 s.
    init(first: Int64 = 100_000_000, maximum: Int64 = 5_000_000_000) {
        precondition(first > 0 && maximum >= first, "waits are positive, and the maximum is no less than the first")
        self.first = first
        self.maximum = maximum
        upcoming = first
    }

    /// The wait before the next attempt.
    mutating func next() -> Int64 {
        defer { upcoming = min(maximum, upcoming * 2) }
        return upcoming
    }

    /// Begins again with the first wait, as an attempt has succeeded.
    mutating func reset() { upcoming = first }
}
