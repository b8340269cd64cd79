import Foundation
import TestSupport
import Testing

@testable import FrameIO

@Suite struct DecodeTests {
    static let source = "-f lavfi -i testsrc=s=37x23:r=1 -frames:v 1"

    @Test(
        "PNG of every kind equals ffmpeg's rgb24",
        arguments: ["rgb24", "gray", "rgba", "ya8", "pal8", "monob", "rgb48be", "gray16be", "rgba64be"], [false, true])
    func png(format: String, interlaced: Bool) throws {
        let flags = interlaced ? "-flags +ildct" : ""
        let picture = try ffmpeg("\(Self.source) -pix_fmt \(format) \(flags) -f image2pipe -c:v png -")
        let isDeep = format.contains("16") || format.contains("48") || format.contains("64")
        let reference = try ffmpeg("-f png_pipe -i - -pix_fmt rgb24 -f rawvideo -", input: picture)
        let ours = try decode(picture, .png)
        #expect("\(ours.width)x\(ours.height)" == "37x23")
        // ffmpeg cuts or dithers 16 bits to 8 where libpng rounds.
        #expect(difference(ours.pixels, reference).largest <= (isDeep ? 2 : 0))
    }

    /// Smooth colours: at hard edges two decoders' upsampling of chroma is not the same.
    private static let gradient = "-f lavfi -i gradients=s=37x23:c0=0x204060:c1=0xd0a080:x0=0:y0=0:x1=36:y1=22:n=2"

