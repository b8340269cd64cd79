public import FrameIO
public import Streaming

/// Keeps a history that the sink writes and lookers read, so that the sink never waits for a looker.
///
/// While a looker has the history, records wait in a small buffer of the sink's own.
public final class HistoryKeeper: @unchecked Sendable {
    // Invariant: `pending` is touched by the one thread at a time that calls `note`.
    private let history: Guarded<RunHistory>
    private var pending: [SlowFrame] = []
    private static let mostPending = 256

    /// An empty history. Allocates all that it will ever need.
    public init(_ history: RunHistory = RunHistory()) {
        self.history = Guarded(history)
        pending.reserveCapacity(Self.mostPending)
    }

    /// Notes a frame that has ended. Called from one thread at a time; never waits, allocates nothing. A looker has the
    /// history for some microseconds: that more frames end meanwhile than the buffer takes does not happen, but if it
    /// did, they would be missing in the history.
    public func note(_ record: FrameRecord, _ pipeline: PipelineRecord) {
        if pending.count < Self.mostPending { pending.append(SlowFrame(record: record, pipeline: pipeline)) }
        pass()
    }

    /// How many frames wait for the history, and the most that can. For the thread that calls `note`.
    var waiting: (count: Int, limit: Int) { (pending.count, Self.mostPending) }

    /// Moves what waits into the history, unless somebody looks at it.
    func pass() {
        let done: Void? = history.withLockIfAvailable { history in
            for frame in pending { history.note(frame.record, frame.pipeline) }
        }
        if done != nil { pending.removeAll(keepingCapacity: true) }
    }

    /// The seconds behind `last` and before `now`. Allocates.
    public func seconds(after last: Int64, before now: Int64) -> [Second] {
        history.withLock { $0.seconds(after: last, before: now) }
    }

    /// The slowest frames. Allocates.
    public var slowestFrames: [SlowFrame] { history.withLock { $0.slowestFrames } }
}
