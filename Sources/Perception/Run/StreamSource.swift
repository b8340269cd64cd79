internal import FrameIO
internal import Monitoring
internal import Streaming

/// Reads frames from a `FrameSource` into slots and gives each the geometry of its size.
struct StreamSource: PipelineSource, ~Copyable, @unchecked Sendable {
    // Invariant: after it is made, only the pipeline's source thread uses it, and nobody else reads from `source`.
    private let source: any FrameSource
    private let messages: MessageSink
    private let notes: SourceNotes
    private let maps: PerceptionSettings.Maps
    private let onCorrupt: CorruptPolicy
    private let slots: FramePool<FrameSlot>
    private let health: HealthBoard?
    private let inspects: Bool
    private var inspector: FrameInspector
    private var geometries: GeometryCache
    /// What an earlier run decided; its frames must be those of this source.
    private let decisions: DecisionsFile?
    private var position = 0
    private var wasStopped = false

    init(
        source: any FrameSource, settings: PerceptionSettings, networks: LadderNetworks? = nil, messages: MessageSink,
        notes: SourceNotes, onCorrupt: CorruptPolicy, slots: FramePool<FrameSlot>,
        follows decisions: DecisionsFile? = nil, inspection: InspectionLimits? = nil, health: HealthBoard? = nil
    ) {
        self.decisions = decisions
        self.health = health
        inspector = FrameInspector(inspection ?? InspectionLimits())
        inspects = inspection != nil
        self.slots = slots
        self.source = source
        self.messages = messages
        self.notes = notes
        self.onCorrupt = onCorrupt
        maps = settings.maps
        geometries = GeometryCache(settings: settings, networks: networks)
    }

    mutating func next(into slot: inout FrameSlot) -> SourceEvent {
        guard let decisions else { return read(into: &slot) }
        // The run that is followed ended here, whatever the source still has.
        if position == decisions.frameIDs.count { return .end }
        let event = read(into: &slot)
        let complaint: String?
        switch event {
        case .frame(let stamp), .unusable(let stamp, _): complaint = decisions.complaint(about: stamp.id, at: position)
        // A drain is no mistake of the file's.
        case .end: complaint = notes.hasFailed || wasStopped ? nil : decisions.complaint(about: nil, at: position)
        }
        if let complaint {
            messages.report(.source, complaint)
            notes.sourceFailed()
            return .end
        }
        position += 1
        return event
    }

    private mutating func read(into slot: inout FrameSlot) -> SourceEvent {
        while true {
            let event: FrameEvent
            do throws(FrameIOError) {
                event = try source.next(into: &slot.encoded)
            } catch {
                messages.report(.source, "\(error)")
                notes.sourceFailed()
                return .end
            }
            switch event {
            case .frame:
                let header = slot.encoded.header
                let findings = inspects ? inspector.inspect(header, slot.encoded.bytes.contents) : []
                messages.report(findings, frame: header.id)
                // Those of the picture come with its decoding.
                slot.findings = []
                let event = admit(&slot, header, findings)
                if case .frame = event { health?.arrived(findings) }
                return event
            case .corrupt(let corruption):
                messages.report(.source, corruption.description)
                notes.found(bytes: corruption.bytesSkipped)
                if onCorrupt == .fail {
                    notes.sourceFailed()
                    return .end
                }
                guard let lost = corruption.lostFrame else {
                    health?.rejected()
                    continue
                }
                return .unusable(FrameStamp(id: lost), .corrupt)
            case .end(let truncated):
                if truncated {
                    messages.report(.source, Self.cutMessage(source.properties.format))
                    notes.found(bytes: 0)
                }
                return .end
            case .stopped:
                wasStopped = true
                return .end
            }
        }
    }

    private static func cutMessage(_ format: InputFormat) -> String {
        format == .mcap
            ? "the recording is cut: what stood behind its last whole record is lost (densehybrid info tells more)"
            : "the input ends inside a frame: that frame is lost"
    }

    private mutating func admit(
        _ slot: inout FrameSlot, _ header: FrameHeader, _ findings: FrameFindings
    ) -> SourceEvent {
        var stamp = FrameStamp(
            id: header.id, captureNanoseconds: header.captureNanoseconds,
            arrivalNanoseconds: header.arrivalNanoseconds,
            arrivalMonotonicNanoseconds: header.arrivalMonotonicNanoseconds)
        stamp.remarks = findings.rawValue
        let format: PixelFormat
        switch header.payload {
        case .jpeg, .png, .webp: format = .rgb24
        case .raw(let raw): format = raw
        }
        let isRaw = header.payload == .raw(format)
        guard ImageLimits.allows(width: header.width, height: header.height) else {
            let complaint = ImageLimits.complaint(width: header.width, height: header.height)
            messages.report(.corrupt, "frame \(header.id): picture of \(complaint)")
            return .unusable(stamp, .size)
        }
        guard
            ImageLimits.isPlausible(
                header.payload, width: header.width, height: header.height, bytes: slot.encoded.bytes.count)
        else {
            // The decoder will say what is wrong; until then nothing is reserved for it.
            slot.geometry = nil
            return .frame(stamp)
        }
        let key = FrameGeometry.Key(
            format: format, width: header.width, height: header.height,
            colorRange: isRaw ? header.colorRange : .full, colorMatrix: isRaw ? header.colorMatrix : .bt601)
        do throws(ModelError) {
            let previous = geometries.latest
            let geometry = try geometries.geometry(for: key)
            slot.prepare(for: geometry, decodes: !isRaw, wants: maps)
            if geometry !== previous {
                notes.uses(geometry.network.size)
                makeRoom(for: slot, geometry, decodes: !isRaw)
            }
        } catch {
            messages.report(.compute, "frame \(header.id): \(error)")
            return .unusable(stamp, .size)
        }
        return .frame(stamp)
    }

    /// Makes room in the slots that have no frame yet: all others of the pool when the first frame comes. Otherwise each
    /// would grow at its first frame, some of them after the warm-up.
    private func makeRoom(for first: FrameSlot, _ geometry: FrameGeometry, decodes: Bool) {
        // Later pictures of a stream differ in length; few take more than twice the bytes of the first.
        let bytes = first.encoded.bytes.count * (decodes ? 2 : 1)
        slots.withFreeSlots { slot in
            slot.encoded.bytes.reserve(bytes)
            slot.prepare(for: geometry, decodes: decodes, wants: maps)
        }
    }
}
