internal import FrameIO
internal import Monitoring
internal import Streaming

/// Makes what is given out while no map is delivered (`--on-stall hold|unknown`): the last maps again, or maps on which
/// all is unknown. Both are marked as not valid, and carry the number of the frame that is overdue.
///
/// Used by the sink's serial queue. Allocates only for unknown maps that are larger than any before.
struct StallFiller {
    /// What is written in place of a frame.
    struct Filling {
        let slot: FrameSlot
        let header: FrameHeader
        let record: FrameRecord
    }

    /// Unknown maps; nil where the last ones are held.
    private let unknown: (slot: FrameSlot, blank: BlankMaps)?
    private let maps: PerceptionSettings.Maps
    private let level: Int
    /// The frame that the last computed map is of.
    private var source: MapOrigin?
    private var geometry: FrameGeometry?
    private var overdue: UInt64 = 0

    /// Nil where nothing is to be filled in. `level` is the last rung.
    init?(_ policy: StallPolicy?, settings: PerceptionSettings, level: Int) {
        guard policy == .hold || policy == .unknown else { return nil }
        unknown = policy == .unknown ? (FrameSlot(), BlankMaps(settings)) : nil
        maps = settings.maps
        self.level = level
    }

    /// Notes a frame that has been delivered.
    mutating func delivered(_ delivered: FrameSlot, _ record: PipelineRecord) {
        overdue = max(overdue, record.stamp.id + 1)
        guard record.answer.kind == .computed, let geometry = delivered.geometry else { return }
        self.geometry = geometry
        source = MapOrigin(stamp: record.stamp, arrival: record.clock.arrival)
    }

    /// Notes a frame that has been lost.
    mutating func lost(_ record: PipelineRecord) { overdue = max(overdue, record.stamp.id + 1) }

    /// What to give out: the maps in `last`, or unknown ones; nil before the first map, as nobody knows how large it would
    /// be.
    func fill(at now: Int64, last: FrameSlot) -> Filling? {
        guard let geometry, let source else { return nil }
        var header = FrameHeader.none
        header.id = overdue
        header.width = geometry.key.width
        header.height = geometry.key.height
        header.arrivalNanoseconds = FrameClock.realtime()
        var record = FrameRecord(header, status: .stalled)
        record.qualityLevel = level
        guard let unknown else {
            record.sourceFrameID = source.stamp.id
            record.ageNanoseconds = source.age(at: now)
            return Filling(slot: last, header: header, record: record)
        }
        unknown.slot.prepareMaps(for: geometry, wants: maps)
        unknown.slot.fill(with: unknown.blank)
        return Filling(slot: unknown.slot, header: header, record: record)
    }

    /// Whether what is given out says "all unknown".
    var isUnknown: Bool { unknown != nil }
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
