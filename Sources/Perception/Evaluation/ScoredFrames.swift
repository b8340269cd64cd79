internal import FrameIO
internal import Kernels
internal import OpenSet
internal import Streaming
internal import Synchronization

/// Scores and classes of one frame, row-major at its own size; valid during the call only.
struct ScoredFrame {
    /// The source's number of the frame.
    let index: Int
    let width: Int
    let height: Int
    /// The network's input size for it.
    let networkSize: NetworkSize
    let scores: UnsafeBufferPointer<Float>
    let classes: UnsafeBufferPointer<UInt8>
}

/// Runs the pipeline over a source's frames and hands each one's maps to a closure, in order, on the sink's thread.
struct ScoredFrames {
    let settings: PerceptionSettings

    /// Blocks until the source ends or `control` does; the number of frames that were handed over. A frame that cannot be
    /// used, or an error of `body`, ends the run: results over part of the frames would be other results. `name` is what a
    /// frame is called in errors.
    func run(
        _ source: any FrameSource, control: PipelineControl, messages: MessageSink, progress: RunProgress,
        name: @escaping @Sendable (Int) -> String, body: @escaping @Sendable (ScoredFrame) throws -> Void
    ) throws(ModelError) -> Int {
        var settings = settings
        settings.maps = PerceptionSettings.Maps()
        settings.maps.score = true
        settings.maps.labels = true
        let state = SinkState()
        try settings.runWhole(
            source, control: control, messages: messages,
            sink: ScoredFrameSink(state: state, progress: progress, name: name, body: body),
            failure: { state.outcome.failure })
        return state.outcome.done
    }
}

/// What the sink tells the caller.
private final class SinkState: Sendable {
    private let state = Mutex<(done: Int, failure: String?)>((0, nil))

    func succeeded() { state.withLock { $0.done += 1 } }
    func failed(_ text: String) { state.withLock { $0.failure = $0.failure ?? text } }
    var outcome: (done: Int, failure: String?) { state.withLock { $0 } }
}

private struct ScoredFrameSink: PipelineSink {
    let state: SinkState
    let progress: RunProgress
    let name: @Sendable (Int) -> String
    let body: @Sendable (ScoredFrame) throws -> Void

    mutating func write(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        guard let geometry = slot.geometry else { return .failAndEnd(.size) }
        let key = geometry.key
        let count = key.width * key.height
        do {
            try body(
                ScoredFrame(
                    index: Int(work.stamp.id), width: key.width, height: key.height, networkSize: geometry.network.size,
                    scores: UnsafeBufferPointer(
                        start: slot.score.base.assumingMemoryBound(to: Float.self), count: count),
                    classes: UnsafeBufferPointer(start: slot.labels.start, count: count)))
            state.succeeded()
            return .done
        } catch {
            state.failed("\(error)")
            return .failAndEnd(.output)
        }
    }

    mutating func delivered(_ slot: inout FrameSlot, _ record: PipelineRecord) { progress.ended(isDelivered: true) }

    mutating func lost(_ record: PipelineRecord) {
        progress.ended(isDelivered: false)
        state.failed("\(name(Int(record.stamp.id))) could not be scored: \(record.fate)")
    }

    mutating func finish() {}
}
