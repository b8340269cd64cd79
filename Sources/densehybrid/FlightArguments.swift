internal import ArgumentParser
internal import FrameIO
internal import Perception

/// Options of the recorders: clips around triggers, and the slowest frames.
struct FlightArguments: ParsableArguments {
    @Option(
        name: .customLong("record-if"),
        help: """
            Record a clip (MCAP: the frames as they came, open-set maps, JSON) around each frame for which this holds, such \
            as 'anomaly_fraction > 0.5%' or 'total_ms > 120 and not dropped'. Fields: \(TriggerExpression.fieldNames). \
            Comparisons, and, or, not, parentheses; % for shares, us, ms, s for times.
            """)
    var recordIf: String?

    @Option(
        help: "Time before a trigger that its clip holds: 5s, 500ms, or plain seconds; no more than 4096 frames of it.")
    var pre = "5s"

    @Option(help: "Time after a trigger that its clip holds. Clips that meet become one.")
    var post = "5s"

    @Option(name: .customLong("record-dir"), help: "Folder of the clips.")
    var recordFolder = "clips"

    @Option(
        name: .customLong("record-memory-mb"),
        help:
            "Memory in 10^6 bytes, reserved at the start, for the time before triggers and for what waits for the disk."
    )
    var recordMemory = 128

    @Option(help: "Keep this many of the slowest frames, each with its input, times and trace.")
    var worst: Int?

    @Option(name: .customLong("worst-dir"), help: "Folder of the slowest frames.")
    var worstFolder = "worst-frames"

    @Flag(name: .customLong("worst-overlay"), help: "Keep their pictures for people, too.")
    var worstOverlay = false

    /// Whether anything is asked for.
    var isActive: Bool { recordIf != nil || worst != nil }

    func clips(_ recording: RecordingOptions) throws -> ClipRequest? {
        guard let recordIf else { return nil }
        let trigger: TriggerExpression
        do throws(TriggerError) {
            trigger = try TriggerExpression(recordIf)
        } catch {
            throw ValidationError("--record-if '\(recordIf)', \(error)")
        }
        guard 1...65_536 ~= recordMemory else {
            throw ValidationError("--record-memory-mb takes 1 to 65536, not \(recordMemory)")
        }
        return ClipRequest(
            trigger: trigger, pre: try duration(pre, "--pre"), post: try duration(post, "--post"), folder: recordFolder,
            memory: recordMemory * 1_000_000, recording: recording)
    }

    func worstFrames() throws -> WorstRequest? {
        guard let worst else {
            if worstOverlay { throw ValidationError("--worst-overlay wants --worst N") }
            return nil
        }
        guard 1...1000 ~= worst else { throw ValidationError("--worst takes 1 to 1000, not \(worst)") }
        return WorstRequest(count: worst, folder: worstFolder, overlay: worstOverlay)
    }

    private func duration(_ text: String, _ option: String) throws -> Int64 {
        guard let duration = TriggerDuration(text) else {
            throw ValidationError("\(option) takes a time such as 5s, 500ms or 2.5 (seconds), not '\(text)'")
        }
        return duration.nanoseconds
    }
}
