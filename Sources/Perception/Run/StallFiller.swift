internal import FrameIO
internal import Monitoring
internal import Streaming

/// Makes what is given out while no map is delivered (`--on-stall hold|unknown`): the last maps again, or maps on which
/// all is unknown. Both are marked as not valid, and carry the number of the frame that is overdue.
///
/// Used by the sink's serial queue. Keeping the maps of a frame copies them (`hold` alone) and allocates only when they
/// are larger than any before.
struct StallFiller {
    /// The maps and the header of the latest filling.
    let slot = FrameSlot()
    private let holds: Bool
    private let settings: PerceptionSettings
    private let blank: BlankMaps
    /// The frame that the last computed map is of.
    private var source: MapOrigin?
    private var geometry: FrameGeometry?
    private var overdue: UInt64 = 0

    /// Nil where nothing is to be filled in.
    init?(_ policy: StallPolicy?, settings: PerceptionSettings) {
        guard policy == .hold || policy == .unknown else { return nil }
        holds = policy == .hold
        self.settings = settings
        blank = BlankMaps(settings)
    }

    /// Notes a frame that has been delivered.
    mutating func delivered(_ delivered: FrameSlot, _ record: PipelineRecord) {
        overdue = max(overdue, record.stamp.id + 1)
        guard record.answer.kind == .computed, let geometry = delivered.geometry else { return }
        self.geometry = geometry
        source = MapOrigin(stamp: record.stamp, arrival: record.clock.arrival)
        guard holds else { return }
        slot.prepare(for: geometry, decodes: false, wants: settings.maps)
        slot.takeMaps(of: delivered)
    }

    /// Notes a frame that has been lost.
    mutating func lost(_ record: PipelineRecord) { overdue = max(overdue, record.stamp.id + 1) }

    /// Fills `slot` and says what it holds; nil before the first map, as nobody knows how large it would be.
    mutating func fill(at now: Int64) -> FrameRecord? {
        guard let geometry, let source else { return nil }
        if !holds {
            slot.prepare(for: geometry, decodes: false, wants: settings.maps)
            slot.fill(with: blank)
        }
        var header = FrameHeader.none
        header.id = overdue
        header.width = geometry.key.width
        header.height = geometry.key.height
        header.arrivalNanoseconds = FrameClock.realtime()
        slot.encoded.header = header
        var record = FrameRecord(header, status: .stalled)
        record.qualityLevel = settings.rungNames.count - 1
        if holds {
            record.sourceFrameID = source.stamp.id
            record.ageNanoseconds = source.age(at: now)
        }
        return record
    }

    /// Whether what is given out says "all unknown".
    var isUnknown: Bool { !holds }
}

extension MapOrigin {
    /// Since the capture of the frame, where that is known and not in the future, else since its arrival. `now` is on
    /// `MonotonicTime`.
    func age(at now: Int64) -> Int64 {
        if let capture = stamp.captureNanoseconds {
            let age = FrameClock.realtime() - capture
            // A recorded drive was captured long ago: its age would say nothing about this run.
            if age >= 0 && age < 3_600_000_000_000 { return age }
        }
        return max(0, now - arrival)
    }
}
