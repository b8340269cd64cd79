internal import ArgumentParser
internal import Foundation
internal import WebView

/// Options that let others look at a run while it runs.
struct MetricsArguments: ParsableArguments {
    @Option(
        help:
            "Serve a page with the live picture, and /metrics for Prometheus: ADDRESS:PORT, loopback unless told otherwise."
    )
    var metrics: String?

    @Flag(
        name: .customLong("metrics-allow-remote"), help: "Take an address that other machines can reach; needs a token."
    )
    var allowsRemote = false

    @Option(
        name: .customLong("metrics-token-file"),
        help: "File with the token that lookers must have (else DENSEHYBRID_METRICS_TOKEN).")
    var tokenFile: String?

    /// Where and to whom the run is shown; nil where it is not.
    func access() throws -> WebAccess? {
        guard let metrics else {
            guard !allowsRemote, tokenFile == nil else {
                throw ValidationError("--metrics-allow-remote and --metrics-token-file need --metrics ADDRESS")
            }
            return nil
        }
        do {
            return try WebAccess(
                address: metrics, allowsRemote: allowsRemote, tokenFile: tokenFile,
                environmentToken: ProcessInfo.processInfo.environment["DENSEHYBRID_METRICS_TOKEN"])
        } catch let error where error.isUsage {
            throw ValidationError(error.description)
        }
    }
}
