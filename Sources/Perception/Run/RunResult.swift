public import Monitoring
public import Streaming

/// What a run came to.
public struct RunResult: Sendable {
    /// Frames, stages, latencies.
    public let summary: PipelineSummary
    /// Where the time of delivered frames went, by bucket.
    public let latencies: LatencyHistograms
    /// What was computed.
    public let settings: PerceptionSettings
    /// How frames flowed.
    public let stream: StreamConfiguration
    /// The network's input size for the last frame; nil where there was none.
    public let networkSize: NetworkSize?
    /// Stretches of damaged input.
    public let damagedStretches: Int
    /// Bytes of input that were passed over.
    public let skippedBytes: Int
    /// Whether reading ended with an error.
    public let sourceFailed: Bool
    /// Whether the reader of an output closed it; a quiet end.
    public let outputClosed: Bool
    /// Why an output could not be written.
    public let outputFailure: String?
    /// SHA-256 over all open-set maps in order.
    public let digest: String
    /// The digest that a followed run came to; nil where none was followed, or it did not end in peace.
    public let followedDigest: String?
    /// What was noted of the run's health; nil where it was not.
    public let health: HealthTotals?
    /// Whether a stall ended the stream (`--on-stall exit`).
    public var endedByStall = false

    /// Whether the maps are those of the run that was followed; true where there was none.
    public var isFaithful: Bool { followedDigest.map { $0 == digest } ?? true }

    /// Whether input was lost: damaged or failed frames, a cut stream, one that was given up.
    public var hasDataLoss: Bool {
        let failures = summary.ledger.failures.contains { $0.reason != .output || !outputClosed }
        return damagedStretches > 0 || failures || endedByStall
    }

    /// The exit code of cli.md: 1 for a failure, 3 for data loss, 0 for a clean run.
    public var exitCode: Int32 {
        if outputFailure != nil || sourceFailed || !isFaithful { return 1 }
        return hasDataLoss ? 3 : 0
    }
}
