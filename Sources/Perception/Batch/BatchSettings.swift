public import FrameIO
public import Streaming

/// Everything that was asked for and that decides what results say, as texts: what `--resume` and `merge` compare.
///
/// What only decides how fast they come (instruction set, threads, host) is not among them: a fleet may be mixed.
public enum BatchSettings {
    /// `others` are settings that only the command line knows, such as the pace.
    public static func list(
        _ settings: PerceptionSettings, _ stream: StreamConfiguration, _ selection: FrameSelection,
        onCorrupt: CorruptPolicy, onStall: StallPolicy?, stallTimeout: Int64?, inspection: InspectionLimits,
        outputs: OutputRequest, others: [String: String]
    ) -> [String: String] {
        var list = others
        for (key, value) in RecordingFields.list(settings, stream) where key != "isa" { list[key] = value }
        list["on_corrupt"] = onCorrupt.rawValue
        list["on_stall"] = onStall?.rawValue ?? ""
        list["stall_timeout"] = stallTimeout.map { "\(Double($0) / 1e9)" } ?? ""
        list["inspection"] =
            "frozen \(inspection.frozenFrames), black \(inspection.blackLevel), blank \(inspection.blankDeviation), "
            + "gap \(inspection.gapFactor)"
        list["warmup"] = "\(stream.warmupFrames)"
        list["ladder_rules"] = settings.ladder?.rules ?? ""
        list["regions"] = "\(settings.regions)"
        list["camera"] = settings.camera.map { "\($0)" } ?? ""
        list["start"] = "\(selection.start)"
        list["duration"] = selection.duration.map { "\($0)" } ?? ""
        list["every"] = "\(selection.every)"
        list["skip"] = "\(selection.skip)"
        list["frames"] = selection.frames.map { "\($0)" } ?? ""
        list["loop"] = "\(selection.loop)"
        list["outputs"] = outputs.description
        return list
    }

    /// What is not the same, as `key is NEW, was OLD`; nil where all is.
    static func difference(_ new: [String: String], from old: [String: String]) -> String? {
        let keys = Set(new.keys).union(old.keys).sorted().filter { new[$0] != old[$0] }
        guard !keys.isEmpty else { return nil }
        return keys.map { "\($0) is '\(new[$0] ?? "")', was '\(old[$0] ?? "")'" }.joined(separator: "; ")
    }
}

extension Ladder {
    /// When rungs change and how long a map is held, with times in milliseconds.
    fileprivate var rules: String {
        func milliseconds(_ time: Int64) -> String { "\(Double(time) / 1e6)" }
        return "near \(hysteresis.near), down \(hysteresis.downAfter) of \(hysteresis.downWithin), "
            + "up below \(hysteresis.upBelow) after \(milliseconds(hysteresis.upAfter)) to "
            + "\(milliseconds(hysteresis.upAfterLongest)), hold \(milliseconds(longestHold))"
    }
}

extension OutputRequest {
    /// The outputs with their places, in a fixed order.
    var description: String {
        var words: [String] = []
        for (name, path) in named where name != "progress" { words.append("\(name)=\(path)") }
        if recording != nil {
            words.append("mcap-content=" + recordingOptions.content.map(\.rawValue).sorted().joined(separator: ","))
            words.append("mcap-profile=\(recordingOptions.profile.rawValue)")
            words.append("mcap-compression=\(recordingOptions.compression.name)")
        }
        if let format { words.append("format=\(format.name)") }
        return words.joined(separator: " ")
    }

    /// The same outputs below `folder`. Paths must be relative, so that no segment writes over another's results.
    func placed(in folder: String) throws(ModelError) -> OutputRequest {
        for (name, path) in named where name != "progress" {
            guard path != "-", !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
                throw ModelError(
                    "--\(name) \(path): with --out an output is a path inside each segment's folder, such as "
                        + "--\(name) \(name)\(Self.example(name))", isUsage: true)
            }
        }
        func place(_ path: String?) -> String? { path.map { folder + "/" + $0 } }
        var request = self
        request.openSet = place(openSet)
        request.labels = place(labels)
        request.scoreMap = place(scoreMap)
        request.overlay = place(overlay)
        request.meta = place(meta)
        request.frameTimes = place(frameTimes)
        request.recording = place(recording)
        request.decisions = place(decisions)
        request.progress = nil
        return request
    }

    private static func example(_ name: String) -> String {
        switch name {
        case "meta", "decisions": ".jsonl"
        case "frame-times": ".csv"
        case "mcap": ".mcap"
        default: "/"
        }
    }

    /// Options and the paths that they name.
    private var named: [(name: String, path: String)] {
        let all = [
            ("openset", openSet), ("labels", labels), ("score-map", scoreMap), ("overlay", overlay), ("meta", meta),
            ("frame-times", frameTimes), ("mcap", recording), ("decisions", decisions), ("progress", progress),
        ]
        return all.compactMap { name, path in path.map { (name, $0) } }
    }
}
