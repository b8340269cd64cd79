public import Evaluation
public import FrameIO
internal import Inference
internal import OpenSet
public import Streaming
internal import Synchronization

/// Scores frames as a run would and chooses a decision threshold. For `densehybrid calibrate threshold`.
///
/// Memory: that of `DecisionSample`. The threshold of the settings is not used.
public final class ThresholdCalibration: Sendable {
    private let settings: PerceptionSettings
    private let state: Mutex<State>

    private struct State {
        var sample: DecisionSample
        var sizes: [String] = []
    }

    /// A calibration of the settings' score; `alarm` is what is counted in frames.
    public init(settings: PerceptionSettings, isBinned: Bool, alarm: FrameAlarm?) {
        self.settings = settings
        state = Mutex(State(sample: DecisionSample(isBinned: isBinned, alarm: alarm)))
    }

    /// Adds a labelled set. Blocks. A picture or label file that cannot be used, or an interruption, is an error.
    public func add(
        _ reader: DatasetReader, control: PipelineControl, messages: MessageSink, progress: RunProgress
    ) throws(ModelError) {
        let pictures = ScoredPictures(settings: settings, paths: reader.pairs.map(\.imagePath))
        try pictures.run(control: control, messages: messages, progress: progress) { frame in
            let labels = try reader.pairs[frame.index].labels(width: frame.width, height: frame.height)
            try labels.pixels.withUnsafeBufferPointer { bytes in
                try self.add(frame, labels: (bytes, reader.layout.roles))
            }
        }
    }

    /// Adds all frames of `source`, every pixel of which counts as known. May be called for several sources. Blocks. A
    /// frame that cannot be used ends the calibration; after an interruption the sample holds only a part.
    public func add(
        _ source: any FrameSource, named name: String, control: PipelineControl, messages: MessageSink,
        progress: RunProgress
    ) throws(ModelError) {
        _ = try ScoredFrames(settings: settings).run(
            source, control: control, messages: messages, progress: progress, name: { "\(name): frame \($0)" }
        ) { frame in try self.add(frame, labels: nil) }
    }

    private func add(
        _ frame: ScoredFrame, labels: (bytes: UnsafeBufferPointer<UInt8>, roles: LabelRoles)?
    ) throws {
        try state.withLock { state in
            try state.sample.add(scores: frame.scores, width: frame.width, labels: labels)
            let size = frame.networkSize.description
            if !state.sizes.contains(size) { state.sizes.append(size) }
        }
    }

    /// The threshold of everything that was added; `set` and `command` are for whoever reads the entry later.
    public func entry(
        _ choice: DecisionSample.Choice, set: String, command: String
    ) throws(ModelError) -> CalibratedThreshold {
        let (sample, sizes) = state.withLock { ($0.sample, $0.sizes) }
        let decision: DecisionThreshold
        do { decision = try sample.threshold(choice) } catch { throw ModelError(error.description) }
        guard decision.value.isFinite else {
            throw ModelError(
                "\(choice.rule.text(choice.tie)) is kept even by a threshold of \(decision.value), which decides nothing: "
                    + "ask for a rate that these frames can tell apart")
        }
        var entry = CalibratedThreshold(
            score: settings.score.name, scoreAt: settings.scoreResolution.rawValue, value: decision.value,
            rule: choice.rule.text, size: settings.declaredSize.description,
            precision: settings.network.precision.rawValue,
            modelSHA256: settings.network.bundle.description.modelSHA256, set: set)
        entry.statisticsSHA256 = settings.statisticsSHA256
        entry.sizes = sizes
        entry.command = command
        entry.evidence = ThresholdEvidence(sample: sample, choice: choice, decision: decision)
        return entry
    }
}
