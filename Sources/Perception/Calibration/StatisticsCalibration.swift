public import FrameIO
internal import Inference
internal import Kernels
internal import OpenSet
public import Streaming
internal import Synchronization

/// Measures what scores must know beforehand on frames of drives, which hold nothing unknown: all stages of a run, then one
/// pass over labels, maximum logits, features and activations. For `densehybrid calibrate statistics`.
///
/// Classes are those that the network predicts. Memory does not grow with the number of frames.
public final class StatisticsCalibration: Sendable {
    /// What is chosen rather than measured.
    public struct Choices: Sendable {
        /// Percentile of the activations that ReAct cuts at: 90 (Sun et al., section 4).
        public var percentile = 90.0
        /// Directions of Energy-NECO's principal subspace, of features with twice as many channels or more; else half of
        /// them: 16 in its authors' code.
        public var components = 16
        /// Weight of Energy-NECO's ratio against its energy: 0.6 in its authors' code.
        public var weight = 0.6

        /// The defaults.
        public init() {}
    }

    private let settings: PerceptionSettings
    private let choices: Choices
    private let state: Mutex<State>

    private struct State {
        var logits: LogitMoments
        var features: FeatureMoments?
        var activations = ActivationHistogram()
        var activationName: String?
        var frames = 0
        var sizes: [String] = []
        var failure: String?
    }

    /// A calibration of the settings' network in its precision; score and threshold of the settings are not used.
    public init(settings: PerceptionSettings, choices: Choices = Choices()) throws(ModelError) {
        let score = OutlierScore.maximumLogit
        var settings = PerceptionSettings(
            network: settings.network, kernels: settings.kernels, pool: settings.pool, score: score,
            threshold: settings.threshold, size: settings.size)
        settings.maps.score = true
        settings.maps.labels = true
        settings.tap = .measuring
        self.settings = settings
        self.choices = choices
        state = Mutex(State(logits: LogitMoments(classes: settings.network.bundle.description.classes.count)))
    }

    /// Measures all frames of `source`. May be called for several sources, one after the other. Blocks. A frame that
    /// cannot be used ends the calibration.
    public func add(
        _ source: any FrameSource, control: PipelineControl, messages: MessageSink, progress: RunProgress
    ) throws(ModelError) {
        try settings.runWhole(
            source, control: control, messages: messages, sink: MeasuringSink(calibration: self, progress: progress),
            failure: { state.withLock { $0.failure } })
    }

    /// What was measured so far. `set` says in words what the frames were, `command` what made the file.
    public func result(set: String, command: String) throws(ModelError) -> StatisticsFile {
        let (state, choices) = (state.withLock { $0 }, choices)
        guard state.frames > 0 else { throw ModelError("no frame was measured: the inputs hold none") }
        let description = settings.network.bundle.description
        let features = state.features.flatMap { moments in
            moments.statistics(
                tensor: description.tensors.preLogits,
                components: min(choices.components, max(moments.channels / 2, 1)), weight: choices.weight)
        }
        var limit: ActivationLimit?
        if let name = state.activationName, let value = state.activations.percentile(choices.percentile) {
            limit = ActivationLimit(tensor: name, percentile: choices.percentile, limit: value)
        }
        return StatisticsFile(
            modelSHA256: description.modelSHA256, precision: settings.network.precision, sizes: state.sizes,
            frames: state.frames, set: set, command: command,
            statistics: ScoreStatistics(
                maximumLogit: state.logits.moments, features: features, activationLimit: limit))
    }

    fileprivate func measure(_ slot: FrameSlot) -> Bool {
        guard let geometry = slot.geometry else { return false }
        let network = geometry.network
        state.withLock { state in
            state.logits.add(
                labels: slot.labels.start, scores: slot.score.base.assumingMemoryBound(to: Float.self),
                pixels: geometry.key.width * geometry.key.height)
            Self.measureFeatures(slot, network, &state)
            if !state.sizes.contains(network.size.description) { state.sizes.append(network.size.description) }
            state.frames += 1
        }
        return true
    }

    private static func measureFeatures(_ slot: FrameSlot, _ network: CompiledNetwork, _ state: inout State) {
        let extents = network.preLogits.dimensions
        // Features that no score can read are not measured.
        if extents.count == 4, extents[2...] == network.logits.dimensions[2...], network.preLogits.layout == .blocked,
            extents[1] >= 2
        {
            if state.features == nil {
                state.features = FeatureMoments(channels: extents[1], classes: network.classChannels.count)
            }
            state.features?.add(
                features: slot.preLogits.base.assumingMemoryBound(to: Float.self),
                logits: slot.logits.base.assumingMemoryBound(to: Float.self), planes: network.classChannels,
                pixels: extents[2] * extents[3])
        }
        guard let activations = network.activations, activations.layout == .blocked else { return }
        state.activationName = activations.name
        let buffer = network.hasOwnActivations ? slot.activations.base : slot.preLogits.base
        state.activations.add(
            blocked: buffer.assumingMemoryBound(to: Float.self), channels: activations.dimensions[1],
            pixels: activations.dimensions[2] * activations.dimensions[3])
    }

    fileprivate func fail(_ text: String) { state.withLock { $0.failure = $0.failure ?? text } }
}

/// Shows each frame to the calibration.
private struct MeasuringSink: PipelineSink {
    let calibration: StatisticsCalibration
    let progress: RunProgress

    mutating func write(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        calibration.measure(slot) ? .done : .failAndEnd(.compute)
    }

    mutating func delivered(_ slot: inout FrameSlot, _ record: PipelineRecord) { progress.ended(isDelivered: true) }

    mutating func lost(_ record: PipelineRecord) {
        progress.ended(isDelivered: false)
        calibration.fail("frame \(record.stamp.id) could not be measured: \(record.fate)")
    }

    mutating func finish() {}
}
