public import FrameIO
internal import Kernels
public import Monitoring
internal import OpenSet
public import Streaming

/// One stream of camera frames turned into open-set maps: wires source, seven stages and sink, and runs them.
public struct PerceptionRun: Sendable {
    /// What is computed.
    public var settings: PerceptionSettings
    /// What is written.
    public var outputs: OutputRequest
    /// How frames flow.
    public var stream: StreamConfiguration
    /// What becomes of damaged frames.
    public var onCorrupt: CorruptPolicy
    /// An earlier run whose decisions are followed (`replay --decisions`): its maps come out again, whatever the speed of
    /// this machine. The stream must block and finish late frames.
    public var follows: DecisionsFile?
    /// See every frame when it has ended.
    public var observers: [any FrameObserver] = []

    /// From when on a frame is not well as input; nil does not look.
    public var inspection: InspectionLimits?
    /// Where the run's health is noted, or nil.
    public var health: HealthBoard?
    /// What is written while no map is delivered (asked for by `PipelineControl.pokeSink`); nil writes nothing.
    public var onStall: StallPolicy?

    /// A run; see the properties.
    public init(
        settings: PerceptionSettings, outputs: OutputRequest, stream: StreamConfiguration, onCorrupt: CorruptPolicy
    ) {
        self.settings = settings
        self.outputs = outputs
        self.stream = stream
        self.onCorrupt = onCorrupt
    }

    /// Runs to the end of `source`, or until `control` or `stop` end it. Blocks.
    ///
    /// `progress` counts along. The only function that sees all parts: read it to know the pipeline.
    public func run(
        _ source: any FrameSource, control: PipelineControl, messages: MessageSink,
        progress: RunProgress = RunProgress()
    ) throws(ModelError) -> RunResult {
        var settings = settings
        if let follows {
            try follows.check(settings, onCorrupt: onCorrupt)
            settings.ladder = follows.ladder
        }
        try settings.check()
        settings.maps = outputs.maps.union(observers.map(\.needs))
        let notes = SourceNotes()
        let shares = WorkerShares(workers: settings.pool.threadCount)
        do {
            let results = try ResultOutputs(
                outputs, names: source.names, frameRate: source.properties.frameRate, palette: try settings.palette,
                recordingFields: RecordingFields.list(settings, stream),
                decisionsHeader: DecisionsHeader(settings, stream, onCorrupt: onCorrupt, source: outputs.inputName)
                    .json,
                progress: progress)
            var flow = stream
            flow.serialStages = stream.computedStages
            flow.script = follows?.script
            flow.ladder = stream.onLate == .degrade ? settings.ladder?.configuration : nil
            let networks = try LadderNetworks(settings, source: source.properties)
            let slots = FramePool<FrameSlot>(count: stream.slots) { _ in FrameSlot() }
            let pipeline = try Pipeline(
                flow, control: control, pool: slots,
                source: StreamSource(
                    source: source, settings: settings, networks: networks, messages: messages, notes: notes,
                    onCorrupt: onCorrupt, slots: slots, follows: follows, inspection: inspection, health: health),
                stages: try settings.stages(
                    onCorrupt: onCorrupt, inspection: inspection, shares: shares, messages: messages),
                sink: ResultSink(
                    outputs: results, settings: settings, messages: messages, onCorrupt: onCorrupt, control: control,
                    observers: observers + (health.map { [$0] } ?? []), health: health, onStall: onStall))
            let summary = try pipeline.run()
            withExtendedLifetime(shares) {}
            let outcome = results.outcome
            return RunResult(
                summary: summary, latencies: pipeline.latencies, settings: settings, stream: flow,
                networkSize: notes.networkSize,
                damagedStretches: notes.damagedStretches, skippedBytes: notes.skippedBytes,
                sourceFailed: notes.hasFailed, outputClosed: outcome.isClosed,
                outputFailure: outcome.failure.map(\.description), digest: outcome.digest,
                followedDigest: follows?.digest, health: health?.totals)
        } catch let error as ModelError {
            throw error
        } catch let error as FrameIOError {
            if case .usage(let text) = error { throw ModelError(text, isUsage: true) }
            throw ModelError(error.description)
        } catch {
            throw ModelError("\(error)")
        }
    }
}

extension StreamConfiguration {
    /// The stages that share one worker pool: frames take turns there, as each would only slow the other down.
    ///
    /// Where the newest frame counts, decoding takes its turn, too: a frame that was decoded early would wait and grow
    /// old while newer ones come.
    fileprivate var computedStages: ClosedRange<StageName> {
        queue == .latest ? .decode ... .fuse : .normalize ... .fuse
    }
}

extension PerceptionSettings {
    /// The seven stages, in order; the last three are one kernel pass with a time of its own each.
    func stages(
        onCorrupt: CorruptPolicy, inspection: InspectionLimits? = nil, shares: WorkerShares, messages: MessageSink
    ) throws(FrameIOError) -> [AnyStage<FrameSlot>] {
        [
            AnyStage(
                DecodeStage(
                    decoder: try ImageDecoder(), onCorrupt: onCorrupt, inspection: inspection, delays: stageDelays,
                    messages: messages)),
            AnyStage(NormalizeStage(pool: pool, delays: stageDelays)),
            AnyStage(BackboneStage(pool: pool, delays: stageDelays, messages: messages)),
            AnyStage(HeadsStage(pool: pool, delays: stageDelays, messages: messages)),
            AnyStage(TailStage(settings: self, shares: shares, messages: messages)),
        ]
    }
}
