internal import FrameIO
public import Streaming

/// The recorders of a run: clips around triggers, and the slowest frames. Made before the run, finished after it.
public struct FlightRecorders {
    private let clips: ClipRecorder?
    private let worst: WorstFrames?

    /// Makes the recorders that are asked for, reserves their memory and starts their threads.
    public init(
        clips: ClipRequest?, worst: WorstRequest?, settings: PerceptionSettings, stream: StreamConfiguration,
        messages: @escaping @Sendable (String) -> Void
    ) throws(ModelError) {
        self.clips = try clips.map { request throws(ModelError) in
            try ClipRecorder(request, settings: settings, stream: stream, messages: messages)
        }
        self.worst = try worst.map { request throws(ModelError) in try WorstFrames(request, messages: messages) }
    }

    /// For `PerceptionRun.observers`.
    public var observers: [any FrameObserver] {
        var observers: [any FrameObserver] = []
        if let clips { observers.append(clips) }
        if let worst { observers.append(worst) }
        return observers
    }

    /// Waits until all is on disk. What was recorded, as lines for people, and what went wrong.
    public func finish() -> (notes: [String], failures: [String]) {
        var notes: [String] = [], failures: [String] = []
        if let summary = clips?.finish() {
            notes.append(summary.note)
            if summary.failed > 0 {
                failures.append("\(summary.failed) clips are not whole: \(summary.failure ?? "unknown reason")")
            }
        }
        if let failure = worst?.finish() { failures.append(failure) }
        return (notes, failures)
    }
}
