import Foundation
import TestSupport
import Testing

@testable import FrameIO

/// Cut, flipped and lying recordings: what is whole is read, what is lost is told, memory stays small.
@Suite struct RecordingDamageTests {
    /// Where the records of this opcode begin, outside chunks.
    static func records(_ opcode: McapOpcode, in bytes: [UInt8]) -> [Int] {
        var found: [Int] = []
        var offset = 8
        while offset + 9 <= bytes.count - 8 {
            if bytes[offset] == opcode.rawValue { found.append(offset) }
            offset += 9 + (0..<8).reduce(0) { $0 | Int(bytes[offset + 1 + $1]) << (8 * $1) }
        }
        return found
    }

    @Test(arguments: ["Image-rgb8-lz4-small-chunks", "Image-rgb8-zstd-unchunked-no-summary"])
    func cutAnywhere(name: String) throws {
        let bytes = try Recording.bytes(name)
        let whole = try read(bytes).frames
        let dataEnd = try #require(Self.records(.dataEnd, in: bytes).first)
        // One file that grows shorter.
        let scratch = try Scratch()
        let path = try scratch.write(bytes, to: "cut.mcap")
        var count = whole.count
        for length in stride(from: bytes.count - 1, through: 9, by: name.contains("unchunked") ? -7 : -1) {
            try #require(truncate(path, length) == 0)
            guard let reading = try? Reading(try FrameInput.open(path)) else {
                count = 0
                continue
            }
            #expect(reading.frames.map(\.bytes) == whole.prefix(reading.frames.count).map(\.bytes))
            #expect(reading.frames.count <= count, "\(length): more frames than of a longer file")
            #expect(reading.truncated == (length < dataEnd + 13), "\(length)")
            count = reading.frames.count
        }
        #expect(count == 0)
    }

    @Test(arguments: ["lz4", "zstd"])
    func aFlippedChunkLosesItsFramesAlone(compression: String) throws {
        var bytes = try Recording.bytes("Image-rgb8-\(compression)-small-chunks")
        let whole = try read(bytes).frames
        // Chunks of schema, channel, and one frame each.
        let chunks = Self.records(.chunk, in: bytes)
        let chunk = chunks[chunks.count - 4]
        bytes[chunk + 200] ^= 0x10
        let reading = try read(bytes)
        #expect(reading.frames.map(\.header.id) == [0, 1, 3, 4, 5])
        #expect(reading.frames.map(\.bytes) == [0, 1, 3, 4, 5].map { whole[$0].bytes })
        #expect(reading.corruptions.map(\.lostFrame) == [nil, 2])
        #expect(reading.corruptions.allSatisfy { $0.position == chunk } && !reading.truncated)
    }

    @Test func withoutChecksumsDamageMayPassButNeverCrash() throws {
        let name = "Image-rgb8-lz4-no-checksums"
        var bytes = try Recording.bytes(name)
        let chunk = try #require(Self.records(.chunk, in: bytes).first)
        // The checksum field is 0 there: what liblz4 takes is read.
        #expect(bytes[chunk + 9 + 24..<chunk + 9 + 28].allSatisfy { $0 == 0 })
        bytes[chunk + 9 + 24] = 1
        let reading = try read(bytes)
        #expect(reading.corruptions.map(\.reason) == Array(repeating: .wrongChecksum, count: 7))
        #expect(reading.frames.isEmpty && reading.corruptions.compactMap(\.lostFrame) == Array(0..<6))
    }

    @Test(arguments: [1, 5, 8])
    func aLyingLengthIsFollowedByTheNextChunk(place: Int) throws {
        var bytes = try Recording.bytes("Image-rgb8-zstd-small-chunks")
        let chunks = Self.records(.chunk, in: bytes)
        bytes[chunks[chunks.count - 4] + place] ^= 0x41
        for asPipe in [false, true] {
            let reading = try asPipe ? readPipe(bytes) : read(bytes)
            #expect(!reading.truncated && reading.corruptions.contains { $0.reason == .brokenRecord })
            #expect(reading.frames.count == 5, "\(place)")
        }
    }

    private func readPipe(_ bytes: [UInt8]) throws -> Reading {
        let pipe = Pipe()
        let thread = Thread {
            pipe.fileHandleForWriting.write(Data(bytes))
            try? pipe.fileHandleForWriting.close()
        }
        thread.start()
        return try withPath(of: pipe) { try Reading(try FrameInput.open($0)) }
    }

