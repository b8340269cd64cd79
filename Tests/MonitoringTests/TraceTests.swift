import Foundation
import Testing

@testable import Monitoring
@testable import Streaming

@Suite struct TraceTests {
    private typealias Event = [String: Any]

    private func events(_ text: String) throws -> [Event] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Event])
    }

    /// A trace that was cut: what viewers do with it, whole lines and a bracket.
    private func repaired(_ text: Substring) -> String {
        let whole = text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
        return whole.trimmingCharacters(in: CharacterSet(charactersIn: ",\n")) + "]"
    }

    private func trace(_ records: [PipelineRecord], capacity: Int = 64, heed: (String) -> Void = { _ in }) throws
        -> String
    {
        let scratch = try Scratch()
        let messages = Guarded<[String]>([])
        let writer = try TraceWriter(
            path: scratch.file("t.json"), title: "a \"title\"", control: PipelineControl(), capacity: capacity
        ) { text in messages.withLock { $0.append(text) } }
        for record in records { writer.frameEnded(record, qualityLevel: 1) }
        writer.finish()
        for message in messages.withLock({ $0 }) { heed(message) }
        return try scratch.text("t.json")
    }

    @Test func spansNestInTheirFramesAndMatchTheRecords() throws {
        let start = MonotonicTime.now()
        let records = (0..<5).map { Frames.delivered($0, at: start + Int64($0) * 10_000_000, work: 3) }
        let events = try events(try trace(records))
        func of(_ phase: String) -> [Event] { events.filter { $0["ph"] as? String == phase } }
        let begins = of("b"), ends = of("e"), spans = of("X")
        #expect(begins.count == 5 && ends.count == 5 && spans.count == 5 * StageName.count)
        for (index, record) in records.enumerated() {
            let begin = try #require(begins[index]["ts"] as? Double)
            let end = try #require(ends[index]["ts"] as? Double)
            #expect(begins[index]["id"] as? Int == index && ends[index]["id"] as? Int == index)
            #expect(abs((end - begin) * 1000 - Double(record.totalNanoseconds)) < 1)
            let own = spans.filter { ($0["args"] as? Event)?["frame"] as? Int == index }
            #expect(own.count == StageName.count)
            var last = begin
            for (span, stage) in zip(own, StageName.allCases) {
                let from = try #require(span["ts"] as? Double)
                let duration = try #require(span["dur"] as? Double)
                #expect(span["name"] as? String == stage.description && from >= last && from + duration <= end + 0.001)
                #expect(abs(duration * 1000 - Double(record.clock[stage]!.compute)) < 1)
                last = from + duration
            }
        }
        // One track a stage, with its name.
        let names = events.filter { $0["name"] as? String == "thread_name" }
        let tracks = Dictionary(
            uniqueKeysWithValues: names.map { ($0["tid"] as! Int, ($0["args"] as! Event)["name"] as! String) })
        #expect(spans.allSatisfy { tracks[$0["tid"] as! Int] == $0["name"] as? String })
    }

    @Test func dropsAreInstants() throws {
        let events = try events(try trace([Frames.dropped(7, at: MonotonicTime.now())]))
        let instant = try #require(events.first { $0["ph"] as? String == "i" })
        #expect(instant["name"] as? String == "dropped admission:superseded")
        #expect((instant["args"] as? Event)?["frame"] as? Int == 7)
        let end = try #require(events.first { $0["ph"] as? String == "e" })
        #expect((end["args"] as? Event)?["status"] as? String == "dropped")
    }

    @Test func cutFileStillLoads() throws {
        let text = try trace((0..<4).map { Frames.delivered($0, at: MonotonicTime.now(), work: 1) })
        let whole = try events(text).count
        var last = 0
        for cut in stride(from: 3, through: text.count, by: 97) {
            let loaded = try events(repaired(text.prefix(cut))).count
            #expect(loaded >= last && loaded <= whole)
            last = loaded
        }
        #expect(last > whole * 3 / 4)
    }

    /// A reader that never reads: the writer's thread waits, the frame path does not, and the trace tells what is missing.
    @Test func fullRingCountsWhatIsMissing() throws {
        let scratch = try Scratch()
        let path = scratch.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        try #require(reader >= 0)
        let messages = Guarded<[String]>([])
        let writer = try TraceWriter(path: path, title: "t", control: PipelineControl(), capacity: 8) { text in
            messages.withLock { $0.append(text) }
        }
        // Far more than a pipe and the ring hold.
        for index in 0..<20_000 as Range<UInt64> {
            writer.frameEnded(Frames.delivered(index, at: MonotonicTime.now(), work: 1), qualityLevel: 0)
        }
        let done = Guarded(false)
        let drain = try DedicatedThread {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let got = read(reader, &bytes, bytes.count)
                if got == 0 || (got < 0 && errno != EAGAIN) { break }
                if got < 0 {
                    if done.withLock({ $0 }) { break }
                    usleep(1000)
                }
            }
            close(reader)
        }
        writer.finish()
        done.withLock { $0 = true }
        drain.join()
        #expect(messages.withLock { $0 }.contains { $0.contains("frames are missing") })
    }
}
