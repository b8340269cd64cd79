public import Evaluation
internal import FrameIO
internal import Kernels
internal import OpenSet
public import Streaming
internal import Synchronization

/// Scores of a labelled set, computed by the pipeline itself, and the metrics over all of its pixels.
public struct DatasetEvaluation: Sendable {
    /// What is computed; the threshold is not used.
    public let settings: PerceptionSettings
    /// The set.
    public let reader: DatasetReader

    /// An evaluation of `reader`'s pictures.
    public init(settings: PerceptionSettings, reader: DatasetReader) {
        self.settings = settings
        self.reader = reader
    }

    /// Runs all pictures and pools their scores: 4 bytes a labelled pixel are kept. Blocks. Any picture or label file
    /// that cannot be used ends the evaluation with an error: a metric over part of a set would be another metric.
    public func run(
        rule: TieRule, control: PipelineControl, messages: MessageSink, progress: RunProgress
    ) throws(ModelError) -> AnomalyMetrics {
        var settings = settings
        settings.maps = PerceptionSettings.Maps()
        settings.maps.score = true
        let shares = WorkerShares(workers: settings.pool.threadCount)
        do {
            let stream = StreamConfiguration.file
            let source = FrameInput.pictures(reader.pairs.map(\.imagePath))
            let pool = PoolBox()
            let slots = FramePool<FrameSlot>(count: stream.slots) { _ in FrameSlot() }
            let pipeline = try Pipeline(
                stream, control: control, pool: slots,
                source: StreamSource(
                    source: source, settings: settings, messages: messages, notes: SourceNotes(), onCorrupt: .fail,
                    slots: slots),
                stages: try settings.stages(onCorrupt: .fail, shares: shares, messages: messages),
                sink: PoolingSink(reader: reader, pool: pool, progress: progress))
            _ = try pipeline.run()
            withExtendedLifetime(shares) {}
            return try pool.metrics(rule: rule, expected: reader.pairs.count)
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError("\(error)")
        }
    }
}

/// Scores that the sink has pooled so far.
private struct Pool {
    var scores = PooledScores()
    var images = 0
    var failure: String?
}

/// Hands the pool from the sink's queue to the caller.
private final class PoolBox: Sendable {
    private let pool = Mutex(Pool())

    func add(_ body: (inout Pool) -> Void) { pool.withLock { body(&$0) } }

    func metrics(rule: TieRule, expected: Int) throws -> AnomalyMetrics {
        let (scores, images, failure) = pool.withLock { pool in
            // Moved out: the curve is drawn in place, on the only copy.
            defer { pool.scores = PooledScores() }
            return (pool.scores, pool.images, pool.failure)
        }
        if let failure { throw ModelError(failure) }
        guard images == expected else {
            throw ModelError(
                "only \(images) of \(expected) pictures were scored: metrics over part of a set are not given")
        }
        return try AnomalyMetrics(scores, rule: rule)
    }
}

/// Pools each frame's scores with its labels.
private struct PoolingSink: PipelineSink {
    let reader: DatasetReader
    let pool: PoolBox
    let progress: RunProgress

    mutating func write(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        let pair = reader.pairs[Int(work.stamp.id)]
        guard let key = slot.geometry?.key else { return .failAndEnd(.size) }
        let count = key.width * key.height
        let scores = UnsafeBufferPointer(start: slot.score.base.assumingMemoryBound(to: Float.self), count: count)
        do {
            let labels = try GrayImage(contentsOf: pair.labelPath)
            guard labels.width == key.width, labels.height == key.height else {
                throw ModelError(
                    "\(pair.labelPath) is \(labels.width)x\(labels.height) and its picture \(key.width)x\(key.height): "
                        + "labels must have the picture's size")
            }
            var failure: EvaluationError?
            labels.pixels.withUnsafeBufferPointer { labels in
                pool.add { pool in
                    do throws(EvaluationError) {
                        try pool.scores.add(scores: scores, labels: labels, roles: reader.layout.roles)
                        pool.images += 1
                    } catch {
                        failure = error
                    }
                }
            }
            if let failure { throw failure }
        } catch {
            pool.add { $0.failure = $0.failure ?? "\(error)" }
            return .failAndEnd(.output)
        }
        return .done
    }

    mutating func delivered(_ slot: inout FrameSlot, _ record: PipelineRecord) { progress.ended(isDelivered: true) }

    mutating func lost(_ record: PipelineRecord) {
        progress.ended(isDelivered: false)
        let path =
            Int(record.stamp.id) < reader.pairs.count ? reader.pairs[Int(record.stamp.id)].imagePath : "a picture"
        pool.add { $0.failure = $0.failure ?? "\(path) could not be scored: \(record.fate)" }
    }

    mutating func finish() {}
}
