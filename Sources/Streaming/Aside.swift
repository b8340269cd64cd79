internal import CAllocationCounter

/// Work beside the frame path: answering monitors, writing traces, timers.
public enum Aside {
    /// Runs `body` and counts what it allocates on this thread apart from the frame path's allocations, as
    /// `monitoring_allocations_per_frame`. For threads that no frame ever waits for. `body` must not suspend.
    public static func run<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        dh_aside_enter()
        defer { dh_aside_leave() }
        return try body()
    }
}
