internal import FrameIO
internal import Kernels
internal import Streaming

extension PerceptionSettings {
    /// Runs the pipeline over all frames of a source into `sink`, losing none. Blocks until the source ends or `control`
    /// does. `count` cuts the pipeline after so many stages. Throws what `failure` tells afterwards (frames that were lost are
    /// the sink's to see), and where the source broke off or was damaged: what is measured over a part would be another thing.
    func runWhole<Sink: PipelineSink & Sendable>(
        _ source: any FrameSource, stages count: Int? = nil, control: PipelineControl, messages: MessageSink,
        sink: Sink,
        failure: () -> String?
    ) throws(ModelError) where Sink.Slot == FrameSlot {
        let shares = WorkerShares(workers: pool.threadCount)
        let notes = SourceNotes()
        do {
            let stream = StreamConfiguration.file
            let slots = FramePool<FrameSlot>(count: stream.slots) { _ in FrameSlot() }
            let stages = try stages(onCorrupt: .fail, shares: shares, messages: messages)
            let pipeline = try Pipeline(
                stream, control: control, pool: slots,
                source: StreamSource(
                    source: source, settings: self, messages: messages, notes: notes, onCorrupt: .fail, slots: slots),
                stages: Array(stages.prefix(count ?? stages.count)), sink: sink)
            _ = try pipeline.run()
        } catch {
            throw ModelError("\(error)")
        }
        withExtendedLifetime(shares) {}
        if let failure = failure() { throw ModelError(failure) }
        try notes.requireWhole()
    }
}
