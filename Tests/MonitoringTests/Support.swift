import FrameIO
import Glibc
import TestSupport

@testable import Monitoring
@testable import Streaming

/// Frames as they end, made up by the test.
enum Frames {
    /// A delivered frame that arrived at `arrival`: every stage waits 0.1 ms and works `work` (plus its position) ms.
    static func delivered(_ sequence: UInt64, at arrival: Int64, work: Int64, budget: Int64? = nil) -> PipelineRecord {
        var record = PipelineRecord(
            sequence: sequence, stamp: FrameStamp(id: sequence), arrival: arrival, budget: budget)
        var now = arrival
        for stage in StageName.allCases {
            now += 100_000
            record.clock.begin(stage, at: now)
            now += (work + Int64(stage.rawValue)) * 1_000_000
            record.clock.end(stage, at: now)
        }
        record.finished = now
        return record
    }

    /// A frame that was dropped at the door.
    static func dropped(_ sequence: UInt64, at arrival: Int64) -> PipelineRecord {
        var record = PipelineRecord(
            sequence: sequence, stamp: FrameStamp(id: sequence), arrival: arrival, budget: nil)
        record.fate = .dropped(at: .admission, reason: .superseded)
        record.finished = arrival + 5_000
        return record
    }

    /// What outputs say of it.
    static func line(_ record: PipelineRecord) -> FrameRecord {
        var header = FrameHeader.none
        header.id = record.stamp.id
        var line = FrameRecord(
            header, status: record.fate == .delivered ? .delivered : .dropped(place: "admission", reason: "superseded"))
        line.totalNanoseconds = record.totalNanoseconds
        if record.fate == .delivered {
            line.anomalyFraction = 0.25
            line.ageNanoseconds = record.totalNanoseconds
        }
        return line
    }
}

/// A monitor that has seen a few frames.
func watched(frames: UInt64 = 20, drops: UInt64 = 2) -> RunMonitor {
    let description = RunDescription(
        version: "1", verb: "replay", input: "a \"drive\"", model: "m", modelDigest: "d", precision: "int8",
        size: "64x32", isa: "scalar", threads: 2, score: "densehybrid", threshold: -1.5, classes: ["road", "sky"],
        budgetNanoseconds: 100_000_000, onLate: "drop", queue: "latest depth 1")
    let monitor = RunMonitor(description, control: PipelineControl(), clock: { 5_000_000_000 })
    for index in 0..<frames {
        let record = Frames.delivered(
            index, at: Int64(index) * 50_000_000, work: 1 + Int64(index % 5), budget: 100_000_000)
        monitor.frameEnded(Frames.line(record), record, networkSize: (64, 32))
    }
    for index in 0..<drops {
        let record = Frames.dropped(frames + index, at: Int64(frames + index) * 50_000_000)
        monitor.frameEnded(Frames.line(record), record, networkSize: nil)
    }
    return monitor
}

/// A snapshot with everything that a run can have.
func fullSnapshot() -> RunSnapshot {
    var snapshot = watched().snapshot()
    snapshot.frames.arrived = 23
    snapshot.frames.delivered = 20
    snapshot.frames.dropped = 2
    snapshot.frames.failed = 1
    snapshot.frames.deadlineMisses = 3
    snapshot.frames.drops = [RunSnapshot.Loss(place: "admission", reason: "superseded", count: 2)]
    snapshot.frames.failures = [RunSnapshot.Loss(place: "decode", reason: "corrupt", count: 1)]
    snapshot.queues = [
        RunSnapshot.Queue(name: "admission", depth: 1, capacity: 1),
        RunSnapshot.Queue(name: "backbone", depth: 0, capacity: 5),
    ]
    (snapshot.inFlight, snapshot.inFlightLimit, snapshot.freeSlots, snapshot.slots) = (2, 3, 1, 5)
    snapshot.health = RunSnapshot.Health(level: .warn, messages: ["one frame in ten is late"])
    return snapshot
}

/// A folder of its own, removed with it. Its path is short, as those of sockets must be.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/dhm-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw MonitoringError.last("make a folder") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { _ = system("rm -rf '\(path)'") }

    func file(_ name: String) -> String { path + "/" + name }

    func text(_ name: String) throws -> String {
        guard let file = fopen(file(name), "r") else { throw MonitoringError.last("open \(name)") }
        defer { fclose(file) }
        var text: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = fread(&bytes, 1, bytes.count, file)
            if got == 0 { return String(decoding: text, as: UTF8.self) }
            text += bytes.prefix(got)
        }
    }
}

/// Waits until `condition` holds, at most ten seconds.
func waitUntil(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<1000 {
        if try condition() { return true }
        usleep(10_000)
    }
    return false
}
