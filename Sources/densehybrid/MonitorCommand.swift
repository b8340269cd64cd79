internal import ArgumentParser
internal import Foundation
internal import Monitoring

/// `densehybrid monitor [TARGET]`.
struct MonitorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor", abstract: "Watch a running run or replay: latency per stage, queues, losses, health.",
        discussion: """
            TARGET is a process number, the path of a control socket, or http://HOST:PORT of a run with --metrics. \
            Without one it attaches to the only run of this user, or lists what there is.

            Latencies are those of the frames that were seen since the monitor began (or r was pressed). Keys come from \
            the terminal, not from standard input: q quit, p pause, r reset, ? help. Where standard output is no \
            terminal, a block of text comes every second.

            EXAMPLES
              densehybrid monitor
              densehybrid monitor 4711
              densehybrid monitor http://127.0.0.1:9090
              densehybrid monitor --once --json | jq .frame.window.p99_ns
            """)

    @Argument(help: "Process number, socket, or http://HOST:PORT.")
    var target: String?

    @Flag(help: "Show the numbers once and end.")
    var once = false

    @Flag(help: "With --once: the snapshot as one JSON object; durations in nanoseconds.")
    var json = false

    @Flag(help: "List the runs that can be attached to.")
    var list = false

    @Option(help: "auto (colours on a terminal, unless NO_COLOR is set), always, never.")
    var color = "auto"

    func validate() throws {
        if json && !once { throw ValidationError("--json needs --once") }
        if !["auto", "always", "never"].contains(color) {
            throw ValidationError("--color takes auto, always or never, not '\(color)'")
        }
    }

    func run() throws {
        if list {
            for entry in ControlFolder.running() { print("\(entry.pid)\t\(entry.path)") }
            return
        }
        let target = try target.map { try MonitorTarget(argument: $0) } ?? MonitorTarget.only()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let style = MonitorStyle(hasColor: hasColor(isTerminal), hasBlocks: Self.speaksUTF8)
        if once {
            let data = try target.open().snapshot()
            let snapshot = try RunSnapshot(json: data)
            if json { return print(String(decoding: data, as: UTF8.self)) }
            var window = MonitorWindow()
            window.add(snapshot)
            let rate = Double(snapshot.frames.delivered) * 1e9 / Double(max(1, snapshot.uptimeNanoseconds))
            let screen = MonitorScreen(style: style, width: Self.width)
            print(screen.lines(snapshot, window: window, rate: rate).joined(separator: "\n"))
            return
        }
        var monitor = LiveMonitor(target, style: style)
        let end =
            isTerminal
            ? try monitor.run()
            : try monitor.runPlain(width: Self.width) { text in
                (try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))) != nil
            }
        if let end {
            if isTerminal { print(monitor.lastLines(width: Self.width).joined(separator: "\n")) }
            Console.error(end)
        }
    }

    private func hasColor(_ isTerminal: Bool) -> Bool {
        switch color {
        case "always": true
        case "never": false
        default: isTerminal && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
        }
    }

    /// Columns of the terminal, else of COLUMNS, else 100.
    private static var width: Int {
        var window = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 { return Int(window.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 100
    }

    private static var speaksUTF8: Bool {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
    }
}
