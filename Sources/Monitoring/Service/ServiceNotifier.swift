internal import Glibc
internal import Streaming

/// Tells the service manager how a run goes. For one thread at a time.
public final class ServiceNotifier: @unchecked Sendable {
    // Invariant: `tick` is called by one timer, `stopping` after it has ended.
    private let socket: ServiceSocket
    /// The manager's watchdog interval; nil where it has none for this process.
    let watchdogNanoseconds: Int64?
    private var state: ServiceState

    /// A notifier by the manager's environment (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`); nil where no manager
    /// wants to be told.
    public init?(environment: [String: String]) {
        guard let name = environment["NOTIFY_SOCKET"], let socket = ServiceSocket(name) else { return nil }
        self.socket = socket
        watchdogNanoseconds = Self.watchdog(environment, process: getpid())
        state = ServiceState(watchdogNanoseconds: watchdogNanoseconds, start: MonotonicTime.now())
    }

    /// The watchdog's interval in nanoseconds, where there is one and it is meant for this process.
    static func watchdog(_ environment: [String: String], process: Int32) -> Int64? {
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0,
            microseconds < .max / 1000
        else { return nil }
        if let owner = environment["WATCHDOG_PID"], Int32(owner) != process { return nil }
        return microseconds * 1000
    }

    /// Sends what is due; what the manager does not take now stays due. `report` is asked where words are needed.
    public func tick(_ glance: HealthGlance, delivered: Bool, report: () -> HealthReport) {
        let now = MonotonicTime.now()
        var next = state
        if let message = next.message(glance, delivered: delivered, at: now, report: report), !socket.send(message) {
            return
        }
        state = next
    }

    /// Says that the program ends.
    public func stopping() { socket.send("STOPPING=1") }
}
