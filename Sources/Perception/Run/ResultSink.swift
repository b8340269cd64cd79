internal import FrameIO
internal import Kernels
internal import Monitoring
internal import OpenSet
internal import Streaming

/// Writes a finished frame's maps, then its record. Called on the sink's serial queue, in the order of frames.
struct ResultSink: PipelineSink {
    private let outputs: ResultOutputs
    private let settings: PerceptionSettings
    private let messages: MessageSink
    private let onCorrupt: CorruptPolicy
    private let control: PipelineControl
    private let observers: [any FrameObserver]
    /// The maps of the last frame that was computed, kept for `--on-corrupt hold` and for the ladder.
    private let last = FrameSlot()
    private var hasLast = false
    private let keepsLast: Bool
    private let blank: BlankMaps
    /// The last rung.
    private let unknownLevel: Int
    private let health: HealthBoard?
    private var filler: StallFiller?
    private let regions: RegionRecords

    init(
        outputs: ResultOutputs, settings: PerceptionSettings, messages: MessageSink, onCorrupt: CorruptPolicy,
        control: PipelineControl, observers: [any FrameObserver] = [], health: HealthBoard? = nil,
        onStall: StallPolicy? = nil
    ) {
        self.health = health
        self.control = control
        self.observers = observers
        self.outputs = outputs
        self.settings = settings
        self.messages = messages
        self.onCorrupt = onCorrupt
        regions = RegionRecords(limit: settings.regions.limit)
        keepsLast = onCorrupt == .hold || onStall == .hold || settings.ladder != nil
        blank = BlankMaps(settings)
        unknownLevel = settings.rungNames.count - 1
        filler = StallFiller(onStall, settings: settings, level: unknownLevel)
    }

    mutating func write(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        settings.stageDelays.spend(in: .write)
        switch work.answer.kind {
        case .computed: paint(slot)
        case .held, .unknown:
            // A picture so implausible that nothing was reserved for it: nobody knows how large its map would be.
            guard let key = slot.geometry?.key else { return .fail(.corrupt) }
            slot.image.clear()
            if work.answer.kind == .held, hasLast, last.geometry?.hasMaps(of: key) == true {
                slot.takeMaps(of: last)
            } else {
                work.holdIsUnknown(level: unknownLevel)
                slot.fill(with: blank)
            }
        }
        do throws(FrameIOError) {
            try outputs.write(slot, header: slot.encoded.header)
        } catch {
            return outcome(error, frame: work.stamp.id)
        }
        if keepsLast && work.answer.kind == .computed { keep(slot) }
        return .done
    }

    mutating func delivered(_ slot: inout FrameSlot, _ record: PipelineRecord) {
        // Before the record goes out: who waits for that may send the next frame, which would find this slot still taken.
        outputs.digest(slot)
        filler?.delivered(slot, record)
        var line = FrameRecord(record)
        line.findings.formUnion(slot.findings)
        if let geometry = slot.geometry, line.isValid {
            let pixels = geometry.key.width * geometry.key.height
            line.anomalyFraction = Float(slot.counts.outliers) / Float(pixels)
            line.anomalyMaxScore = slot.counts.maximumScore.isFinite ? slot.counts.maximumScore : nil
        }
        guard line.isValid else { return publish(line, record, slot, regions: nil) }
        line.ageNanoseconds = age(record)
        guard settings.maps.regions else { return publish(line, record, slot, regions: nil) }
        line.regionCount = slot.regions.found
        publish(line, record, slot, regions: regions.records(slot.regions, camera: slot.geometry?.camera))
    }

    mutating func lost(_ record: PipelineRecord) {
        if onCorrupt == .hold, hasLast, case .failed = record.fate {
            var header = last.encoded.header
            header.id = record.stamp.id
            header.nameIndex = -1
            do throws(FrameIOError) {
                try outputs.write(last, header: header)
                outputs.digest(last)
            } catch {
                endIfFinal(error, frame: record.stamp.id)
            }
        }
        filler?.lost(record)
        publish(FrameRecord(record), record, nil, regions: nil)
    }

    /// A stall asks for something to be given out; see `StallResponse`.
    mutating func poked() {
        // Meanwhile a frame may have come.
        guard let health, health.isStalled, let filler,
            let filling = filler.fill(at: MonotonicTime.now(), last: last)
        else { return }
        do throws(FrameIOError) {
            try outputs.fill(filling)
            health.filled(withUnknown: filler.isUnknown)
        } catch {
            endIfFinal(error, frame: filling.record.frameID)
        }
    }

