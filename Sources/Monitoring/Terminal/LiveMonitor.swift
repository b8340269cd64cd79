internal import Glibc
internal import Streaming

/// `densehybrid monitor` in a terminal, or as plain text where standard output is none.
public struct LiveMonitor {
    /// Seconds between two looks.
    public static let interval = 0.25

    private static let help =
        "q quit   p pause the display   r count from now on   ? these keys   (times in ms; bars: p95 of the budget)"
    private static let keys = "q quit  p pause  r reset  ? help"

    private let target: MonitorTarget
    private let style: MonitorStyle
    private var memory = MonitorMemory()
    private var showsHelp = false

    /// A monitor of `target`.
    public init(_ target: MonitorTarget, style: MonitorStyle) {
        self.target = target
        self.style = style
    }

    /// Shows the run until it ends or the user quits. The text says why it ended; nil where the user quit.
    public mutating func run() throws(MonitoringError) -> String? {
        let feed = try SnapshotFeed(target, seconds: Self.interval)
        defer { feed.stop() }
        let terminal = try Terminal()
        defer { terminal.leave() }
        while true {
            switch terminal.wait(or: feed.descriptor, milliseconds: 1000) {
            case .key(UInt8(ascii: "q"))?, .key(3)?, .key(4)?, .interrupted?: return nil
            case .key(UInt8(ascii: "p"))?, .key(UInt8(ascii: " "))?: memory.togglePause()
            case .key(UInt8(ascii: "r"))?: memory.reset()
            case .key(UInt8(ascii: "?"))?, .key(UInt8(ascii: "h"))?: showsHelp.toggle()
            case .suspended?: terminal.suspend()
            default: break
            }
            switch feed.take() {
            case .success(let snapshot)?: memory.take(snapshot)
            // The last numbers are worth a look: the caller prints `lastLines` where the terminal keeps them.
            case .failure(let error)?: return try end(error)
            case nil: break
            }
            draw(on: terminal)
        }
    }

    /// Writes a block of text every second, until the run ends or the reader goes away.
    public mutating func runPlain(width: Int, write: (String) -> Bool) throws(MonitoringError) -> String? {
        let source = try target.open()
        while true {
            do throws(MonitoringError) {
                memory.take(try RunSnapshot(json: try source.snapshot()))
            } catch {
                return try end(error)
            }
            let lines = lastLines(width: width)
            if !write(lines.joined(separator: "\n") + "\n\n") { return nil }
            usleep(1_000_000)
        }
    }

    /// The screen as it stands, for the scroll-back after the end.
    public func lastLines(width: Int) -> [String] {
        lines(of: memory.latest, on: MonitorScreen(style: style, width: width)) ?? []
    }

    /// What to say at the end: where nothing has been seen yet the error is all there is.
    private func end(_ error: MonitoringError) throws(MonitoringError) -> String {
        if memory.latest.run == nil { throw error }
        return "\(error)"
    }

    private func lines(of look: MonitorMemory.Look, on screen: MonitorScreen, status: String = "") -> [String]? {
        look.run.map { screen.lines($0, window: look.window, rate: look.rates.rate, status: status) }
    }

    private func draw(on terminal: Terminal) {
        let (width, height) = terminal.size
        let screen = MonitorScreen(style: style, width: width, height: height)
        let status = showsHelp ? Self.help : memory.isPaused ? "paused (p goes on)  " + Self.keys : Self.keys
        terminal.draw(
            lines(of: memory.shown, on: screen, status: status) ?? ["waiting for the first answer", status])
    }
}
