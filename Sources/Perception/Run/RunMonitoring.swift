public import Monitoring
public import Streaming

/// How a run is to be watched, as the command line says.
public struct MonitoringRequest: Sendable {
    /// Where the control socket is.
    public enum Control: Hashable, Sendable {
        /// In `ControlFolder`, by process number; a run goes on without it where that cannot be.
        case automatic
        /// At a path.
        case path(String)
        /// There is none.
        case none
    }

    /// The Chrome trace: PATH or `-`.
    public var trace: String?
    /// The Prometheus text, written every second.
    public var metricsFile: String?
    /// The control socket.
    public var control = Control.automatic

    /// A control socket alone.
    public init() {}
}

/// Everything that watches one run: counts, trace, metrics file, control socket. Made before the first frame.
public final class RunMonitoring: Sendable {
    /// Counts frames; others ask it for snapshots.
    public let monitor: RunMonitor
    private let trace: TraceWriter?
    private let metricsFile: MetricsFile?
    private let server: ControlServer?

    /// Opens what `request` names and starts its threads. Throws if a named file or socket cannot be made.
    public init(
        _ request: MonitoringRequest, description: RunDescription, control: PipelineControl, messages: MessageSink
    ) throws(ModelError) {
        let monitor = RunMonitor(description, control: control)
        self.monitor = monitor
        let complain: @Sendable (String) -> Void = { text in messages.report(.output, text) }
        do throws(MonitoringError) {
            trace = try request.trace.map { path throws(MonitoringError) in
                try TraceWriter(
                    path: path, title: "densehybrid \(description.verb) \(description.input)", control: control,
                    complain: complain)
            }
            metricsFile = try request.metricsFile.map { path throws(MonitoringError) in
                try MetricsFile(path: path, monitor: monitor, complain: complain)
            }
            let answer: @Sendable () -> String = { monitor.snapshot().json }
            switch request.control {
            case .none: server = nil
            case .path(let path): server = try ControlServer(path: path, answer: answer)
            // Nobody asked for it: a read-only or foreign temporary folder is no reason not to run.
            case .automatic: server = try? ControlServer(path: nil, answer: answer)
            }
        } catch {
            throw ModelError(error.description)
        }
    }

    /// What the run has to show its frames to.
    public var observers: [any FrameObserver] {
        var observers: [any FrameObserver] = [monitor]
        if let trace { observers.append(trace) }
        return observers
    }

    /// Writes what is left, and closes. Call once, after the run.
    public func finish() {
        monitor.finish()
        trace?.finish()
        metricsFile?.finish()
        server?.finish()
    }
}
