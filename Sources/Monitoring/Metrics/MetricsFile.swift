internal import Dispatch
internal import Glibc
internal import Streaming

/// Writes the metrics to a file about once a second, for node_exporter's textfile collector or a batch scheduler.
///
/// The file is whole at any time: written as `PATH.partial` and renamed. Runs on a queue of its own; a slow disk delays
/// the next writing and nothing else.
public final class MetricsFile: @unchecked Sendable {
    // Invariant: `complained` is touched on `queue` only; the timer is only started and cancelled.
    private let queue = DispatchQueue(label: "densehybrid.metrics-file")
    private let timer: any DispatchSourceTimer
    private let path: String
    private let monitor: RunMonitor
    private let complain: @Sendable (String) -> Void
    private var complained = false

    /// Writes the file once, so that a path that cannot be written is refused at once, and then every second.
    /// `complain` is told once if that fails later.
    public init(
        path: String, monitor: RunMonitor, complain: @escaping @Sendable (String) -> Void
    ) throws(MonitoringError) {
        // Before there is a timer, which Dispatch does not let go of before it was started.
        try Self.write(monitor.snapshot(), to: path)
        self.path = path
        self.monitor = monitor
        self.complain = complain
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [unowned self] in Aside.run { again() } }
        timer.schedule(deadline: .now() + 1, repeating: 1, leeway: .milliseconds(50))
        timer.activate()
    }

    /// Ends the timer and writes the final numbers. Blocks until they are written.
    public func finish() {
        timer.cancel()
        queue.sync { Aside.run { again() } }
    }

    private func again() {
        do throws(MonitoringError) {
            try Self.write(monitor.snapshot(), to: path)
        } catch {
            if !complained { complain("metrics file: \(error)") }
            complained = true
        }
    }

    private static func write(_ snapshot: RunSnapshot, to path: String) throws(MonitoringError) {
        // Not ending in .prom, so that the collector does not take the half-written one.
        let aside = path + ".partial"
        let file = try TextFile(creating: aside)
        do throws(MonitoringError) {
            try file.write(PrometheusText.render(snapshot))
        } catch {
            unlink(aside)
            throw error
        }
        guard rename(aside, path) == 0 else { throw .last("rename \(aside) to \(path)") }
    }
}
