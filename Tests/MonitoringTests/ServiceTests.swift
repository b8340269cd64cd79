import Foundation
import Testing

@testable import Monitoring

/// What a service manager is told.
@Suite struct ServiceTests {
    /// A socket as systemd binds it; waits at most ten seconds for a message.
    private final class Manager {
        let descriptor: Int32

        init(_ name: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(name.utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { path in
                path.copyBytes(from: bytes)
                if name.hasPrefix("@") { path[0] = 0 }
            }
            let length = socklen_t(2 + bytes.count + (name.hasPrefix("@") ? 0 : 1))
            let code = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(code == 0, "cannot bind \(name): \(String(cString: strerror(errno)))")
        }

        deinit { close(descriptor) }

        func receive() -> String {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, 10_000) == 1 else { return "nothing came" }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        }
    }

    private func report(
        _ level: HealthLevel = .ok, _ state: InputState = .active, works: Bool = true, _ message: String = "in time"
    ) -> HealthReport {
        HealthReport(
            state: state, isWorking: works,
            parts: [HealthStatus(name: "densehybrid: processing", level: level, message: message)])
    }

    @Test(arguments: [true, false])
    func messagesArriveAsTheyAreSent(isAbstract: Bool) throws {
        let path = NSTemporaryDirectory() + "/notify-" + UUID().uuidString.prefix(8)
        defer { unlink(path) }
        let name = isAbstract ? "@densehybrid-\(UUID().uuidString)" : path
        let manager = try Manager(name)
        guard let sender = ServiceSocket(name) else {
            Issue.record("no socket for \(name)")
            return
        }
        let isSent = sender.send("READY=1\nSTATUS=OK")
        #expect(isSent)
        #expect(manager.receive() == "READY=1\nSTATUS=OK")
        let notifier = try #require(ServiceNotifier(environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000000"]))
        notifier.tick(report().glance, delivered: true) { report() }
        #expect(manager.receive() == "READY=1\nWATCHDOG=1\nSTATUS=OK: active")
        notifier.stopping()
        #expect(manager.receive() == "STOPPING=1")
    }

