import Foundation
import Synchronization
import Testing

/// What timers tell of a run, whatever its frames do.
@Suite struct DiagnosticsTests {
    private struct Line {
        let level: Int
        let message: String
        let values: [String: String]
    }

    /// The parts of each line: input, processing, output. A line that is still being written is left out.
    private func diagnostics(_ scratch: Scratch) -> [[Line]] {
        let text = (try? scratch.text("health.jsonl")) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            guard let parts = object?["status"] as? [[String: Any]] else { return nil }
            return parts.map { part in
                let values = part["values"] as? [[String: String]] ?? []
                return Line(
                    level: part["level"] as? Int ?? -1, message: part["message"] as? String ?? "",
                    values: Dictionary(uniqueKeysWithValues: values.map { ($0["key"] ?? "", $0["value"] ?? "") }))
            }
        }
    }

    private static let output = ["--diagnostics", "health.jsonl", "--diagnostics-interval-ms", "20"]

    @Test func aRunIsToldFromItsFirstMomentToItsLast() throws {
        let scratch = try Scratch()
        try #require(mkfifo(scratch.file("camera"), 0o600) == 0)
        let running = try Running(
            ["run", "camera", "--frames", "8", "--warmup", "0"] + Self.output + Program.small + ["--quiet"], in: scratch
        )
        #expect(running.wait { diagnostics(scratch).count >= 2 }, "nothing is told while the camera is awaited")
        let waiting = try #require(diagnostics(scratch).first)
        try #require(waiting.count == 3)
        #expect(waiting[0].values["state"] == "waiting_image" && waiting[0].level == 0)
        #expect(waiting[0].values["image_age_ms"] == "waiting")
        #expect(waiting[1].values["processing_time_ms"] == "waiting")
        let fed = try script("cat '\(try Clips.path("clip.y4m"))' > camera", in: scratch)
        #expect(fed.code == 0)
        let finished = try running.finish()
        #expect(finished.code == 0, "\(finished.error)")
        let last = try #require(diagnostics(scratch).last)
        #expect(last[0].values["frames_in"] == "8" && last[1].values["frames_delivered"] == "8")
        #expect(last[1].values["is_processing_time_ms_in_expected_range"] != "waiting")
        #expect(Double(last[2].values["output_latency_ms"] ?? "") ?? 0 > 0)
    }

    @Test func diagnosticsMayGoToADescriptorOrStandardOutput() throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.y4m")
        let finished = try script(
            """
            "$DH" run '\(clip)' --diagnostics 5 "${SMALL[@]}" 5> five && "$DH" run '\(clip)' --diagnostics - "${SMALL[@]}"
            """, in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(try scratch.text("five").contains("densehybrid: processing"))
        #expect(String(decoding: finished.output, as: UTF8.self).contains("densehybrid: processing"))
        let both = try stream(["run", clip, "--diagnostics", "-", "--meta", "-"], in: scratch)
        #expect(both.code == 2 && both.error.contains("only one output"))
        #expect(try stream(["run", clip, "--diagnostics", "77"], in: scratch).code == 2)
    }

    @Test func aStageThatHangsIsReportedWhileItHangs() throws {
        let scratch = try Scratch()
        // Whoever reads the maps stops reading: the stage write hangs for as long as the test wants.
        let maps = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments =
            ["replay", try Clips.path("clip.y4m"), "--loop", "0", "--overlay", "-", "--format", "y4m", "--quiet"]
            + Self.output + Program.small
        process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
        process.standardOutput = maps
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        var hung: [Line]?
        let end = Date().addingTimeInterval(90)
        while hung == nil, process.isRunning, Date() < end {
            usleep(20_000)
            hung = diagnostics(scratch).last { $0.count == 3 && $0[1].message.contains("stage write has been at work") }
        }
        let processing = try #require(
            hung?[1], "the hanging stage was not reported: \(diagnostics(scratch).last ?? [])")
        #expect(processing.level == 2 && processing.values["stage_at_work"] == "write")
        // The reader goes away: a quiet end, as always.
        try maps.fileHandleForReading.close()
        while process.isRunning, Date() < end { usleep(20_000) }
        #expect(!process.isRunning && process.terminationStatus == 0)
    }

    /// A manager that collects what it is told.
    private final class Manager: Sendable {
        let descriptor: Int32
        private let texts = Mutex<[String]>([])
        private let isOver = Atomic<Bool>(false)
        private let hasRead = DispatchSemaphore(value: 0)

        init(_ path: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let length = socklen_t(MemoryLayout<sockaddr_un>.size)
            let code = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(code == 0, "cannot bind \(path)")
        }

        deinit { close(descriptor) }

        /// What is told while `body` runs, message by message. A thread reads along: a socket may hold no more than ten
        /// messages, and what finds no room is lost.
        func messages(during body: () throws -> Void) throws -> [String] {
            Thread { [self] in
                while !isOver.load(ordering: .acquiring) {
                    read()
                    usleep(2000)
                }
                read()
                hasRead.signal()
            }.start()
            let result = Result { try body() }
            isOver.store(true, ordering: .releasing)
            hasRead.wait()
            try result.get()
            return texts.withLock { $0 }
        }

        private func read() {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return }
                let text = String(decoding: buffer[..<count], as: UTF8.self)
                texts.withLock { $0.append(text) }
            }
        }
    }

    @Test func aServiceManagerIsTold() throws {
        let scratch = try Scratch()
        // Socket paths are short.
        let path = "/tmp/dh-\(UUID().uuidString.prefix(8))"
        defer { unlink(path) }
        let manager = try Manager(path)
        let messages = try manager.messages {
            let finished = try script(
                """
                export NOTIFY_SOCKET='\(path)' WATCHDOG_USEC=200000
                "$DH" replay '\(try Clips.path("clip.y4m"))' --rate 0.5 "${SMALL[@]}"
                """, in: scratch)
            #expect(finished.code == 0, "\(finished.error)")
        }
        #expect(messages.count { $0.contains("READY=1") } == 1, "\(messages)")
        #expect(messages.contains { $0.contains("WATCHDOG=1") } && messages.contains { $0.contains("STATUS=") })
        #expect(messages.last == "STOPPING=1")
    }

    @Test func aKilledRunLeavesFilesThatAreWholeOrAbsent() throws {
        let scratch = try Scratch()
        let running = try Running(
            [
                "replay", try Clips.path("clip.y4m"), "--loop", "0", "--openset", "maps.y4m", "--labels", "labels/",
                "--format", "pgm",
                "--meta", "meta.jsonl", "--mcap", "run.mcap", "--mcap-compression", "none", "--summary", "summary.json",
                "--quiet",
            ] + Program.small, in: scratch)
        // A chunk of the recording has been closed once the file holds more than its header.
        #expect(running.wait { ((try? scratch.bytes("run.mcap"))?.count ?? 0) > 100_000 })
        running.send(SIGKILL)
        _ = try running.finish(20)
        #expect(!scratch.exists("maps.y4m") && !scratch.exists("summary.json"))
        let labels = scratch.names("labels")
        let sizes = Set(try labels.filter { !$0.hasPrefix(".") }.map { try scratch.bytes("labels/\($0)").count })
        #expect(sizes.count == 1, "a map in the folder is cut: \(sizes)")
        let lines = try scratch.text("meta.jsonl").split(separator: "\n")
        let whole = lines.filter { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil }
        #expect(whole.count >= lines.count - 1 && !whole.isEmpty)
        let info = try densehybrid(["info", "run.mcap"], in: scratch)
        let told = String(decoding: info.output, as: UTF8.self)
        #expect(told.contains("/densehybrid/openset"), "\(told) \(info.error)")
    }
}
