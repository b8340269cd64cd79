internal import Glibc
internal import Streaming

/// Tells the service manager how a run goes. For one thread at a time.
public final class ServiceNotifier: @unchecked Sendable {
    // Invariant: `tick` is called by one timer, `stopping` after it has ended.
    private let socket: ServiceSocket
    private var state: ServiceState

    /// A notifier by the manager's environment (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`); nil where no manager
    /// wants to be told.
    public init?(environment: [String: String]) {
        guard let name = environment["NOTIFY_SOCKET"], let socket = ServiceSocket(name) else { return nil }
        self.socket = socket
        state = ServiceState(
            watchdogNanoseconds: Self.watchdog(environment, process: getpid()), start: MonotonicTime.now())
    }

    /// The watchdog's interval in nanoseconds, where there is one and it is meant for this process.
    static func watchdog(_ environment: [String: String], process: Int32) -> Int64? {
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 0,
            microseconds < .max / 1000
        else { return nil }
        if let owner = environment["WATCHDOG_PID"], Int32(owner) != process { return nil }
        return microseconds * 1000
    }

    /// Sends what is due. `report` is asked where words are needed.
    public func tick(_ glance: HealthGlance, delivered: Bool, report: () -> HealthReport) {
        let now = MonotonicTime.now()
        if let message = state.message(glance, delivered: delivered, at: now, report: report) { socket.send(message) }
    }

    /// Says that the program ends.
    public func stopping() { socket.send("STOPPING=1") }
}
