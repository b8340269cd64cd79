import Foundation
import Testing

@testable import FrameIO

/// What `info` tells of recordings, whole and damaged.
@Suite struct RecordingInfoTests {
    private func info(_ bytes: [UInt8]) throws -> (stream: StreamInfo, recording: RecordingInfo) {
        let scratch = try Scratch()
        let stream = try FrameInput.info(try scratch.write(bytes, to: "a.mcap"))
        return (stream, try #require(stream.recording))
    }

    @Test(arguments: Recording.readable)
    func everyRecording(recording: Recording) throws {
        let options = InputOptions(topic: recording.topic)
        let info = try FrameInput.info(try Recording.path(recording.name), options: options)
        #expect(info.frames == recording.frames.count && info.bytes == recording.frames.reduce(0) { $0 + $1.bytes })
        #expect(info.firstCaptureNanoseconds == recording.frames.first?.capture_ns)
        #expect(info.lastCaptureNanoseconds == recording.frames.last?.capture_ns)
        #expect(info.properties.topic == recording.topic ?? "/camera")
        #expect(info.properties.missingFrames == recording.gaps)
        #expect(!info.hasDataLoss && info.recording?.hasAllData == true && info.recording?.end == .closed)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(info.json.utf8)) as? [String: Any])
        let mcap = try #require(json["mcap"] as? [String: Any])
        let chunks = try #require(mcap["chunks"] as? [String: Int])
        let compression = ["none", "lz4", "zstd"].first { recording.name.contains("-\($0)") } ?? "zstd"
        #expect(recording.name.contains("unchunked") ? chunks.isEmpty : chunks.keys.sorted() == [compression])
        let isUnindexed = recording.name.contains("summary") || recording.name.contains("unindexed")
        #expect(mcap["indexed"] as? Bool == !(isUnindexed || recording.name.contains("unchunked")))
    }

    @Test func companyOfImages() throws {
        let recording = try info(try Recording.bytes("Image-mono8-zstd-company")).recording
        #expect(recording.topics.map(\.name).sorted() == ["/bare", "/camera", "/chatter"])
        #expect(recording.topics.map(\.messages) == [6, 6, 6] && recording.messages == 18)
        #expect(recording.attachments == 6 && recording.unknownRecords == 6 && recording.metadata.count == 6)
        #expect(recording.metadata.first?.fields.map(\.key) == ["weather", "town"])
        #expect(recording.metadata.first?.fields.map(\.value) == ["rain", "Zagreb"])
        #expect(recording.profile == "ros2" && recording.library == "tools/recording")
        #expect(recording.lines.contains { $0.hasPrefix("topic: /chatter, std_msgs/msg/String in cdr, 6 messages") })
    }

    @Test func severalTopicsAreListed() throws {
        let (stream, recording) = try info(try Recording.bytes("Image-mono8-zstd-two-topics"))
        #expect(recording.topics.map(\.name) == ["/left", "/right"] && recording.topics.allSatisfy(\.hasImages))
        #expect(stream.frames == 6 && stream.properties.topic == nil && stream.report.contains("--topic"))
    }

    @Test func theChecksumOfAllData() throws {
        var bytes = try Recording.bytes("Image-rgb8-lz4-data-checksum")
        #expect(try info(bytes).recording.dataChecksumHolds == true)
        // In the header's text, which nothing else guards.
        let library = try #require(bytes.firstIndex(of: UInt8(ascii: "o")))
        bytes[library] = UInt8(ascii: "O")
        let (stream, recording) = try info(bytes)
        #expect(recording.dataChecksumHolds == false && stream.hasDataLoss)
        #expect(try info(try Recording.bytes("Image-rgb8-lz4-unindexed")).recording.dataChecksumHolds == nil)
    }

    @Test func aCutIsLocated() throws {
        let whole = try Recording.bytes("Image-rgb8-lz4-small-chunks")
        let chunks = RecordingDamageTests.records(.chunk, in: whole)
        let begin = chunks[chunks.count - 2]
        let (stream, recording) = try info(Array(whole[..<(begin + 100)]))
        #expect(stream.truncated && stream.hasDataLoss && !recording.hasAllData)
        #expect(recording.end == .cut(kind: "chunk", position: begin, bytes: 100))
        #expect(recording.messages == 4 && stream.frames == 4)
        #expect(stream.report.contains("whole: 4 messages in 4 chunks"), "\(stream.report)")
        let (_, unfinished) = try info(Array(whole[..<begin]))
        #expect(unfinished.end == .unfinished && unfinished.messages == 4)
        // The data is whole, the summary is cut.
        let end = try #require(RecordingDamageTests.records(.dataEnd, in: whole).first)
        let (summary, late) = try info(Array(whole[..<(end + 20)]))
        #expect(!summary.truncated && summary.hasDataLoss && late.hasAllData && late.messages == 6)
        #expect(summary.report.contains("only the index is lost"))
    }

    @Test func aDamagedChunkIsCounted() throws {
        var bytes = try Recording.bytes("Image-rgb8-zstd-small-chunks")
        let chunks = RecordingDamageTests.records(.chunk, in: bytes)
        bytes[chunks[chunks.count - 3] + 300] ^= 1
        let (stream, recording) = try info(bytes)
        #expect(recording.damages.count == 1 && recording.topics.first?.lost == 1 && recording.messages == 5)
        #expect(stream.hasDataLoss && !recording.hasAllData && recording.end == .closed)
        #expect(stream.report.contains("1 lost in damaged chunks"))
    }
}
