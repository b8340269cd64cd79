internal import Synchronization

/// The open connections: how many there may be, and by when each must have got on. Any thread.
///
/// A client that sends nothing, or takes nothing, costs one entry here until its time is over.
final class Connections: Sendable {
    private struct Entry {
        var task: Task<Void, Never>?
        var deadline: ContinuousClock.Instant
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var next = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// A number for a new connection, or nil where there are enough.
    func admit(within time: Duration) -> Int? {
        state.withLock { state in
            guard state.entries.count < limit, !state.isClosed else { return nil }
            state.next += 1
            state.entries[state.next] = Entry(deadline: .now + time)
            return state.next
        }
    }

    /// Names the task that serves a connection.
    func serve(_ number: Int, by task: Task<Void, Never>) {
        let isLate = state.withLock { state in
            state.entries[number]?.task = task
            return state.isClosed
        }
        if isLate { task.cancel() }
    }

    /// Says by when the next step must be done.
    func expect(_ number: Int, within time: Duration) {
        state.withLock { $0.entries[number]?.deadline = .now + time }
    }

    func remove(_ number: Int) { state.withLock { $0.entries[number] = nil } }

    var count: Int { state.withLock { $0.entries.count } }

    /// Ends those whose time is over.
    func endOverdue() {
        let now = ContinuousClock.now
        let overdue = state.withLock { $0.entries.values.filter { $0.deadline < now }.compactMap(\.task) }
        for task in overdue { task.cancel() }
    }

    /// Ends all, and takes no more.
    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            return state.entries.values.compactMap(\.task)
        }
        for task in all { task.cancel() }
    }
}