    /// A manager's socket takes few messages; it reads them when it comes to it.
    @Test func whatAFullSocketDoesNotTakeIsSentLater() throws {
        let name = "@densehybrid-\(UUID().uuidString)"
        let manager = try Manager(name)
        guard let filler = ServiceSocket(name) else {
            Issue.record("no socket for \(name)")
            return
        }
        var waiting = 0
        while waiting < 100_000, filler.send("X=1") { waiting += 1 }
        let notifier = try #require(ServiceNotifier(environment: ["NOTIFY_SOCKET": name]))
        notifier.tick(report().glance, delivered: true) { report() }
        for _ in 0..<waiting { #expect(manager.receive() == "X=1") }
        notifier.tick(report().glance, delivered: true) { report() }
        #expect(manager.receive() == "READY=1\nSTATUS=OK: active")
    }

    @Test func theTimerIsQuickEnoughForTheManager() throws {
        func interval(_ limits: HealthLimits, _ environment: [String: String]) -> Int64 {
            HealthWatch.interval(limits, notifier: ServiceNotifier(environment: environment))
        }
        var limits = HealthLimits()
        limits.interval = 60_000_000_000
        let name = "@densehybrid-nobody"
        #expect(interval(limits, [:]) == 60_000_000_000)
        #expect(interval(limits, ["NOTIFY_SOCKET": name]) == 1_000_000_000)
        #expect(interval(limits, ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000000"]) == 500_000_000)
        limits.stallTimeout = 400_000_000
        #expect(interval(limits, ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000000"]) == 100_000_000)
    }

    @Test func withoutAManagerNothingIsSent() {
        #expect(ServiceNotifier(environment: [:]) == nil)
        for name in ["", "relative", "/" + String(repeating: "x", count: 200)] {
            let socket = ServiceSocket(name)
            let isThere = socket != nil
            #expect(!isThere, "\(name)")
        }
        // A manager that has gone is no error.
        let gone = ServiceSocket("@densehybrid-nobody-\(UUID().uuidString)")
        let isTaken = gone?.send("READY=1")
        #expect(isTaken == false)
    }

    @Test func theWatchdogIsForTheProcessThatItNames() {
        func interval(_ environment: [String: String]) -> Int64? {
            ServiceNotifier.watchdog(environment, process: 17)
        }
        #expect(interval(["WATCHDOG_USEC": "500"]) == 500_000)
        #expect(interval(["WATCHDOG_USEC": "500", "WATCHDOG_PID": "17"]) == 500_000)
        #expect(interval(["WATCHDOG_USEC": "500", "WATCHDOG_PID": "18"]) == nil)
        #expect(interval(["WATCHDOG_USEC": "0"]) == nil && interval(["WATCHDOG_USEC": "x"]) == nil)
        #expect(interval([:]) == nil)
    }

    @Test func readyComesWithTheFirstMap() {
        var state = ServiceState(watchdogNanoseconds: nil, start: 0)
        #expect(state.message(report(), delivered: false, at: 5_000_000_000) == "STATUS=OK: active")
        #expect(state.message(report(), delivered: true, at: 5_000_000_001) == "READY=1")
        #expect(state.message(report(), delivered: true, at: 9_000_000_000) == nil)
    }

    @Test func readyComesWhenThereIsNothingToDoButWait() {
        var state = ServiceState(watchdogNanoseconds: nil, start: 0)
        let waiting = report(.ok, .waitingImage)
        #expect(state.message(waiting, delivered: false, at: 999_999_999) == "STATUS=OK: waiting_image")
        #expect(state.message(waiting, delivered: false, at: 1_000_000_000) == "READY=1")
    }

    @Test func theWatchdogIsPettedWhileNothingHangs() {
        var state = ServiceState(watchdogNanoseconds: 1000, start: 0)
        let hung = report(.error, works: false, "stage backbone")
        #expect(state.message(report(), delivered: true, at: 0) == "READY=1\nWATCHDOG=1\nSTATUS=OK: active")
        #expect(state.message(report(), delivered: true, at: 499) == nil)
        #expect(state.message(report(), delivered: true, at: 500) == "WATCHDOG=1")
        for time in stride(from: Int64(1000), to: 9000, by: 500) {
            #expect(state.message(hung, delivered: true, at: time) == nil)
        }
        #expect(state.message(report(), delivered: true, at: 9000) == "WATCHDOG=1")
    }

    @Test func theStatusIsToldAtMostOnceASecond() {
        var state = ServiceState(watchdogNanoseconds: nil, start: 0)
        #expect(state.message(report(), delivered: true, at: 0) == "READY=1\nSTATUS=OK: active")
        let bad = report(.error, .active, "one\ntwo")
        #expect(state.message(bad, delivered: true, at: 10) == nil)
        #expect(state.message(bad, delivered: true, at: 1_000_000_000) == "STATUS=ERROR: processing: one two")
        #expect(state.message(bad, delivered: true, at: 3_000_000_000) == nil)
    }

    @Test func diagnosticsAreJSON() throws {
        var status = HealthStatus(name: "densehybrid: input", level: .warn, message: "a \"b\"\n\\")
        status.add("image_age_ms", milliseconds: nil)
        status.add("processing_time_ms", milliseconds: 12_345_678)
        let line = DiagnosticsText.line(
            HealthReport(state: .active, isWorking: true, parts: [status]), hardware: "cam/0",
            at: 1_700_000_000_000_000_042)
        #expect(line.hasSuffix("}\n") && line.dropLast().allSatisfy { $0 != "\n" })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let stamp = try #require((object["header"] as? [String: Any])?["stamp"] as? [String: Int])
        #expect(stamp == ["sec": 1_700_000_000, "nanosec": 42])
        let parts = try #require(object["status"] as? [[String: Any]])
        #expect(parts.count == 1 && parts[0]["level"] as? Int == 1)
        #expect(parts[0]["message"] as? String == "a \"b\"\n\\")
        #expect(parts[0]["hardware_id"] as? String == "cam/0")
        let values = try #require(parts[0]["values"] as? [[String: String]])
        #expect(
            values == [
                ["key": "image_age_ms", "value": "waiting"], ["key": "processing_time_ms", "value": "12.3"],
            ])
    }
}

extension HealthReport {
    /// The same without words.
    fileprivate var glance: HealthGlance { HealthGlance(state: state, isWorking: isWorking, level: level) }
}

extension ServiceState {
    /// The message that a report brings about.
    fileprivate mutating func message(_ report: HealthReport, delivered: Bool, at now: Int64) -> String? {
        message(report.glance, delivered: delivered, at: now) { report }
    }
}
