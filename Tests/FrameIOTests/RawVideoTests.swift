import FrameIO
import Testing

@Suite struct RawVideoTests {
    @Test(arguments: PixelFormat.allCases, [(35, 17), (1, 1)])
    func framesEqualFfmpegs(format: PixelFormat, size: (Int, Int)) throws {
        let stream = try ffmpeg(
            "-f lavfi -i testsrc=s=\(size.0)x\(size.1):r=10 -frames:v 3 -pix_fmt \(format.name) -f rawvideo -")
        let options = InputOptions(
            format: .raw, raw: RawVideoLayout(pixelFormat: format, width: size.0, height: size.1))
        let frameBytes = format.byteCount(width: size.0, height: size.1)
        #expect(stream.count == 3 * frameBytes)
        let reading = try read(stream, options)
        #expect(reading.frames.flatMap(\.bytes) == stream)
        #expect(reading.frames.count == 3 && !reading.truncated)
        let cut = try read(Array(stream.dropLast()), options)
        #expect(cut.frames.count == 2)
        #expect(cut.truncated == (frameBytes > 1))
    }

    @Test func viewsPointAtTheRightPlanes() throws {
        let decoder = try ImageDecoder()
        for format in PixelFormat.allCases {
            var frame = FrameBuffer()
            for byte in 0..<format.byteCount(width: 5, height: 3) { frame.bytes.append(UInt8(byte)) }
            frame.header = FrameHeader(
                id: 0, payload: .raw(format), width: 5, height: 3, colorRange: .limited, byteCount: frame.bytes.count)
            var image = DecodedImage()
            try decoder.decode(frame, into: &image)
            let decoded = image.view
            let view = try #require(decoded)
            #expect(view.plane0.pointee == 0)
            let expected: [UInt8?] =
                switch format {
                case .rgb24, .bgr24, .gray8: [nil, nil]
                case .yuv420p: [15, 21]
                case .yuv422p: [15, 24]
                case .yuv444p: [15, 30]
                case .nv12: [15, nil]
                }
            #expect([view.plane1?.pointee, view.plane2?.pointee] == expected)
            #expect(view.colorRange == .limited)
            frame.bytes.append(0)
            #expect(throws: DecodeError.wrongLength(expected: frame.bytes.count - 1, actual: frame.bytes.count)) {
                try decoder.decode(frame, into: &image)
            }
            #expect(image.view == nil)
        }
    }

    @Test func missingOptions() throws {
        #expect(message { _ = try read([1, 2, 3], InputOptions(format: .raw)) }.contains("--video-size"))
        let huge = InputOptions(format: .raw, raw: RawVideoLayout(pixelFormat: .rgb24, width: 100_000, height: 9))
        #expect(message { _ = try read([1, 2, 3], huge) }.contains("100000x9"))
    }
}
