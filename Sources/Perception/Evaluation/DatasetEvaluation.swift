public import Evaluation
internal import FrameIO
public import Streaming

/// The metrics of a labelled set, of the pipeline's own scores or of stored ones.
public struct DatasetEvaluation: Sendable {
    /// The set.
    public let reader: DatasetReader
    /// What is measured.
    public let evaluation: SetEvaluation.Settings

    /// An evaluation of `reader`'s pictures.
    public init(reader: DatasetReader, evaluation: SetEvaluation.Settings) {
        self.reader = reader
        self.evaluation = evaluation
    }

    /// Runs all pictures through the pipeline. Memory: see `SetEvaluation`. Blocks. Any picture or label file that cannot be
    /// used ends the evaluation with an error. The threshold of `settings` is not used.
    public func run(
        _ settings: PerceptionSettings, control: PipelineControl, messages: MessageSink, progress: RunProgress
    ) throws(ModelError) -> EvaluationResult {
        let box = try EvaluationBox(evaluation)
        let pictures = ScoredPictures(settings: settings, paths: reader.pairs.map(\.imagePath))
        let reader = reader
        try pictures.run(control: control, messages: messages, progress: progress) { picture in
            let pair = reader.pairs[picture.index]
            let labels = try pair.labels(width: picture.width, height: picture.height)
            let distances = try pair.distances(width: picture.width, height: picture.height)
            try labels.pixels.withUnsafeBufferPointer { labels in
                try box.add(
                    PictureScores(
                        fold: pair.fold, width: picture.width, scores: picture.scores, labels: labels,
                        classes: picture.classes, distances: distances))
            }
        }
        return try box.result()
    }

    /// Reads each picture's map from `folder`; maps of another size are resized to their labels'. Pictures are not read.
    /// Stored scores come without classes, so class metrics are left out. Blocks.
    public func run(scores folder: ScoreFolder) throws(ModelError) -> EvaluationResult {
        let box = try EvaluationBox(evaluation)
        do {
            for pair in reader.pairs {
                let labels = try GrayImage(contentsOf: pair.labelPath)
                let map = try ScoreMap(contentsOf: try folder.path(name: pair.name, fold: pair.fold))
                    .resized(width: labels.width, height: labels.height)
                let distances = try pair.distances(width: labels.width, height: labels.height)
                try map.values.withUnsafeBufferPointer { scores in
                    try labels.pixels.withUnsafeBufferPointer { labels in
                        try box.add(
                            PictureScores(
                                fold: pair.fold, width: map.width, scores: scores, labels: labels, distances: distances)
                        )
                    }
                }
            }
        } catch {
            throw ModelError("\(error)")
        }
        return try box.result()
    }
}

/// Hands the evaluation from the sink's thread to the caller.
private final class EvaluationBox: @unchecked Sendable {
    // One thread at a time: the sink's until the run has ended, then the caller's. The run joins the sink's thread, which
    // orders the two.
    private var evaluation: SetEvaluation?

    init(_ settings: SetEvaluation.Settings) throws(ModelError) {
        do { evaluation = try SetEvaluation(settings) } catch { throw ModelError("\(error)") }
    }

    func add(_ picture: PictureScores) throws { try evaluation?.add(picture) }

    func result() throws(ModelError) -> EvaluationResult {
        // Moved out: curves are drawn in place, on the only copy.
        guard let ended = evaluation.take() else { throw ModelError("the evaluation has ended already") }
        do { return try ended.result() } catch { throw ModelError("\(error)") }
    }
}
