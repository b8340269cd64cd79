/// What a monitor shows of a run, as lines of text. Pure: a snapshot and a window in, lines out.
public struct MonitorScreen: Sendable {
    /// Colours and characters.
    public var style: MonitorStyle
    /// Columns of the terminal.
    public var width: Int
    /// Rows of the terminal; nil for as many as it takes.
    public var height: Int?

    /// A screen.
    public init(style: MonitorStyle, width: Int, height: Int? = nil) {
        self.style = style
        self.width = max(20, width)
        self.height = height
    }

    /// All lines, none wider than the screen. `status` is the last line (keys, or what happened).
    public func lines(_ run: RunSnapshot, window: MonitorWindow, rate: Double?, status: String = "") -> [String] {
        var lines = heading(run)
        lines.append("")
        lines += table(run, window).lines(width: width)
        lines.append("")
        lines += flow(run, rate: rate)
        lines += health(run)
        if window.missed > 0 {
            lines += wrapped("note", ["\(window.missed) frames came and went between two looks"])
        }
        var shown = lines
        if let height {
            // The status line is always there; what does not fit is left out from the end.
            let room = max(1, height - (status.isEmpty ? 0 : 1))
            shown = Array(lines.prefix(room))
            shown += Array(repeating: "", count: status.isEmpty ? 0 : room - shown.count)
        }
        if !status.isEmpty { shown.append(style.paint(cut(status), .faint)) }
        return shown
    }

    private func heading(_ run: RunSnapshot) -> [String] {
        let about = run.description
        let name = about.input == "-" ? "standard input" : about.input
        let budget =
            about.budgetNanoseconds.map { "budget \(milliseconds($0)) ms, late: \(about.onLate)" } ?? "no budget"
        return [
            style.paint(cut("densehybrid \(about.verb) \(name)"), .heading)
        ]
            + wrapped(
                nil,
                [
                    "pid \(run.pid)", "up \(clock(run.uptimeNanoseconds))",
                    "\(about.model) \(about.precision) \(about.size)", about.isa, "\(about.threads) threads",
                    "score \(about.score) > \(about.threshold)", budget, "queue \(about.queue)",
                ])
    }

    private func table(_ run: RunSnapshot, _ window: MonitorWindow) -> MonitorTable {
        MonitorTable(
            rows: run.all.map { latency in
                MonitorTable.Row(
                    name: latency.name == "queue_wait" ? "waiting" : latency.name,
                    statistics: window.statistics(latency.name), durations: window.durations(latency.name),
                    isFrame: latency.name == "frame")
            },
            budget: run.description.budgetNanoseconds, style: style)
    }

    private func flow(_ run: RunSnapshot, rate: Double?) -> [String] {
        let frames = run.frames
        let ended = frames.delivered + frames.dropped + frames.failed
        let open = frames.arrived > ended ? frames.arrived - ended : 0
        var parts = [
            "\(frames.arrived) in", "\(frames.delivered) delivered", "\(frames.dropped) dropped",
            "\(frames.failed) failed", "\(open) under way",
        ]
        if let rate { parts.append("\(fixed(rate, decimals: 1)) delivered/s") }
        if run.description.budgetNanoseconds != nil { parts.append("\(frames.deadlineMisses) late") }
        var lines = wrapped("frames", parts)
        let losses = frames.drops + frames.failures
        lines += wrapped(
            "lost", losses.isEmpty ? ["none"] : losses.map { "\($0.place):\($0.reason) \($0.count)" },
            losses.isEmpty ? .plain : .warning)
        lines += wrapped(
            "queues",
            run.queues.map { "\($0.name) \($0.depth)/\($0.capacity)" }
                + ["in flight \(run.inFlight)/\(run.inFlightLimit)", "free slots \(run.freeSlots)/\(run.slots)"])
        var last: [String] = []
        if let frame = run.lastFrame {
            last.append("frame \(frame.id) \(frame.status) after \(milliseconds(frame.totalNanoseconds)) ms")
            if let idle = run.idleNanoseconds { last.append("\(fixed(Double(idle) / 1e9, decimals: 1)) s ago") }
        }
        if let share = run.anomalyFraction {
            last.append("unknown \(fixed(Double(share) * 100, decimals: 2)) %")
            last.append("quality level \(run.qualityLevel)")
        }
        return lines + wrapped("last", last.isEmpty ? ["no frame has ended yet"] : last)
    }

    private func health(_ run: RunSnapshot) -> [String] {
        if run.isOver { return wrapped("state", ["the stream has ended"]) }
        guard let health = run.health else { return [] }
        let tone: MonitorStyle.Tone =
            switch health.level {
            case .ok: .good
            case .warn: .warning
            case .error, .stale: .bad
            }
        return wrapped("health", [health.level.name] + health.messages, tone)
    }

    /// `parts` joined by commas in as many lines as they need, under a name at the left edge.
    private func wrapped(_ name: String?, _ parts: [String], _ tone: MonitorStyle.Tone = .plain) -> [String] {
        let indent = name == nil ? 0 : min(8, width / 3)
        let room = width - indent
        var texts = [""]
        for part in parts.map(printable) where !part.isEmpty {
            let piece = part.count > room ? String(part.prefix(room - 1)) + "~" : part
            let last = texts[texts.count - 1]
            if last.isEmpty {
                texts[texts.count - 1] = piece
            } else if last.count + 2 + piece.count <= room {
                texts[texts.count - 1] = last + ", " + piece
            } else {
                texts.append(piece)
            }
        }
        return texts.enumerated().map { index, text in
            let head = index == 0 ? (name ?? "") : ""
            let space = String(repeating: " ", count: max(0, indent - head.count))
            return style.paint(head, .faint) + space + style.paint(text, tone)
        }
    }

    private func cut(_ text: String) -> String {
        let text = printable(text)
        return text.count > width ? String(text.prefix(width - 1)) + "~" : text
    }

    /// Names of files may hold anything; a terminal must not be told by them what to do.
    private func printable(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
    }

    private func clock(_ nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
