import Foundation
import FrameIO
import Testing

/// Recordings by the public Python packages come out pixel for pixel.
@Suite struct RecordingTests {
    @Test(arguments: Recording.readable)
    func files(recording: Recording) throws {
        let options = InputOptions(topic: recording.topic)
        let source = try FrameInput.open(try Recording.path(recording.name), options: options)
        try recording.expect(try Reading(source))
        #expect(source.properties.format == .mcap && source.properties.topic == recording.topic ?? "/camera")
        #expect(source.properties.missingFrames == recording.gaps)
        if let count = source.properties.frameCount { #expect(count == recording.frames.count) }
        #expect(try source.rewind())
        try recording.expect(try Reading(source))
        #expect(source.properties.missingFrames == recording.gaps)
    }

    @Test(arguments: Recording.readable)
    func pipes(recording: Recording) throws {
        let pipe = Pipe()
        let bytes = try Recording.bytes(recording.name)
        let thread = Thread {
            // In pieces that break records anywhere.
            for start in stride(from: 0, to: bytes.count, by: 97) {
                pipe.fileHandleForWriting.write(Data(bytes[start..<min(bytes.count, start + 97)]))
            }
            try? pipe.fileHandleForWriting.close()
        }
        thread.start()
        let options = InputOptions(topic: recording.topic)
        let source = try withPath(of: pipe) { try FrameInput.open($0, options: options) }
        try recording.expect(try Reading(source))
        #expect(source.properties.topic == recording.topic ?? "/camera")
        #expect(try !source.rewind())
    }

    @Test(arguments: Recording.all.filter { $0.error != nil })
    func refusals(recording: Recording) throws {
        let text = message {
            let options = InputOptions(topic: recording.topic)
            _ = try Reading(try FrameInput.open(try Recording.path(recording.name), options: options))
        }
        #expect(text.contains(recording.error ?? "?") && !text.contains("\n"), "\(text)")
    }

    @Test func everyCombinationIsThere() {
        let names = Recording.readable.map(\.name)
        for schema in ["Image", "CompressedImage", "foxglove.RawImage", "foxglove.CompressedImage"] {
            #expect(names.contains { $0.hasPrefix(schema + "-") })
        }
        for word in ["-lz4", "-zstd", "-none", "-protobuf-", "-json-", "-big-", "unchunked", "unindexed"] {
            #expect(names.contains { $0.contains(word) }, "\(word)")
        }
    }

    @Test func twoTopicsInAPipe() throws {
        let pipe = Pipe()
        let bytes = try Recording.bytes("Image-mono8-zstd-two-topics")
        let thread = Thread {
            pipe.fileHandleForWriting.write(Data(bytes))
            try? pipe.fileHandleForWriting.close()
        }
        thread.start()
        let text = message {
            _ = try withPath(of: pipe) { try Reading(try FrameInput.open($0)) }
        }
        #expect(text.contains("--topic") && text.contains("/left") && text.contains("/right"))
    }

    @Test func topicNeedsARecording() throws {
        let scratch = try Scratch()
        let path = try scratch.write(try jpegs(1)[0], to: "a.mjpeg")
        let options = InputOptions(topic: "/camera")
        #expect(message { _ = try FrameInput.open(path, options: options) }.contains("--topic needs"))
        try scratch.write(try jpegs(1)[0], to: "a.jpg")
        #expect(message { _ = try FrameInput.open(scratch.path, options: options) }.contains("--topic needs"))
    }

    @Test func colorOptionsReachYUV() throws {
        let options = InputOptions(colorRange: .full, colorMatrix: .bt709)
        let plain = try Reading(FrameInput.open(try Recording.path("Image-yuyv-zstd-21")))
        #expect(plain.frames.allSatisfy { $0.header.colorRange == .limited && $0.header.colorMatrix == .bt601 })
        let told = try Reading(FrameInput.open(try Recording.path("Image-yuyv-zstd-21"), options: options))
        #expect(told.frames.allSatisfy { $0.header.colorRange == .full && $0.header.colorMatrix == .bt709 })
        let gray = try Reading(FrameInput.open(try Recording.path("Image-mono8-zstd-21")))
        #expect(gray.frames.allSatisfy { $0.header.colorRange == .full })
    }
}
