import Foundation
import Testing

@testable import Monitoring
@testable import Streaming

@Suite struct ControlTests {
    @Test func snapshotTravels() throws {
        let scratch = try Scratch()
        let snapshot = fullSnapshot()
        let server = try ControlServer(path: scratch.file("s")) { snapshot.json }
        let client = try ControlClient(path: scratch.file("s"))
        for _ in 0..<3 { #expect(try RunSnapshot(json: try client.snapshot()) == snapshot) }
        var status = stat()
        #expect(stat(scratch.file("s"), &status) == 0 && status.st_mode & 0o777 == 0o600)
        server.finish()
        #expect(throws: MonitoringError("the process has ended")) { try client.snapshot() }
        #expect(stat(scratch.file("s"), &status) != 0, "the socket is removed")
        #expect(throws: MonitoringError.self) { try ControlClient(path: scratch.file("s")) }
    }

    /// Who asks and never reads gets one answer stuck in its own buffer; others are served, and the server ends.
    @Test func readerThatNeverReadsHoldsUpNobody() throws {
        let scratch = try Scratch()
        let line = String(repeating: "x", count: 1 << 20)
        let server = try ControlServer(path: scratch.file("s")) { line }
        let lazy = try LocalSocket.connected(to: scratch.file("s"))
        for _ in 0..<10 { #expect(send(lazy, "snapshot\n", 9, 0) == 9) }
        let client = try ControlClient(path: scratch.file("s"))
        for _ in 0..<3 { #expect(try client.snapshot().count == line.count) }
        server.finish()
        close(lazy)
    }

    /// A process that is stopped has a socket still, but takes no connection from it.
    @Test func whoNeverAcceptsIsWaitedForNotForEver() throws {
        let scratch = try Scratch()
        let path = scratch.file("s")
        let listener = try LocalSocket.listening(at: path)
        defer { close(listener) }
        var clients: [ControlClient] = []
        let refusal = #expect(throws: MonitoringError.self) {
            for _ in 0..<100 { clients.append(try ControlClient(path: path)) }
        }
        #expect(refusal?.description.contains("does not answer") == true)
        #expect(LocalSocket.probe(path) == .answers, "somebody is there")
    }

    @Test func manyAndNonsenseClientsAreLetGo() throws {
        let scratch = try Scratch()
        let server = try ControlServer(path: scratch.file("s")) { "{}" }
        let hoarders = try (0..<ControlServer.clientLimit + 4).map { _ in
            try LocalSocket.connected(to: scratch.file("s"))
        }
        let client = try ControlClient(path: scratch.file("s"))
        #expect(try client.snapshot() == Data("{}".utf8))
        let babbler = try LocalSocket.connected(to: scratch.file("s"))
        let noise = [UInt8](repeating: 65, count: 1000)
        #expect(send(babbler, noise, noise.count, 0) == noise.count)
        var byte: UInt8 = 0
        // Closed with unread bytes: an end or a reset.
        #expect(recv(babbler, &byte, 1, 0) <= 0)
        server.finish()
        for descriptor in hoarders + [babbler] { close(descriptor) }
    }

    @Test func placeOfTheSocketIsChecked() throws {
        let scratch = try Scratch()
        let path = scratch.file("s")
        let server = try ControlServer(path: path) { "{}" }
        let refusal = #expect(throws: MonitoringError.self) { try ControlServer(path: path) { "" } }
        #expect(refusal?.description.contains("another process answers") == true)
        server.finish()
        // Left behind by a process that was killed: nobody listens.
        close(try LocalSocket.listening(at: path))
        #expect(access(path, F_OK) == 0)
        try ControlServer(path: path) { "{}" }.finish()
        let long = scratch.file(String(repeating: "a", count: 120))
        let tooLong = #expect(throws: MonitoringError.self) { try ControlServer(path: long) { "" } }
        #expect(tooLong?.description.contains("may have 107 bytes") == true)
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: MonitoringError.self) { try ControlServer(path: path) { "" } }
        #expect(try scratch.text("s") == "precious", "a file is not replaced")
    }
}
