import Testing

@testable import Monitoring
@testable import Streaming

@Suite struct ScreenTests {
    private func lines(
        _ width: Int, height: Int? = nil, color: Bool = false, blocks: Bool = true, _ run: RunSnapshot = fullSnapshot(),
        status: String = ""
    ) -> [String] {
        var window = MonitorWindow()
        window.add(run)
        return MonitorScreen(style: MonitorStyle(hasColor: color, hasBlocks: blocks), width: width, height: height)
            .lines(run, window: window, rate: 19.96, status: status)
    }

    @Test(arguments: [20, 33, 47, 60, 80, 100, 132, 400]) func noLineIsWiderThanTheScreen(width: Int) {
        for line in lines(width) { #expect(line.count <= width, "\(line)") }
        let text = lines(width).joined(separator: "\n")
        for stage in StageName.allCases { #expect(text.contains(stage.description)) }
    }

    @Test func wideScreenShowsEverything() {
        let text = lines(132).joined(separator: "\n")
        for part in [
            "densehybrid replay a \"drive\"", "budget 100.000 ms", "p95 of budget", "admission:superseded 2",
            "decode:corrupt 1", "admission 1/1", "in flight 2/3", "free slots 1/5", "23 in", "3 late",
            "20.0 delivered/s", "unknown 25.00 %", "WARN, one frame in ten is late",
        ] { #expect(text.contains(part), "lacks \(part)") }
        // Works of 1 to 5 ms for decode, of which the 95th of 100 is the longest.
        let decode = lines(132).first { $0.hasPrefix("decode") } ?? ""
        #expect(decode.contains("   5.000    3.000    5.000    5.000    5.000"), "\(decode)")
    }

    @Test func narrowScreenKeepsWhatMatters() {
        let heads = lines(40).first { $0.hasPrefix("stage") } ?? ""
        #expect(heads.contains("p50") && heads.contains("p99") && !heads.contains("latest"), "\(heads)")
    }

    @Test func statusIsTheLastLineOfAFullScreen() {
        let screen = lines(80, height: 24, status: "q quit")
        #expect(screen.count == 24 && screen.last == "q quit")
        let low = lines(80, height: 5, status: "q quit")
        #expect(low.count == 5 && low.last == "q quit")
    }

    @Test func colourIsOptionalAndControlCharactersAreNotPassedOn() {
        #expect(!lines(100).joined().contains("\u{1B}"))
        #expect(lines(100, color: true).joined().contains("\u{1B}[33m"))
        var run = fullSnapshot()
        run.description.input = "evil\u{1B}[2J\nname"
        run.health?.messages = ["bad\u{7}news"]
        let text = lines(100, run).joined()
        #expect(!text.contains("\u{1B}") && !text.contains("\u{7}") && text.contains("evil?[2J?name"))
        let isPlain = lines(100, blocks: false).joined().unicodeScalars.allSatisfy { $0.isASCII }
        #expect(isPlain)
    }

    @Test func barsAndSparklines() {
        let style = MonitorStyle(hasColor: false, hasBlocks: true)
        #expect(
            style.bar(0, width: 4) == "    " && style.bar(1, width: 4) == "████" && style.bar(9, width: 4) == "████")
        #expect(style.bar(0.5, width: 4) == "██  " && style.bar(0.53125, width: 4) == "██▏ ")
        #expect(style.bar(.nan, width: 3) == "███")
        #expect(style.sparkline([10, 20, 80], width: 4) == " ▁▂█")
        #expect(style.sparkline([100, 101, 100], width: 3) == "▁▁▁", "noise stays low")
        #expect(style.sparkline([], width: 3) == "   " && style.sparkline([0, 0], width: 2) == "▁▁")
        #expect(MonitorStyle(hasColor: false, hasBlocks: false).bar(0.5, width: 4) == "##..")
        #expect(
            fixed(-0.04, decimals: 1) == "0.0" && fixed(1.005, decimals: 2) == "1.00"
                && fixed(9.96, decimals: 1) == "10.0")
    }
}

@Suite struct WindowTests {
    private func record(_ monitor: RunMonitor, _ indices: Range<UInt64>) {
        for index in indices {
            let record = Frames.delivered(index, at: 0, work: Int64(index))
            monitor.frameEnded(Frames.line(record), record, networkSize: nil)
        }
    }

    @Test func everyFrameIsCountedOnceAndResetForgets() {
        let monitor = RunMonitor(RunDescription(), control: PipelineControl())
        var window = MonitorWindow()
        record(monitor, 0..<10)
        for _ in 0..<3 { window.add(monitor.snapshot()) }
        #expect(window.durations("decode") == (0..<10).map { $0 * 1_000_000 })
        record(monitor, 10..<40)
        window.add(monitor.snapshot())
        #expect(window.statistics("decode").count == 40 && window.missed == 0)
        window.reset()
        #expect(window.statistics("decode").count == 0)
        record(monitor, 40..<43)
        window.add(monitor.snapshot())
        #expect(window.durations("decode") == [40_000_000, 41_000_000, 42_000_000])
    }

    @Test func framesThatComeAndGoAreTold() {
        let monitor = RunMonitor(RunDescription(), control: PipelineControl())
        var window = MonitorWindow()
        window.add(monitor.snapshot())
        record(monitor, 0..<100)
        window.add(monitor.snapshot())
        #expect(window.statistics("frame").count == 64 && window.missed == 36)
    }

    @Test func aPauseHoldsTheScreenAndLosesNothing() {
        let monitor = RunMonitor(RunDescription(), control: PipelineControl())
        var memory = MonitorMemory()
        record(monitor, 0..<10)
        memory.take(monitor.snapshot())
        memory.togglePause()
        for begin in stride(from: UInt64(10), to: 310, by: 50) {
            record(monitor, begin..<begin + 50)
            memory.take(monitor.snapshot())
        }
        #expect(memory.isPaused && memory.shown.run?.frame.count == 10)
        #expect(memory.shown.window.statistics("frame").count == 10)
        memory.togglePause()
        #expect(!memory.isPaused && memory.shown.run?.frame.count == 310)
        #expect(memory.shown.window.statistics("frame").count == 310 && memory.shown.window.missed == 0)
    }

    @Test func aNewRunStartsAnew() {
        let first = RunMonitor(RunDescription(), control: PipelineControl())
        record(first, 0..<20)
        var window = MonitorWindow()
        window.add(first.snapshot())
        let second = RunMonitor(RunDescription(), control: PipelineControl())
        record(second, 0..<2)
        window.add(second.snapshot())
        #expect(window.statistics("frame").count == 2)
    }
}
