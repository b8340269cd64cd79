internal import ArgumentParser
internal import FrameIO
internal import Perception

/// Options that say what an input is.
struct InputArguments: ParsableArguments {
    @Option(name: .customLong("input-format"), help: "\(InputFormat.names); wins over the first bytes.")
    var inputFormat: String?

    @Option(name: .customLong("pixel-format"), help: "Raw video: \(PixelFormat.names).")
    var pixelFormat: String?

    @Option(name: .customLong("video-size"), help: "Raw video: WIDTHxHEIGHT.")
    var videoSize: String?

    @Option(help: "Declared frame rate: of raw video, and of what replay paces without times.")
    var framerate: String?

    @Option(name: .customLong("color-range"), help: "YUV range, limited or full, where the stream does not say it.")
    var colorRange: String?

    @Option(help: "MCAP: the topic with the frames (default: the only one with images).")
    var topic: String?

    func inputOptions() throws -> InputOptions {
        var options = InputOptions()
        options.topic = topic
        options.format = try inputFormat.map { name in
            guard let format = InputFormat(name: name) else {
                throw ValidationError("--input-format takes one of \(InputFormat.names), not '\(name)'")
            }
            return format
        }
        options.colorRange = try colorRange.map { name in
            guard let range = ColorRange(name: name) else {
                throw ValidationError("--color-range takes limited or full, not '\(name)'")
            }
            return range
        }
        options.frameRate = try framerate.map { text in
            guard let rate = FrameRate(text) else {
                throw ValidationError("--framerate takes a rate such as 25 or 30000/1001, not '\(text)'")
            }
            return rate
        }
        if pixelFormat != nil || videoSize != nil {
            guard let pixels = pixelFormat.flatMap(PixelFormat.init(name:)) else {
                throw ValidationError("raw video needs --pixel-format, one of \(PixelFormat.names)")
            }
            guard let videoSize else { throw ValidationError("raw video needs --video-size WIDTHxHEIGHT") }
            guard let size = NetworkSize(argument: videoSize) else {
                throw ValidationError(
                    "--video-size takes WIDTHxHEIGHT, each from 1 to 16384, not '\(videoSize)'")
            }
            options.raw = RawVideoLayout(
                pixelFormat: pixels, width: size.width, height: size.height,
                frameRate: options.frameRate)
        }
        return options
    }
}
