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
    private var window = MonitorWindow()
    private var shown: RunSnapshot?
    private var rates = RateMeter()
    private var isPaused = false
    private var showsHelp = false
    private var ending: String?

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
            case .key(UInt8(ascii: "q"))?, .key(3)?, .key(4)?, .interrupted?: return ending
            case .key(UInt8(ascii: "p"))?, .key(UInt8(ascii: " "))?: isPaused.toggle()
            case .key(UInt8(ascii: "r"))?:
                window.reset()
                rates = RateMeter()
            case .key(UInt8(ascii: "?"))?, .key(UInt8(ascii: "h"))?: showsHelp.toggle()
            case .suspended?: terminal.suspend()
            default: break
            }
            switch feed.take() {
            case .success(let snapshot)?: take(snapshot)
            // The last numbers are worth a look: they stay until the user quits, or go to the screen below.
            case .failure(let error)?: return shown == nil ? try fail(error) : "\(error)"
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
                take(try RunSnapshot(json: try source.snapshot()))
            } catch {
                return shown == nil ? try fail(error) : "\(error)"
            }
            guard let shown else { continue }
            let screen = MonitorScreen(style: style, width: width)
            let lines = screen.lines(shown, window: window, rate: rates.rate)
            if !write(lines.joined(separator: "\n") + "\n\n") { return nil }
            usleep(1_000_000)
        }
    }

    /// The screen as it stands, for the scroll-back after the end.
    public func lastLines(width: Int) -> [String] {
        guard let shown else { return [] }
        return MonitorScreen(style: style, width: width).lines(shown, window: window, rate: rates.rate)
    }

    private func fail(_ error: MonitoringError) throws(MonitoringError) -> String { throw error }

    private mutating func take(_ snapshot: RunSnapshot) {
        if isPaused { return }
        window.add(snapshot)
        rates.add(snapshot)
        shown = snapshot
    }

    private func draw(on terminal: Terminal) {
        let (width, height) = terminal.size
        let screen = MonitorScreen(style: style, width: width, height: height)
        let status = showsHelp ? Self.help : isPaused ? "paused (p goes on)  " + Self.keys : Self.keys
        guard let shown else { return terminal.draw(["waiting for the first answer", status]) }
        terminal.draw(screen.lines(shown, window: window, rate: rates.rate, status: status))
    }
}

/// Delivered frames a second over the last ten seconds of looks. A pure value.
struct RateMeter {
    private var marks: [(time: Int64, delivered: UInt64)] = []

    mutating func add(_ run: RunSnapshot) {
        marks.append((run.uptimeNanoseconds, run.frames.delivered))
        while let first = marks.first, marks.count > 2, run.uptimeNanoseconds - first.time > 10_000_000_000 {
            marks.removeFirst()
        }
    }

    /// Nil before two looks.
    var rate: Double? {
        guard let first = marks.first, let last = marks.last, last.time > first.time else { return nil }
        return Double(last.delivered &- first.delivered) * 1e9 / Double(last.time - first.time)
    }
}
