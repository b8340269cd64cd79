public import FrameIO
internal import Inference
internal import Kernels
public import Streaming
internal import Synchronization

/// Measures the ranges of a network's values on frames of drives: decode and normalise as in a run, then the fp32 network
/// under observation. For `densehybrid calibrate ranges`.
public final class RangeCalibration: Sendable {
    private let settings: PerceptionSettings
    private let state: Mutex<State>

    private struct State {
        var recorder = RangeRecorder()
        var networks: [CompiledNetwork] = []
        var frames = 0
        var sizes: [String] = []
        var failure: String?
        /// A few of the pictures, evenly spread over all frames, for the choice of precisions.
        var pictures: [PrecisionSearch.Picture] = []
        /// One of so many frames is among them.
        var stride = 1
    }

    /// Most pictures that are kept: when there would be more, every other one goes.
    private static let mostPictures = 12

    /// A calibration of the settings' network, which must be one in fp32; score and threshold are not used.
    public init(settings: PerceptionSettings) {
        self.settings = settings
        state = Mutex(State())
    }

    /// Measures all frames of `source`. May be called for several sources, one after the other. Blocks. A frame that
    /// cannot be used ends the calibration.
    public func add(
        _ source: any FrameSource, control: PipelineControl, messages: MessageSink, progress: RunProgress
    ) throws(ModelError) {
        // Decode and normalise; the sink runs the network itself.
        try settings.runWhole(
            source, stages: 2, control: control, messages: messages,
            sink: ObservingSink(calibration: self, progress: progress), failure: { state.withLock { $0.failure } })
    }

    /// What was measured so far; `command` is what made it. Runs the network in int8 on some of the frames, and leaves
    /// nodes in fp32 until `agreement` of the labels equal fp32's. Blocks, for minutes where many nodes must be tried.
    public func result(
        command: String, agreement: Double, report: (String) -> Void
    ) throws(ModelError) -> RangesFile {
        var (ranges, frames, sizes, pictures) = state.withLock { state in
            (state.recorder.ranges, state.frames, state.sizes, state.pictures)
        }
        guard frames > 0 else { throw ModelError("no frame was measured: the inputs hold none") }
        let search = try PrecisionSearch(settings: settings, pictures: pictures)
        let (before, after) = try search.narrow(&ranges, wanted: agreement, report: report)
        report(
            "labels as in fp32: \(Self.percent(before)) % all in int8"
                + (ranges.inHigherPrecision.isEmpty
                    ? "" : ", \(Self.percent(after)) % with \(ranges.inHigherPrecision.count) nodes in fp32"))
        return RangesFile(
            modelSHA256: settings.network.bundle.description.modelSHA256, frames: frames, sizes: sizes,
            command: command, ranges: ranges)
    }

    private static func percent(_ share: Double) -> String {
        let hundredths = Int((share * 10000).rounded(.down))
        return "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10)"
    }

    fileprivate func observe(_ slot: inout FrameSlot) -> Bool {
        guard let size = slot.geometry?.network.size else { return false }
        return state.withLock { state in
            do throws(ModelError) {
                let network: CompiledNetwork
                if let known = state.networks.first(where: { $0.size == size }) {
                    network = known
                } else {
                    network = try settings.network.compile(
                        size: size, kernels: settings.kernels, threads: settings.pool.threadCount, observes: true)
                    state.networks.append(network)
                    state.sizes.append(size.description)
                }
                if state.frames % state.stride == 0 {
                    if state.pictures.count == Self.mostPictures {
                        state.pictures = stride(from: 0, to: Self.mostPictures, by: 2).map { state.pictures[$0] }
                        state.stride *= 2
                    }
                    let start = slot.input.base.assumingMemoryBound(to: Float.self)
                    let pixels = Array(UnsafeBufferPointer(start: start, count: size.width * size.height * 3))
                    state.pictures.append(PrecisionSearch.Picture(size: size, pixels: pixels))
                }
                // The frame has room for the network that it came for, which may keep less between backbone and heads.
                slot.prepareNetwork(network)
                try network.observe(slot, on: settings.pool, into: &state.recorder)
                state.frames += 1
                return true
            } catch {
                state.failure = state.failure ?? error.description
                return false
            }
        }
    }

    fileprivate func fail(_ text: String) { state.withLock { $0.failure = $0.failure ?? text } }
}

extension CompiledNetwork {
    /// Runs backbone and heads on the slot's picture and records every value.
    func observe(_ slot: FrameSlot, on pool: WorkerPool, into recorder: inout RangeRecorder) throws(ModelError) {
        precondition(
            slot.preLogits.count >= preLogits.byteCount && slot.logits.count >= logits.byteCount,
            "the frame was made ready for another network")
        do throws(InferenceError) {
            try observe(
                image: slot.input.base, preLogits: slot.preLogits.base, logits: slot.logits.base,
                outlierLogits: outlierLogits == nil ? nil : slot.outlierLogits.base, on: pool, into: &recorder)
        } catch {
            throw ModelError(error.description)
        }
    }
}

/// Shows each frame to the observed network.
private struct ObservingSink: PipelineSink {
    let calibration: RangeCalibration
    let progress: RunProgress

    mutating func write(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        calibration.observe(&slot) ? .done : .failAndEnd(.compute)
    }

    mutating func delivered(_ slot: inout FrameSlot, _ record: PipelineRecord) { progress.ended(isDelivered: true) }

    mutating func lost(_ record: PipelineRecord) {
        progress.ended(isDelivered: false)
        calibration.fail("frame \(record.stamp.id) could not be measured: \(record.fate)")
    }

    mutating func finish() {}
}
