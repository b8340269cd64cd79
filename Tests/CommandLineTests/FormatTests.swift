import Foundation
import Testing

/// Every way in gives the same number of maps.
@Suite struct FormatTests {
    @Test(
        arguments: [
            ["clip.y4m"], ["clip.mjpeg"], ["pictures"],
            ["clip.nv12", "--input-format", "raw", "--pixel-format", "nv12", "--video-size", "160x80"],
            ["clip.rgb24", "--input-format", "raw", "--pixel-format", "rgb24", "--video-size", "160x80"],
        ])
    func filesAndFolders(arguments: [String]) throws {
        let scratch = try Scratch()
        let input = try Clips.path(arguments[0])
        let finished = try stream(["run", input] + arguments.dropFirst() + ["--openset", "maps/"], in: scratch)
        #expect(finished.code == 0)
        #expect(scratch.names("maps").count == Clips.frames)
        let summary = try Summary(scratch)
        #expect(summary.framesIn == Clips.frames && summary.delivered == Clips.frames)
        #expect(scratch.unfinished.isEmpty)
    }

    @Test(
        arguments: [
            "-pix_fmt yuv420p -f yuv4mpegpipe", "-f mjpeg",
            "-f rawvideo -pix_fmt nv12 - | cat; exit 0 #",
        ])
    func pipesFromFfmpeg(format: String) throws {
        let scratch = try Scratch()
        let raw = format.contains("nv12") ? "--input-format raw --pixel-format nv12 --video-size 160x80" : ""
        let sender = "ffmpeg -nostdin -loglevel error -i '\(try Clips.path("clip.y4m"))' \(format) -"
        let finished = try script(
            "(\(sender)\n) | \"$DH\" run - \(raw) --openset maps.y4m \"${SMALL[@]}\"", in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(try Clips.count("maps.y4m", in: scratch) == Clips.frames)
        #expect(try Summary(scratch).delivered == Clips.frames)
    }

    @Test func fifo() throws {
        let scratch = try Scratch()
        let finished = try script(
            "mkfifo camera; cat '\(try Clips.path("clip.mjpeg"))' > camera & "
                + "\"$DH\" run camera --openset maps/ \"${SMALL[@]}\"", in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(scratch.names("maps").count == Clips.frames)
        #expect(try Summary(scratch).delivered == Clips.frames)
    }

    @Test func overlaysPipedOnCanBeDecoded() throws {
        let scratch = try Scratch()
        let finished = try script(
            "ffmpeg -nostdin -loglevel error -i '\(try Clips.path("clip.y4m"))' -f yuv4mpegpipe - | "
                + "\"$DH\" run - --overlay - --format mjpeg \"${SMALL[@]}\" | cat > overlay.mjpeg", in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(try Clips.count("overlay.mjpeg", in: scratch, options: "-f mjpeg") == Clips.frames)
        #expect(try Summary(scratch).delivered == Clips.frames)
    }

    @Test func allMapsOfOneRunHaveTheFramesSize() throws {
        let scratch = try Scratch()
        let finished = try stream(
            [
                "replay", try Clips.path("pictures"), "--openset", "openset/", "--labels", "labels/", "--score-map",
                "scores/", "--overlay", "overlays/", "--frames", "2", "--format", "pgm",
            ], in: scratch)
        #expect(finished.code == 0)
        for folder in ["openset", "labels", "scores", "overlays"] { #expect(scratch.names(folder).count == 2) }
        // Files of a folder bear the source pictures' names.
        #expect(scratch.names("openset").allSatisfy { $0.hasPrefix("001.") || $0.hasPrefix("002.") })
        let map = try scratch.bytes("openset/" + scratch.names("openset")[0])
        #expect(map.starts(with: Data("P5".utf8)))
        #expect(map.count > 160 * 80 && map.count < 160 * 80 + 64)
        // K = 19 is unknown and 255 invalid: nothing else is a class.
        #expect(map.suffix(160 * 80).allSatisfy { $0 <= 19 || $0 == 255 })
    }

    /// Pictures that no camera sends, in one folder: each map has the size of its picture.
    @Test func unusualPictures() throws {
        let scratch = try Scratch()
        let sizes = ["dot": "1x1", "odd": "7x3", "tall": "3x500", "long": "9000x20", "deep": "64x48"]
        let made = try script(
            """
            make() {
                head -c $((${1%x*} * ${1#*x} * 3)) /dev/zero |
                    ffmpeg -loglevel error -y -f rawvideo -pix_fmt rgb24 -video_size $1 -i - "${@:2}"
            }
            set -e; mkdir pictures
            make 1x1 pictures/dot.png; make 7x3 -pix_fmt rgba pictures/odd.png; make 3x500 pictures/tall.png
            make 9000x20 -pix_fmt yuvj444p pictures/long.jpg; make 64x48 -pix_fmt rgb48be pictures/deep.png
            """, in: scratch)
        try #require(made.code == 0, "\(made.error)")
        let finished = try stream(
            ["run", "pictures", "--openset", "maps/", "--overlay", "overlays/", "--format", "png"], in: scratch)
        #expect(finished.code == 0, "\(finished.error)")
        #expect(try Summary(scratch).delivered == sizes.count)
        for (name, size) in sizes {
            for folder in ["maps", "overlays"] {
                let probe = try script(
                    "ffprobe -v error -show_entries stream=width,height -of csv=p=0:s=x \(folder)/\(name).png",
                    in: scratch)
                #expect(String(decoding: probe.output, as: UTF8.self).hasPrefix(size), "\(folder)/\(name)")
            }
        }
    }
}
