import Foundation
import TestSupport
import Testing

@testable import FrameIO

/// Recordings of results, read back by our own reader. The public packages read them in tools/recording/conformance.
@Suite struct RecordingSinkTests {
    static let start: Int64 = 1_700_000_000_123_456_789

    struct Results {
        var labels: [[UInt8]] = []
        var scores: [[Float]] = []
        var overlays: [[UInt8]] = []
    }

    /// Records `frames` frames of noise; every third one is dropped.
    static func record(
        _ path: String, frames: Int, options: RecordingOptions = RecordingOptions(), width: Int = 37, height: Int = 21,
        finish: Bool = true
    ) throws -> Results {
        var random = SeededGenerator(seed: 3)
        var results = Results()
        let sink = try RecordingSink(path: path, options: options, fields: [("model", "m"), ("threshold", "-3.5")])
        for index in 0..<frames {
            let header = FrameHeader(
                id: UInt64(index), captureNanoseconds: start + Int64(index) * 50_000_000, payload: .jpeg, width: width,
                height: height, byteCount: 0)
            if index % 3 == 2 {
                try sink.end(FrameRecord(header, status: .dropped(place: "admission", reason: "superseded")))
                continue
            }
            let labels = (0..<width * height).map { _ in UInt8.random(in: 0...19, using: &random) }
            let scores = (0..<width * height).map { _ in Float.random(in: -20...20, using: &random) }
            let overlay = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
            sink.write(.openSet, labels, width: width, height: height, of: header)
            sink.write(.labels, labels.reversed(), width: width, height: height, of: header)
            sink.write(scores: scores, width: width, height: height, of: header)
            try sink.write(overlay: overlay, width: width, height: height, of: header)
            try sink.end(FrameRecord(header, status: .delivered))
            results.labels.append(labels)
            results.scores.append(scores)
            results.overlays.append(overlay)
        }
        if finish { try sink.finish(fields: [("openset_digest", "abc")]) }
        return results
    }

    @Test(arguments: RecordingProfile.allCases, McapCompression.allCases)
    func readBack(profile: RecordingProfile, compression: McapCompression) throws {
        let scratch = try Scratch()
        let path = scratch.file("a.mcap")
        var options = RecordingOptions()
        options.profile = profile
        options.compression = compression
        options.content.insert(.labels)
        let results = try Self.record(path, frames: 7, options: options)
        let ids: [Int64] = [0, 1, 3, 4, 6]
        for (topic, expected) in [("openset", results.labels), ("labels", results.labels.map { $0.reversed() })] {
            let source = try FrameInput.open(path, options: InputOptions(topic: "/densehybrid/\(topic)"))
            #expect(source.properties.frameCount == 5)
            let reading = try Reading(source)
            #expect(reading.frames.map(\.bytes) == expected && !reading.truncated && reading.corruptions.isEmpty)
            #expect(reading.frames.map(\.header.captureNanoseconds) == ids.map { Self.start + $0 * 50_000_000 })
            #expect(source.properties.missingFrames == 2)
        }
        let overlays = try Reading(FrameInput.open(path, options: InputOptions(topic: "/densehybrid/overlay")))
        #expect(overlays.frames.map(\.header.payload) == Array(repeating: .jpeg, count: 5))
        #expect(overlays.frames.allSatisfy { $0.header.width == 37 && $0.header.height == 21 })
        let info = try FrameInput.info(path)
        let recording = try #require(info.recording)
        #expect(!info.hasDataLoss && recording.isIndexed && recording.hasStatistics && recording.hasAllData)
        #expect(recording.dataChecksumHolds == true && recording.profile == (profile == .ros2 ? "ros2" : ""))
        #expect(recording.topics.map(\.messages) == [5, 5, 5, 5, 7])
        #expect(recording.topics.map(\.missing) == [2, 2, 2, 2, 0])
        #expect(recording.metadata.map(\.name) == ["densehybrid", "densehybrid.result"])
        #expect(recording.metadata.first?.fields.last?.value == "-3.5")
        #expect(recording.chunks.map(\.compression) == [compression.name])
        #expect(recording.checkedChunks == recording.chunks.first?.count)
    }

    @Test(arguments: RecordingProfile.allCases)
    func chosenContentAlone(profile: RecordingProfile) throws {
        let scratch = try Scratch()
        var options = RecordingOptions()
        options.profile = profile
        options.content = [.meta]
        _ = try Self.record(scratch.file("a.mcap"), frames: 4, options: options)
        let recording = try #require(try FrameInput.info(scratch.file("a.mcap")).recording)
        #expect(recording.topics.map(\.name) == ["/densehybrid/meta"] && recording.topics.map(\.messages) == [4])
        #expect(recording.topics.map(\.schema) == [profile == .ros2 ? "std_msgs/msg/String" : ""])
        #expect(recording.topics.map(\.encoding) == [profile == .ros2 ? "cdr" : "json"])
    }

    @Test func withoutAnEndAllClosedChunksAreThere() throws {
        let scratch = try Scratch()
        let path = scratch.file("a.mcap")
        // Some 450 KiB a frame: a chunk is full every third of the 17 delivered ones, if not a second old before.
        _ = try Self.record(path, frames: 25, width: 300, height: 200, finish: false)
        let info = try FrameInput.info(path, options: InputOptions(topic: "/densehybrid/openset"))
        let recording = try #require(info.recording)
        #expect(recording.end == .unfinished && recording.damages.isEmpty && info.hasDataLoss)
        #expect(recording.chunks.first?.count ?? 0 >= 3 && info.frames >= 8 && info.frames <= 17)
        #expect(recording.metadata.map(\.name) == ["densehybrid"])
        let frames = try Reading(
            FrameInput.open(path, options: InputOptions(topic: "/densehybrid/openset"))
        )
        #expect(frames.frames.count == info.frames && frames.truncated)
    }

    @Test func anEmptyRecordingIsWhole() throws {
        let scratch = try Scratch()
        _ = try Self.record(scratch.file("a.mcap"), frames: 0)
        let recording = try #require(try FrameInput.info(scratch.file("a.mcap")).recording)
        #expect(recording.end == .closed && recording.messages == 0 && recording.topics.count == 4)
    }

    @Test func aFullDiskIsAnError() throws {
        #expect(message { _ = try Self.record("/dev/full", frames: 3) }.contains("No space left"))
        #expect(message { _ = try Self.record("/no/such/folder/a.mcap", frames: 1) }.contains("/no/such/folder"))
    }
}
