public import Streaming

/// The Chrome trace of a few frames, as `TraceWriter` writes it of a whole run.
public enum FrameTrace {
    /// The whole text; times count from the first frame's arrival. Allocates; not for the frame path.
    public static func text(_ records: [(record: PipelineRecord, qualityLevel: Int)], title: String) -> String {
        var text = TraceText(origin: records.first?.record.clock.arrival ?? 0, title: title)
        for (record, level) in records { text.add(record, qualityLevel: level) }
        text.close(lost: 0)
        return text.take()
    }
}