    mutating func finish() {
        do throws(FrameIOError) {
            try outputs.finish()
        } catch {
            outputs.failed(error)
        }
    }

    private func paint(_ slot: FrameSlot) {
        guard settings.maps.overlay, let plan = slot.geometry?.overlay, let view = slot.image.view else { return }
        var bands = OverlayBands(
            plan: .passUnretained(plan), planes: PicturePlanes(view), openSet: slot.openSet.start,
            output: slot.overlay.start)
        withUnsafeMutablePointer(to: &bands) { context in
            settings.pool.run(chunks: plan.bands.count, context: context) { raw, band, worker in
                guard let bands = raw?.assumingMemoryBound(to: OverlayBands.self).pointee else { return }
                bands.plan._withUnsafeGuaranteedRef {
                    $0.run(
                        band: Int(band), worker: Int(worker), picture: bands.planes, openSet: bands.openSet,
                        output: bands.output)
                }
            }
        }
    }

    private mutating func keep(_ slot: FrameSlot) {
        guard let geometry = slot.geometry else { return }
        last.prepareMaps(for: geometry, wants: settings.maps)
        last.encoded.header = slot.encoded.header
        last.takeMaps(of: slot)
        hasLast = true
    }

    private func outcome(_ error: FrameIOError, frame: UInt64) -> StageOutcome {
        if error == .downstreamClosed {
            outputs.closed()
            return .failAndEnd(.output)
        }
        messages.report(.output, "frame \(frame): \(error)")
        if case .sizeChanged = error { return .fail(.size) }
        outputs.failed(error)
        return .failAndEnd(.output)
    }

    private func publish(
        _ line: FrameRecord, _ record: PipelineRecord, _ slot: FrameSlot?, regions: UnsafeBufferPointer<RegionRecord>?
    ) {
        do throws(FrameIOError) {
            try outputs.publish(line, regions: regions)
        } catch {
            endIfFinal(error, frame: line.frameID)
        }
        if observers.isEmpty { return }
        let ended = EndedFrame(
            record: line, pipelineRecord: record, slot: slot, maps: settings.maps, regions: regions)
        for index in observers.indices { observers[index].frameEnded(ended) }
    }

    /// A frame whose fate is settled cannot end the stream by its outcome any more.
    private func endIfFinal(_ error: FrameIOError, frame: UInt64) {
        if case .failAndEnd = outcome(error, frame: frame) { control.requestStop() }
    }

    /// Since the capture of the frame that the map is of, where that is known and not in the future, else since its
    /// arrival.
    private func age(_ record: PipelineRecord) -> Int64 {
        (record.heldFrom ?? MapOrigin(stamp: record.stamp, arrival: record.clock.arrival)).age(at: record.finished)
    }
}

/// What a worker needs for one band of the overlay.
private struct OverlayBands {
    let plan: Unmanaged<OverlayPlan>
    let planes: PicturePlanes
    let openSet: UnsafeMutablePointer<UInt8>
    let output: UnsafeMutablePointer<UInt8>
}

extension FrameRecord {
    /// The record as outputs write it.
    init(_ record: PipelineRecord) {
        var header = FrameHeader.none
        header.id = record.stamp.id
        header.captureNanoseconds = record.stamp.captureNanoseconds
        header.arrivalNanoseconds = record.stamp.arrivalNanoseconds ?? FrameClock.realtime()
        self.init(header, status: FrameStatus(record.fate))
        stages.decode = record.clock[.decode]?.compute
        stages.normalize = record.clock[.normalize]?.compute
        stages.backbone = record.clock[.backbone]?.compute
        stages.heads = record.clock[.heads]?.compute
        stages.score = record.clock[.score]?.compute
        stages.threshold = record.clock[.threshold]?.compute
        stages.fuse = record.clock[.fuse]?.compute
        stages.write = record.clock[.write]?.compute
        queueWaitNanoseconds = record.queueWaitNanoseconds
        totalNanoseconds = record.totalNanoseconds
        deadlineMet = record.deadlineMet
        findings = FrameFindings(rawValue: record.stamp.remarks)
        if case .failed(_, let reason) = record.fate, reason.isOfInput { findings.insert(.corrupt) }
        qualityLevel = record.answer.level
        guard record.fate == .delivered, record.answer.kind != .computed else { return }
        sourceFrameID = record.heldFrom?.stamp.id
        isValid = record.answer.kind == .held
    }
}

extension FailureReason {
    /// Whether the frame as it came is what could not be taken.
    fileprivate var isOfInput: Bool {
        switch self {
        case .corrupt, .truncated, .size, .unsupported: true
        case .compute, .output, .overflow: false
        }
    }
}
