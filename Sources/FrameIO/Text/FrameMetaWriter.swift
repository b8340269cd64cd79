/// JSON lines, one object a frame, written out after each (`--meta`).
///
/// The file grows in place, so that others may follow it. Allocates nothing after the longest line.
public final class FrameMetaWriter {
    private let channel: OutputChannel?
    private var line = ByteBuffer(capacity: 16 * 1024)

    /// Opens `path`, `-` for standard output.
    public init(path: String) throws(FrameIOError) { channel = try OutputChannel(path: path) }

    /// Writes nowhere, for those who want the text alone.
    init() { channel = nil }

    /// Writes one line; `regions` is nil (and `null` in the line) where regions were not looked for. Blocks while the
    /// reader is slow.
    public func write(
        _ record: FrameRecord, regions: UnsafeBufferPointer<RegionRecord>? = nil
    ) throws(FrameIOError) {
        line.removeAll()
        compose(record, regions)
        try channel?.write(line.contents)
    }

    /// The object that `write` writes, as text. Allocates; not for the frame path.
    public static func text(_ record: FrameRecord, regions: UnsafeBufferPointer<RegionRecord>? = nil) -> String {
        let writer = FrameMetaWriter()
        let line = writer.composed(record, regions: regions)
        // The bytes are the writer's.
        return withExtendedLifetime(writer) { String(decoding: line, as: UTF8.self) }
    }

    /// The object without its line end. Valid until the next call.
    func composed(_ record: FrameRecord, regions: UnsafeBufferPointer<RegionRecord>?) -> UnsafeRawBufferPointer {
        line.removeAll()
        compose(record, regions)
        return UnsafeRawBufferPointer(rebasing: line.contents.dropLast())
    }

    private func compose(_ record: FrameRecord, _ regions: UnsafeBufferPointer<RegionRecord>?) {
        line.append("{\"frame_id\":")
        line.append(decimal: record.frameID)
        line.append(",\"capture_ns\":")
        integer(record.captureNanoseconds)
        line.append(",\"arrival_ns\":")
        line.append(decimal: record.arrivalNanoseconds)
        line.append(",\"status\":\"")
        line.append(record.status.name)
        line.append("\"")
        switch record.status {
        case .delivered, .stalled: break
        case .dropped(let place, let reason), .failed(let place, let reason):
            line.append(",\"at\":\"")
            escaped(place)
            line.append("\",\"reason\":\"")
            escaped(reason)
            line.append("\"")
        }
        composeStages(record.stages)
        line.append(",\"queue_wait_us\":")
        line.append(microsecondsOf: record.queueWaitNanoseconds)
        line.append(",\"total_us\":")
        line.append(microsecondsOf: record.totalNanoseconds)
        line.append(",\"deadline_met\":")
        switch record.deadlineMet {
        case true?: line.append("true")
        case false?: line.append("false")
        case nil: line.append("null")
        }
        line.append(",\"quality_level\":")
        line.append(decimal: record.qualityLevel)
        line.append(",\"age_ms\":")
        if let age = record.ageNanoseconds { line.append(millisecondsOf: max(0, age)) } else { line.append("null") }
        line.append(record.isValid ? ",\"valid\":true,\"source_frame_id\":" : ",\"valid\":false,\"source_frame_id\":")
        if let source = record.sourceFrameID { line.append(decimal: source) } else { line.append("null") }
        line.append(",\"anomaly_fraction\":")
        number(record.anomalyFraction)
        line.append(",\"anomaly_max_score\":")
        number(record.anomalyMaxScore)
        line.append(",\"region_count\":")
        if let count = record.regionCount { line.append(decimal: count) } else { line.append("null") }
        composeFindings(record.findings)
        composeRegions(regions)
        line.append("}\n")
    }

    private func composeStages(_ stages: StageTimes) {
        line.append(",\"stage_us\":{")
        var isFirst = true
        stage("decode", stages.decode, &isFirst)
        stage("normalize", stages.normalize, &isFirst)
        stage("backbone", stages.backbone, &isFirst)
        stage("heads", stages.heads, &isFirst)
        stage("score", stages.score, &isFirst)
        stage("threshold", stages.threshold, &isFirst)
        stage("fuse", stages.fuse, &isFirst)
        stage("write", stages.write, &isFirst)
        line.append("}")
    }

    private func stage(_ name: StaticString, _ time: Int64?, _ isFirst: inout Bool) {
        guard let time else { return }
        line.append(isFirst ? "\"" : ",\"")
        isFirst = false
        line.append(name)
        line.append("\":")
        line.append(microsecondsOf: time)
    }

    private func composeFindings(_ findings: FrameFindings) {
        line.append(",\"health\":[")
        var isFirst = true
        for position in 0..<FrameFindings.count where findings.contains(position: position) {
            line.append(isFirst ? "\"" : ",\"")
            isFirst = false
            line.append(FrameFindings.name(position))
            line.append("\"")
        }
        line.append("]")
    }

    private func composeRegions(_ regions: UnsafeBufferPointer<RegionRecord>?) {
        guard let regions else { return line.append(",\"regions\":null") }
        line.append(",\"regions\":[")
        for index in regions.indices {
            let region = regions[index]
            line.append(index == 0 ? "{\"x\":" : ",{\"x\":")
            line.append(decimal: region.x)
            line.append(",\"y\":")
            line.append(decimal: region.y)
            line.append(",\"width\":")
            line.append(decimal: region.width)
            line.append(",\"height\":")
            line.append(decimal: region.height)
            line.append(",\"area\":")
            line.append(decimal: region.area)
            line.append(",\"max_score\":")
            line.append(number: Double(region.maxScore))
            line.append(",\"centroid_x\":")
            line.append(number: region.centroidX)
            line.append(",\"centroid_y\":")
            line.append(number: region.centroidY)
            switch region.distance {
            case .untold: break
            case .offGround: line.append(",\"distance_m\":null")
            case .metres(let metres):
                line.append(",\"distance_m\":")
                line.append(number: metres)
            }
            line.append("}")
        }
        line.append("]")
    }

    private func integer(_ value: Int64?) {
        if let value { line.append(decimal: value) } else { line.append("null") }
    }

    private func number(_ value: Float?) {
        if let value { line.append(number: Double(value)) } else { line.append("null") }
    }

    private func escaped(_ text: StaticString) {
        line.append(jsonEscaped: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