    @Test func claimsThatTheBytesDoNotJustify() throws {
        for compression in ["lz4", "zstd"] {
            var bytes = try Recording.bytes("Image-rgb8-\(compression)-unindexed")
            let chunk = try #require(Self.records(.chunk, in: bytes).first)
            // The uncompressed size: a terabyte.
            bytes[chunk + 9 + 16 + 5] = 1
            let scratch = try Scratch()
            let path = try scratch.write(bytes, to: "a.mcap")
            let reader = try StreamReader(channel: InputChannel(path: path, stop: nil))
            var messages = try McapMessageReader(reader: reader)
            var reasons: [Corruption.Reason] = []
            while true {
                let event = try messages.next()
                if case .damaged(let reason, _, _) = event { reasons.append(reason) }
                if case .end = event { break }
            }
            #expect(reasons == [.brokenChunk])
            #expect(messages.capacity <= 1 << 20)
        }
    }

    @Test(arguments: 1..<10)
    func countsInTheStatisticsMayEndAnywhere(cut: UInt8) throws {
        var bytes = try Recording.bytes("Image-rgb8-lz4-small-chunks")
        let whole = try read(bytes).frames
        // The map of message counts: its length stands behind 42 bytes of other counts, and its one entry has 10 bytes.
        let statistics = try #require(Self.records(.statistics, in: bytes).first)
        let length = statistics + 9 + 42
        try #require(Array(bytes[length..<length + 4]) == [10, 0, 0, 0])
        bytes[length] -= cut
        #expect(try read(bytes).frames.map(\.bytes) == whole.map(\.bytes))
    }

    @Test("mutated recordings never crash, hang or take more memory than they justify", arguments: 0..<8)
    func mutations(kind: Int) throws {
        var random = SeededGenerator(label: "mutated recordings \(kind)")
        let names = [
            "Image-rgb8-lz4-small-chunks", "Image-rgb8-zstd-small-chunks", "Image-rgb8-lz4-unchunked",
            "Image-mono8-zstd-company", "foxglove.CompressedImage-protobuf-lz4-png",
            "foxglove.RawImage-json-lz4-rgb8", "CompressedImage-jpeg-none", "Image-rgb8-lz4-no-checksums",
        ]
        let whole = try Recording.bytes(names[kind])
        let scratch = try Scratch()
        var opened = 0
        // More rounds where chance has left few that open.
        for round in 0..<5000 where round < 500 || opened <= 50 {
            let bytes = StreamTests.mutated(whole, &random)
            let path = try scratch.write(bytes, to: "s.mcap")
            guard let source = try? FrameInput.open(path) as? McapSource else { continue }
            opened += 1
            // An error of its own (another encoding, say) is an answer, too.
            let reading = try? Reading(source)
            let limit = max(2 << 20, 300 * bytes.count)
            #expect(source.capacity <= limit && reading?.capacity ?? 0 <= limit)
        }
        #expect(opened > 50, "hardly any was opened")
    }

    @Test func randomMessages() throws {
        var random = SeededGenerator(label: "random image messages")
        let schemas = [
            ("sensor_msgs/msg/Image", "cdr"), ("sensor_msgs/msg/CompressedImage", "cdr"),
            ("foxglove.RawImage", "protobuf"), ("foxglove.CompressedImage", "protobuf"), ("foxglove.RawImage", "json"),
            ("foxglove.CompressedImage", "json"),
        ]
        let words = ["{", "}", "\"data\":", "\"timestamp\":", "[", "\"\\\"", ",", "1", "\"width\":", " ", "{\"sec\":"]
        var extractor = ImageExtractor(InputOptions())
        var frame = FrameBuffer()
        for round in 0..<6000 {
            let (name, encoding) = schemas[round % schemas.count]
            let schema = try #require(ImageSchema(schema: name, encoding: encoding))
            var bytes = [UInt8](repeating: 0, count: McapFormat.messageHead)
            if encoding == "json" {
                for _ in 0..<Int.random(in: 0..<30, using: &random) {
                    bytes += ascii(words.randomElement(using: &random) ?? "")
                }
            } else {
                if encoding == "cdr" { bytes += [0, UInt8(round & 1), 0, 0] }
                let large = Bool.random(using: &random)
                for _ in 0..<Int.random(in: 0..<80, using: &random) {
                    bytes.append(UInt8.random(in: 0...(large ? 255 : 6), using: &random))
                }
            }
            bytes.withUnsafeBufferPointer { buffer in
                guard let message = McapMessage(buffer) else { return }
                _ = extractor.extract(message, schema, into: &frame)
            }
        }
        #expect(frame.bytes.capacity <= 1 << 16)
    }
}
