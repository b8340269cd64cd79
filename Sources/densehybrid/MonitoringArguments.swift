internal import ArgumentParser
internal import Perception

/// Options of the verbs that stream frames, for those who watch.
struct MonitoringArguments: ParsableArguments {
    @Option(
        help: """
            Chrome trace for ui.perfetto.dev: one track per stage, queue depths, lost frames: PATH or -. Loads also when \
            the program was killed.
            """)
    var trace: String?

    @Option(
        name: .customLong("metrics-file"),
        help: "Prometheus text, renewed every second and at the end (for node_exporter's textfile collector).")
    var metricsFile: String?

    @Option(
        help: """
            Socket that 'densehybrid monitor' attaches to: PATH or none (default: by process number in \
            $XDG_RUNTIME_DIR/densehybrid or the temporary folder).
            """)
    var control: String?

    func request() -> MonitoringRequest {
        var request = MonitoringRequest()
        request.trace = trace
        request.metricsFile = metricsFile
        switch control {
        case nil: request.control = .automatic
        case "none"?: request.control = .none
        case let path?: request.control = .path(path)
        }
        return request
    }
}
