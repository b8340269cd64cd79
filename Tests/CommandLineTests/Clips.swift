import Foundation
import Testing

/// The same eight frames of 160x80 in every format, made once by ffmpeg.
enum Clips {
    static let frames = 8

    static func folder() throws -> Scratch { try made.get() }

    private static let made = Result<Scratch, any Error> {
        let scratch = try Scratch()
        let source = "-f lavfi -i testsrc=size=160x80:rate=10 -frames:v \(frames)"
        let ffmpeg = "ffmpeg -nostdin -loglevel error -y"
        let finished = try script(
            """
            set -e
            mkdir pictures
            \(ffmpeg) \(source) -pix_fmt yuv420p clip.y4m
            \(ffmpeg) \(source) -q:v 3 -pix_fmt yuvj420p -f mjpeg clip.mjpeg
            \(ffmpeg) \(source) -pix_fmt nv12 -f rawvideo clip.nv12
            \(ffmpeg) \(source) -pix_fmt rgb24 -f rawvideo clip.rgb24
            \(ffmpeg) \(source) -q:v 3 -pix_fmt yuvj420p pictures/%03d.jpg
            \(ffmpeg) -f lavfi -i testsrc=size=96x64:rate=10 -frames:v 1 -q:v 3 -pix_fmt yuvj420p other.jpg
            """, in: scratch)
        try #require(finished.code == 0, "ffmpeg failed (is the package ffmpeg installed?): \(finished.error)")
        return scratch
    }

    static func path(_ name: String) throws -> String { try folder().file(name) }

    /// The frames as JPEG pictures.
    static func pictures() throws -> [Data] {
        let folder = try folder()
        return try folder.names("pictures").map { try folder.bytes("pictures/\($0)") }
    }

    /// The picture with Huffman tables that no decoder can use; its markers stay where they are.
    static func damaged(_ picture: Data) throws -> Data {
        var bytes = [UInt8](picture)
        let table = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC4 })
        for index in table + 5..<table + 21 { bytes[index] = 0xFE }
        return Data(bytes)
    }

    /// A Motion JPEG file of these pictures in `scratch`.
    static func join(_ pictures: [Data], in scratch: Scratch) throws -> String {
        try scratch.write(pictures.reduce(Data(), +), to: "joined.mjpeg")
    }

    /// Frames that ffprobe decodes from a file.
    static func count(_ path: String, in scratch: Scratch, options: String = "") throws -> Int? {
        let finished = try script(
            "ffprobe -v error \(options) -count_frames -show_entries stream=nb_read_frames -of csv=p=0 '\(path)'",
            in: scratch)
        try #require(finished.code == 0, "ffprobe: \(finished.error)")
        return Int(String(decoding: finished.output, as: UTF8.self).filter(\.isNumber))
    }
}
