internal import FrameIO
internal import Kernels
internal import OpenSet
internal import Streaming
internal import Synchronization

/// Scores and classes of one picture, row-major at its own size; valid during the call only.
struct ScoredPicture {
    let index: Int
    let width: Int
    let height: Int
    let scores: UnsafeBufferPointer<Float>
    let classes: UnsafeBufferPointer<UInt8>
}

/// Runs the pipeline over pictures and hands each one's maps to a closure, in order, on the sink's thread.
struct ScoredPictures {
    let settings: PerceptionSettings
    let paths: [String]

    /// Blocks until all pictures are done. A picture that cannot be used, or an error of `body`, ends the run: results over
    /// part of a set would be other results.
    func run(
        control: PipelineControl, messages: MessageSink, progress: RunProgress,
        body: @escaping @Sendable (ScoredPicture) throws -> Void
    ) throws(ModelError) {
        var settings = settings
        settings.maps = PerceptionSettings.Maps()
        settings.maps.score = true
        settings.maps.labels = true
        let shares = WorkerShares(workers: settings.pool.threadCount)
        do {
            let stream = StreamConfiguration.file
            let state = SinkState()
            let slots = FramePool<FrameSlot>(count: stream.slots) { _ in FrameSlot() }
            let pipeline = try Pipeline(
                stream, control: control, pool: slots,
                source: StreamSource(
                    source: FrameInput.pictures(paths), settings: settings, messages: messages, notes: SourceNotes(),
                    onCorrupt: .fail, slots: slots),
                stages: try settings.stages(onCorrupt: .fail, shares: shares, messages: messages),
                sink: ScoredPictureSink(paths: paths, state: state, progress: progress, body: body))
            _ = try pipeline.run()
            withExtendedLifetime(shares) {}
            let (done, failure) = state.outcome
            if let failure { throw ModelError(failure) }
            guard done == paths.count else {
                throw ModelError(
                    "only \(done) of \(paths.count) pictures were scored: results of part of a set are not given")
            }
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError("\(error)")
        }
    }
}

/// What the sink tells the caller.
private final class SinkState: Sendable {
    private let state = Mutex<(done: Int, failure: String?)>((0, nil))

    func succeeded() { state.withLock { $0.done += 1 } }
    func failed(_ text: String) { state.withLock { $0.failure = $0.failure ?? text } }
    var outcome: (done: Int, failure: String?) { state.withLock { $0 } }
}

private struct ScoredPictureSink: PipelineSink {
    let paths: [String]
    let state: SinkState
    let progress: RunProgress
    let body: @Sendable (ScoredPicture) throws -> Void

    mutating func write(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        guard let key = slot.geometry?.key else { return .failAndEnd(.size) }
        let count = key.width * key.height
        do {
            try body(
                ScoredPicture(
                    index: Int(work.stamp.id), width: key.width, height: key.height,
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
        let index = Int(record.stamp.id)
        state.failed("\(index < paths.count ? paths[index] : "a picture") could not be scored: \(record.fate)")
    }

    mutating func finish() {}
}
