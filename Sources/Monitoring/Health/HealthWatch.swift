internal import Dispatch
internal import Streaming

/// The timer that judges a run, on a queue of its own: a pipeline that hangs is still judged.
///
/// `@unchecked` because Dispatch does not declare its sources Sendable; they may be used from any thread.
public final class HealthWatch: @unchecked Sendable {
    private let timer: any DispatchSourceTimer
    private let queue = DispatchQueue(label: "densehybrid.health")
    private let notifier: ServiceNotifier?

    /// Looks as often as `interval` says. `onStall` is called on the timer's queue, and must not wait for frames.
    public init(
        _ board: HealthBoard, notifier: ServiceNotifier? = nil,
        onStall: @escaping @Sendable (StallWatch.Event, HealthReport) -> Void
    ) {
        self.notifier = notifier
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler {
            Aside.run {
                let event = board.tick()
                let glance = board.glance()
                notifier?.tick(glance, delivered: board.hasDelivered) { board.report() }
                // Words are made where they are wanted: a run that goes on is looked at without allocating.
                if let event { onStall(event, board.report()) }
            }
        }
        let interval = Self.interval(board.limits, notifier: notifier)
        timer.schedule(deadline: .now(), repeating: Double(interval) / 1e9)
        timer.activate()
    }

    /// Nanoseconds between two looks: those of `limits`, fewer where the stall timeout or the service manager's watchdog
    /// asks for it. With a manager at most a second, so that it hears in time what it waits for.
    static func interval(_ limits: HealthLimits, notifier: ServiceNotifier?) -> Int64 {
        var interval = min(limits.interval, (limits.stallTimeout ?? .max) / 4)
        if let notifier { interval = min(interval, 1_000_000_000, (notifier.watchdogNanoseconds ?? .max) / 4) }
        return max(1_000_000, interval)
    }

    /// Ends it, and tells the service manager that the program is about to end. Waits for a look that is under way.
    public func stop() {
        timer.cancel()
        queue.sync {}
        notifier?.stopping()
    }
}
