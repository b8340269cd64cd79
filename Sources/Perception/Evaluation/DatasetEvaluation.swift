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
    /// Metrics of classes are computed where all pictures have classes there (`ScoreFolder.classes`), and left out where
    /// none has. Blocks.
    public func run(scores folder: ScoreFolder) throws(ModelError) -> EvaluationResult {
        var evaluation = evaluation
        let withClasses = reader.pairs.count { folder.hasClasses(name: $0.name, fold: $0.fold) }
        guard withClasses == 0 || withClasses == reader.pairs.count else {
            throw ModelError(
                "\(withClasses) of \(reader.pairs.count) pictures have classes (X_segmentation.npy): give all, or none")
        }
        evaluation.networkClasses = withClasses == 0 ? 0 : evaluation.layout.classes?.networkClasses ?? 0
        let box = try EvaluationBox(evaluation)
        do {
            for pair in reader.pairs { try Self.add(pair, folder, evaluation.networkClasses, to: box) }
        } catch {
            throw ModelError("\(error)")
        }
        return try box.result()
    }

    private static func add(
        _ pair: DatasetPair, _ folder: ScoreFolder, _ networkClasses: Int, to box: EvaluationBox
    ) throws {
        let labels = try GrayImage(contentsOf: pair.labelPath)
        let (width, height) = (labels.width, labels.height)
        let map = try ScoreMap(contentsOf: try folder.path(name: pair.name, fold: pair.fold))
            .resized(width: width, height: height)
        let classes =
            networkClasses == 0
            ? nil
            : try folder.classes(
                name: pair.name, fold: pair.fold, width: width, height: height, below: networkClasses)
        let distances = try pair.distances(width: width, height: height)
        try map.values.withUnsafeBufferPointer { scores in
            try labels.pixels.withUnsafeBufferPointer { labels in
                func add(_ classes: UnsafeBufferPointer<UInt8>?) throws {
                    try box.add(
                        PictureScores(
                            fold: pair.fold, width: width, scores: scores, labels: labels, classes: classes,
                            distances: distances))
                }
                guard let classes else { return try add(nil) }
                try classes.withUnsafeBufferPointer { try add($0) }
            }
        }
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
