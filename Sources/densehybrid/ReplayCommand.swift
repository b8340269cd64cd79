internal import ArgumentParser
internal import FrameIO

/// `densehybrid replay DRIVE`.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run a recorded drive: a folder with an optional times file, Y4M or MJPEG.",
        discussion: """
            Nothing is dropped, and the maps are the same bit for bit from run to run (--verify checks it).

            EXAMPLES
              densehybrid replay Pipelines/sample-drive --overlay overlays/ --frame-times times.csv
              densehybrid replay drive/ --start 10 --duration 5 --every 2 --openset maps/
              densehybrid replay drive/ --verify 5c0f...
            """)

    @Argument(help: "Folder or file.")
    var drive: String

    @Option(help: "none: as fast as it goes, without loss (the only pace so far).")
    var pace = "none"

    @Option(help: "Seconds from the first frame to the first one taken.")
    var start = 0.0

    @Option(help: "Seconds of the drive to take.")
    var duration: Double?

    @Option(help: "Passes over the drive; 0 is for ever.")
    var loop = 1

    @Option(help: "Take one of this many frames.")
    var every = 1

    @Option(help: "Most frames to take.")
    var frames: Int?

    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Stream") var options: StreamOptions

    func run() throws {
        guard pace == "none" else {
            throw ValidationError("--pace \(pace) is not built yet: this version replays with --pace none")
        }
        var selection = FrameSelection()
        selection.start = start
        selection.duration = duration
        selection.loop = loop
        selection.every = every
        selection.frames = frames
        try Streamer(model: model, options: options).run(drive, selection: selection)
    }
}
