import TestSupport
import Testing

@testable import FrameIO

/// Raw frames go into image messages and come back bit for bit, in every format and at odd sizes.
@Suite struct RawImageStorageTests {
    @Test(arguments: [RecordingProfile.ros2, .foxglove])
    func rawFramesComeBackAsTheyWere(profile: RecordingProfile) throws {
        var random = SeededGenerator(label: "raw frames in recordings")
        for format in PixelFormat.allCases {
            for (width, height) in [(8, 6), (7, 5), (1, 1), (2, 3), (33, 2)] {
                let scratch = try Scratch()
                var options = RecordingOptions()
                options.content = [.input]
                options.profile = profile
                options.inputIsRaw = true
                let sink = try RecordingSink(path: scratch.file("raw.mcap"), options: options, fields: [])
                let size = format.byteCount(width: width, height: height)
                let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                let header = FrameHeader(
                    id: 3, captureNanoseconds: 77, payload: .raw(format), width: width, height: height, byteCount: size)
                #expect(bytes.withUnsafeBytes { sink.write(input: $0, of: header) })
                try sink.end(FrameRecord(header, status: .delivered))
                try sink.finish(fields: [])
                let source = try FrameInput.open(scratch.file("raw.mcap"), options: InputOptions())
                var frame = FrameBuffer()
                guard case .frame = try source.next(into: &frame) else {
                    Issue.record("no frame of \(format) \(width)x\(height)")
                    continue
                }
                #expect(frame.header.width == width && frame.header.height == height)
                #expect(frame.header.captureNanoseconds == 77)
                // ROS has no planes of 4:2:0; the pairs of nv12 hold the same samples.
                #expect(frame.header.payload == .raw(format == .yuv420p ? .nv12 : format))
                #expect(
                    Array(frame.bytes.bytes) == (format == .yuv420p ? pairs(bytes, width, height) : bytes), "\(format)")
            }
        }
    }

    private func pairs(_ planes: [UInt8], _ width: Int, _ height: Int) -> [UInt8] {
        let luma = width * height, chroma = (planes.count - luma) / 2
        return Array(planes[..<luma]) + (0..<chroma).flatMap { [planes[luma + $0], planes[luma + chroma + $0]] }
    }

    @Test func framesOfTheOtherKindAreLeftOut() throws {
        let scratch = try Scratch()
        var options = RecordingOptions()
        options.content = [.input]
        let sink = try RecordingSink(path: scratch.file("jpeg.mcap"), options: options, fields: [])
        let raw = FrameHeader(id: 0, payload: .raw(.gray8), width: 1, height: 1, byteCount: 1)
        #expect([UInt8(1)].withUnsafeBytes { !sink.write(input: $0, of: raw) })
    }
}
