public import Monitoring
public import Streaming
internal import Synchronization

/// Does what `--on-stall` says, on the timer that noticed the stall; never waits for frames.
public final class StallResponse: Sendable {
    private let policy: StallPolicy?
    private let control: PipelineControl
    private let messages: MessageSink
    private let clock: @Sendable () -> Int64
    private let endedAt = Atomic<Int64>(0)
    private let isGivenUp = Atomic<Bool>(false)
    private let giveUp: @Sendable (String) -> Void

    /// How long a stream that shall end may take to do so, in nanoseconds: long enough for frames that are at work.
    static let grace: Int64 = 10_000_000_000

    /// A response by `policy`; nil only tells of stalls. `giveUp` is called, with the reason, if the pipeline does not
    /// end: a stage hangs, and the program has to be ended without it.
    public init(
        _ policy: StallPolicy?, control: PipelineControl, messages: MessageSink,
        clock: @escaping @Sendable () -> Int64 = { MonotonicTime.now() }, giveUp: @escaping @Sendable (String) -> Void
    ) {
        self.policy = policy
        self.control = control
        self.messages = messages
        self.clock = clock
        self.giveUp = giveUp
    }

    /// Takes an event of the stall watch.
    public func take(_ event: StallWatch.Event, _ report: HealthReport) {
        if event == .began { messages.report(.stall, "stall: " + report.judgement.messages.joined(separator: ", ")) }
        switch policy {
        case nil: break
        case .hold?, .unknown?: control.pokeSink()
        case .exit?: end(report)
        }
    }

    /// Whether a stall has ended the stream.
    public var hasEnded: Bool { endedAt.load(ordering: .acquiring) != 0 }

    private func end(_ report: HealthReport) {
        let now = clock()
        let since = endedAt.load(ordering: .acquiring)
        if since == 0 {
            // Whoever asked for the end before is not to be told that the stall did it.
            guard !control.isEnding else { return }
            endedAt.store(now, ordering: .releasing)
            control.requestDrain()
        } else if now - since > Self.grace, !isGivenUp.exchange(true, ordering: .acquiringAndReleasing) {
            let cause = report.parts.dropFirst().first?.message ?? ""
            giveUp("the pipeline does not end: \(cause)")
        }
    }
}
