internal import FrameIO
internal import Streaming

/// Runs the pipeline over picture files and hands each one's maps to a closure, in order, on the sink's thread.
struct ScoredPictures {
    let settings: PerceptionSettings
    let paths: [String]

    /// Blocks until all pictures are done. A picture that cannot be used, an error of `body`, or `control` ends the run
    /// with an error: results over part of a set would be other results. A frame's index is its path's.
    func run(
        control: PipelineControl, messages: MessageSink, progress: RunProgress,
        body: @escaping @Sendable (ScoredFrame) throws -> Void
    ) throws(ModelError) {
        let paths = paths
        let done = try ScoredFrames(settings: settings).run(
            FrameInput.pictures(paths), control: control, messages: messages, progress: progress,
            name: { $0 < paths.count ? paths[$0] : "a picture" }, body: body)
        guard done == paths.count else {
            throw ModelError(
                "only \(done) of \(paths.count) pictures were scored: results of part of a set are not given")
        }
    }
}
