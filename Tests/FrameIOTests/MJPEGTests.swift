import Foundation
import FrameIO
import Testing

@Suite struct MJPEGTests {
    /// A JPEG picture with an APP1 segment that holds a whole smaller JPEG, as EXIF thumbnails do.
    static func withThumbnail(_ picture: [UInt8], _ thumbnail: [UInt8]) -> [UInt8] {
        let payload = ascii("Exif\0\0") + thumbnail
        let length = payload.count + 2
        return [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + payload + picture[2...]
    }

    @Test func framesEqualFfmpegsPictures() throws {
        let scratch = try Scratch()
        let source = "-f lavfi -i testsrc=s=67x45:r=10 -frames:v 12 -q:v 3 -pix_fmt yuvj444p"
        try ffmpeg("\(source) \(scratch.path)/%03d.jpg")
        let pictures = try scratch.names().map(scratch.read)
        let reading = try read(try ffmpeg("\(source) -f mjpeg -"))
        #expect(reading.frames.map(\.bytes) == pictures)
        #expect(reading.frames.allSatisfy { $0.header.width == 67 && $0.header.height == 45 })
        #expect(reading.frames.allSatisfy { $0.header.captureNanoseconds == nil })
        #expect(!reading.truncated && reading.corruptions.isEmpty)
        for frame in reading.frames {
            let ours = try decode(frame.bytes)
            let theirs = try ffmpeg("-f mjpeg -i - -f rawvideo -pix_fmt rgb24 -", input: frame.bytes)
            // Without subsampled chroma the codecs differ by the rounding of their transforms only.
            #expect(difference(ours.pixels, theirs).mean < 1)
        }
    }

    @Test func truncationAtEveryByte() throws {
        let pictures = try jpegs(3, size: "16x16")
        let stream = pictures.flatMap { $0 }
        let ends = [pictures[0].count, pictures[0].count + pictures[1].count, stream.count]
        for length in 3..<stream.count {
            let reading = try read(Array(stream[..<length]))
            let whole = ends.count { $0 <= length }
            #expect(reading.frames.map(\.bytes) == Array(pictures.prefix(whole)), "cut at \(length)")
            #expect(reading.truncated == !ends.contains(length), "cut at \(length)")
        }
    }

    @Test func thumbnailsAreNoFrames() throws {
        let pictures = try jpegs(2)
        let thumbnail = try jpegs(1, size: "16x16")[0]
        let dressed = pictures.map { Self.withThumbnail($0, thumbnail) }
        let stream = dressed.flatMap { $0 }
        let reading = try read(stream)
        #expect(reading.frames.map(\.bytes) == dressed)
        for length in 3..<stream.count {
            let cut = try read(Array(stream[..<length]))
            #expect(
                cut.frames.map(\.bytes) == Array(dressed.prefix(length < dressed[0].count ? 0 : 1)), "cut at \(length)")
        }
    }

    @Test func restartMarkersStuffingAndFillBytes() throws {
        let header: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 4, 1, 2, 0xFF, 0xFF, 0xFF, 0xC4, 0, 2]
        let scan: [UInt8] = [0xFF, 0xDA, 0, 4, 9, 9, 1, 0xFF, 0x00, 2, 0xFF, 0xD3, 3, 0xFF, 0xFF, 0xD0, 4]
        let second: [UInt8] = [0xFF, 0xC4, 0, 3, 0xD9, 0xFF, 0xDA, 0, 3, 0xD8, 5, 0xFF, 0xD9]
        let picture = header + scan + second
        let reading = try read(picture + picture)
        #expect(reading.frames.map(\.bytes) == [picture, picture])
    }

    @Test func garbageBetweenPictures() throws {
        let pictures = try jpegs(3)
        let noise: [UInt8] = [1, 2, 0xFF, 0xD8, 3, 0xFF, 0xD9, 0xFF]
        let reading = try read(
            pictures[0] + noise + pictures[1] + [0, 0, 0x0D, 0x0A] + pictures[2] + noise,
            InputOptions(format: .mjpeg))
        #expect(reading.frames.map(\.bytes) == pictures)
        #expect(reading.frames.map(\.header.id) == [0, 1, 2])
        #expect(reading.corruptions.map(\.bytesSkipped) == [8, 7])
        #expect(reading.corruptions.map(\.reason) == [.garbage, .garbage])
        #expect(reading.truncated)  // the trailing FF may have been the beginning of a picture
    }

    @Test func aPictureWithoutItsEndIsLostAlone() throws {
        let pictures = try jpegs(3)
        let reading = try read(pictures[0] + pictures[1].dropLast(40) + pictures[2])
        #expect(reading.frames.map(\.bytes) == [pictures[0], pictures[2]])
        #expect(reading.frames.map(\.header.id) == [0, 2])
        #expect(reading.corruptions.map(\.lostFrame) == [1])
        #expect(reading.corruptions.map(\.bytesSkipped) == [pictures[1].count - 40])
    }

    @Test func aDamagedSegmentLengthHidesNoLaterPicture() throws {
        let pictures = try jpegs(4)
        var broken = pictures[1]
        let table = try #require(broken.indices.first { broken[$0] == 0xFF && broken[$0 + 1] == 0xC4 })
        broken[table + 2] = 0xFF
        for tail in [pictures[2] + pictures[3], pictures[2]] {
            let reading = try read(pictures[0] + broken + tail)
            #expect(reading.frames.first?.bytes == pictures[0])
            #expect(reading.frames.dropFirst().flatMap(\.bytes) == tail)
            #expect(reading.corruptions.count == 1)
        }
    }

    @Test func aFrameOfAnotherSizeMidStream() throws {
        let reading = try read(try jpegs(1, size: "64x48")[0] + jpegs(1, size: "32x24")[0])
        #expect(reading.frames.map(\.header.width) == [64, 32])
    }

    @Test func framesComeAsSoonAsTheirLastByte() throws {
        let picture = try jpegs(1)[0]
        let pipe = Pipe()
        let source = try withPath(of: pipe) {
            try FrameInput.open(
                $0, options: InputOptions(format: .mjpeg), stop: nil,
                feeding: { pipe.fileHandleForWriting.write(Data(picture)) })
        }
        var buffer = FrameBuffer()
        #expect(try source.next(into: &buffer) == .frame)
        #expect(Array(buffer.bytes.bytes) == picture)
        try pipe.fileHandleForWriting.close()
        #expect(try source.next(into: &buffer) == .end(truncated: false))
    }

    @Test func concatenatedPNG() throws {
        let stream = try ffmpeg("-f lavfi -i testsrc=s=20x14:r=10 -frames:v 3 -f image2pipe -c:v png -")
        let whole = try read(stream)
        #expect(whole.frames.map(\.header.payload) == [.png, .png, .png])
        #expect(whole.frames.flatMap(\.bytes) == stream)
        #expect(whole.frames.allSatisfy { $0.header.width == 20 && $0.header.height == 14 })
        let ends = (1...3).map { count in whole.frames.prefix(count).reduce(0) { $0 + $1.bytes.count } }
        for length in 4..<stream.count {
            let cut = try read(Array(stream[..<length]))
            #expect(cut.frames.count == ends.count { $0 <= length })
            #expect(cut.truncated == !ends.contains(length))
        }
    }
}

extension FrameInput {
    /// Opens after `feeding` has put the first bytes into a pipe, as opening waits for them.
    static func open(
        _ path: String, options: InputOptions, stop: StopSignal?, feeding: () -> Void
    ) throws -> any FrameSource {
        feeding()
        return try open(path, options: options, stop: stop)
    }
}