    @Test(
        "WebP of every kind equals ffmpeg's rgb24",
        arguments: [
            (source, "-c:v libwebp -lossless 1 -pix_fmt bgra", 0),
            ("\(gradient) -frames:v 1", "-c:v libwebp -quality 100", 8),
        ])
    func webp(source: String, encoder: String, most: Int) throws {
        let picture = try ffmpeg("\(source) \(encoder) -f image2pipe -")
        let reference = try ffmpeg("-f webp_pipe -i - -pix_fmt rgb24 -f rawvideo -", input: picture)
        let ours = try decode(picture, .webp)
        #expect("\(ours.width)x\(ours.height)" == "37x23")
        #expect(difference(ours.pixels, reference).largest <= most)
        // Alpha is left out, not blended: colour below full transparency is as it is stored.
        let clear = try ffmpeg(
            "\(Self.source) -vf format=bgra,colorchannelmixer=aa=0 -c:v libwebp -lossless 1 -f image2pipe -")
        #expect(try decode(clear, .webp).pixels.count == 37 * 23 * 3)
        for length in 0..<picture.count - 1 {
            #expect(throws: DecodeError.self, "WebP cut at \(length)") {
                _ = try decode(Array(picture[..<length]), .webp)
            }
        }
        var large = picture
        // The size in the frame header of a lossy picture, 14 bits each, behind its start code.
        if let start = large.indices.dropLast(6).first(where: { Array(large[$0..<$0 + 3]) == [0x9D, 0x01, 0x2A] }) {
            for index in 3...6 { large[start + index] = index % 2 == 0 ? 0x3F : 0xFF }
            #expect(throws: DecodeError.unacceptableSize(width: 16383, height: 16383)) {
                _ = try decode(large, .webp)
            }
        }
    }

    @Test func animationsAreNoPictures() throws {
        let film = try ffmpeg("-f lavfi -i testsrc=s=37x23:r=2 -frames:v 3 -c:v libwebp_anim -f webp -loop 0 -")
        let error = #expect(throws: DecodeError.self) { _ = try decode(film, .webp) }
        #expect(error.map { "\($0)".contains("animation") } == true)
    }

    @Test func jpegOfFourComponentsIsUnsupportedNotCorrupt() throws {
        var picture = try jpegs(1)[0]
        let frame = try #require(picture.indices.first { picture[$0] == 0xFF && picture[$0 + 1] == 0xC0 })
        picture[frame + 9] = 4
        let error = #expect(throws: DecodeError.self) { _ = try decode(picture) }
        guard case .unsupported(let text)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("CMYK"))
    }

    @Test func labelsComeAsTheyAreStored() throws {
        let scratch = try Scratch()
        for format in ["gray", "pal8"] {
            let path = scratch.file("\(format).png")
            try ffmpeg("\(Self.source) -pix_fmt \(format) \(path)")
            let raw = try ffmpeg("-i \(path) -pix_fmt \(format) -f rawvideo -")
            let image = try GrayImage(contentsOf: path)
            #expect(image.pixels == Array(raw.prefix(37 * 23)))
        }
        try ffmpeg("\(Self.source) -pix_fmt monob \(scratch.file("bits.png"))")
        #expect(Set(try GrayImage(contentsOf: scratch.file("bits.png")).pixels) == [0, 1])
        for format in ["rgb24", "gray16be", "ya8"] {
            try ffmpeg("\(Self.source) -pix_fmt \(format) \(scratch.file("x.png"))")
            #expect(message { _ = try GrayImage(contentsOf: scratch.file("x.png")) }.contains("one channel"))
        }
        #expect(message { _ = try GrayImage(contentsOf: scratch.file("absent.png")) }.contains("No such file"))
    }

    @Test func depthsComeAsTheyAreStored() throws {
        let scratch = try Scratch()
        let path = scratch.file("depth.png")
        try ffmpeg("\(Self.source) -pix_fmt gray16be \(path)")
        let raw = try ffmpeg("-i \(path) -pix_fmt gray16be -f rawvideo -")
        let image = try DepthImage(contentsOf: path)
        #expect(image.width * image.height == image.pixels.count && Set(image.pixels).count > 20)
        #expect(
            image.pixels.indices.allSatisfy { index in
                image.pixels[index] == UInt16(raw[2 * index]) << 8 | UInt16(raw[2 * index + 1])
            })
        for format in ["rgb48be", "gray", "ya16be"] {
            try ffmpeg("\(Self.source) -pix_fmt \(format) \(scratch.file("x.png"))")
            #expect(message { _ = try DepthImage(contentsOf: scratch.file("x.png")) }.contains("channel of 16 bits"))
        }
    }

    @Test func decodingIsBoundToTheHeader() throws {
        var picture = try jpegs(1)[0]
        let frame = try #require(picture.indices.first { picture[$0] == 0xFF && picture[$0 + 1] == 0xC0 })
        for (height, width) in [(0xFFFF, 0xFFFF), (0x4000, 0x1000), (0x4000, 0x4000)] {
            picture[frame + 5] = UInt8(height >> 8)
            picture[frame + 6] = UInt8(height & 255)
            picture[frame + 7] = UInt8(width >> 8)
            picture[frame + 8] = UInt8(width & 255)
            let expected: DecodeError =
                height * width > ImageLimits.maximumPixels
                ? .unacceptableSize(width: width, height: height)
                : .implausibleSize(width: width, height: height, bytes: picture.count)
            #expect(throws: expected) { _ = try decode(picture) }
        }
        var png = try ffmpeg("\(Self.source) -f image2pipe -c:v png -")
        png[17] = 0x10
        png[21] = 0x10
        #expect(throws: DecodeError.unacceptableSize(width: 0x100025, height: 0x100017)) {
            _ = try decode(png, .png)
        }
        png[17] = 0
        png[18] = 0x1C
        png[21] = 0
        png[22] = 0x1C
        #expect(throws: DecodeError.implausibleSize(width: 0x1C25, height: 0x1C17, bytes: png.count)) {
            _ = try decode(png, .png)
        }
    }

    @Test func truncatedPicturesAreErrors() throws {
        let picture = try jpegs(1, size: "64x48")[0]
        for length in 0..<picture.count {
            #expect(throws: DecodeError.self, "JPEG cut at \(length)") { _ = try decode(Array(picture[..<length])) }
        }
        // An end marker that somebody put behind half the data.
        let patched = picture.prefix(picture.count * 2 / 3) + [0xFF, 0xD9]
        #expect(throws: DecodeError.self) { _ = try decode(Array(patched)) }
        let png = try ffmpeg("\(Self.source) -f image2pipe -c:v png -")
        // IEND is the last 12 bytes; without its checksum the picture itself is whole.
        for length in 0..<(png.count - 12) {
            #expect(throws: DecodeError.self, "PNG cut at \(length)") { _ = try decode(Array(png[..<length]), .png) }
        }
        #expect(throws: DecodeError.truncated(codec: "PNG")) { _ = try decode(Array(png.dropLast(30)), .png) }
    }

    @Test func theDecoderGoesOnAfterAnError() throws {
        let decoder = try ImageDecoder()
        let pictures = try jpegs(2)
        var image = DecodedImage()
        for bytes in [pictures[0], Array(pictures[0].dropLast(100)), pictures[1]] {
            var frame = FrameBuffer()
            bytes.withUnsafeBytes { frame.bytes.append($0) }
            frame.header = FrameHeader(id: 0, payload: .jpeg, width: 0, height: 0, byteCount: bytes.count)
            try? decoder.decode(frame, into: &image)
            let hasPicture = image.view != nil
            #expect(hasPicture == (bytes.count >= pictures[1].count || bytes == pictures[0]))
        }
    }

    @Test func mutatedPicturesNeverCrash() throws {
        var random = SeededGenerator(label: "mutated pictures")
        let jpeg = try jpegs(1)[0]
        let png = try ffmpeg("\(Self.source) -pix_fmt pal8 -f image2pipe -c:v png -")
        var failures = 0
        let webp = try ffmpeg("\(Self.source) -c:v libwebp -f image2pipe -")
        for (picture, payload) in [(jpeg, FramePayload.jpeg), (png, .png), (webp, .webp)] {
            for _ in 0..<1500 {
                var bytes = picture
                for _ in 0...Int.random(in: 0..<6, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                do { _ = try decode(bytes, payload) } catch { failures += 1 }
            }
        }
        #expect(failures > 500)
    }
}
