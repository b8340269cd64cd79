internal import ArgumentParser
internal import Monitoring
internal import Perception

/// Options of the verbs that stream: what is watched, and what is done when it is not well.
struct HealthArguments: ParsableArguments {
    @Option(name: .customLong("stall-timeout"), help: "Seconds without a delivered map that count as a stall.")
    var stallTimeout: Double?

    @Option(
        name: .customLong("on-stall"),
        help: """
            Once a timeout, as long as a stall lasts: hold (write the last maps again, marked as not valid), unknown \
            (write maps on which all is unknown), or exit (end the stream; exit code 3). Without it a stall is only told.
            """)
    var onStall: String?

    @Option(
        help: """
            ROS DiagnosticArray as JSON lines, written by a timer whatever the pipeline does: descriptor number, PATH or -.
            """)
    var diagnostics: String?

    @Option(name: .customLong("diagnostics-interval-ms"), help: "Milliseconds from line to line.")
    var diagnosticsInterval = 500.0

    /// What a stall brings about; nil where it is only told.
    func stallPolicy(_ file: PipelineFile) throws -> StallPolicy? {
        guard let name = onStall ?? file.onStall else { return nil }
        guard let policy = StallPolicy(rawValue: name) else {
            throw ValidationError("--on-stall takes hold, unknown or exit, not '\(name)'")
        }
        guard stallTimeout ?? file.stallTimeout != nil else {
            throw ValidationError("--on-stall \(name) needs --stall-timeout")
        }
        return policy
    }

    /// Where the judgements go, opened; nil where nobody wants them.
    func diagnostics(of board: HealthBoard, input: String) throws -> DiagnosticsWriter? {
        try diagnostics.map { target in
            try DiagnosticsWriter(
                target, board: board, hardware: input, intervalNanoseconds: Int64(diagnosticsInterval * 1e6))
        }
    }

    /// Limits by pipeline file and options.
    func limits(_ file: PipelineFile, budgetNanoseconds: Int64?) throws -> HealthLimits {
        var limits = try file.healthLimits(budgetNanoseconds: budgetNanoseconds)
        if let seconds = stallTimeout ?? file.stallTimeout {
            guard 0.01...86_400 ~= seconds else {
                throw ValidationError("--stall-timeout takes 0.01 to 86400 seconds, not \(seconds)")
            }
            limits.stallTimeout = Int64(seconds * 1e9)
        }
        guard 10...3_600_000 ~= diagnosticsInterval else {
            throw ValidationError("--diagnostics-interval-ms takes 10 to 3600000, not \(diagnosticsInterval)")
        }
        return limits
    }
}
