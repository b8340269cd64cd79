internal import ArgumentParser
internal import FrameIO

/// `densehybrid replay DRIVE`.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run a recorded drive: MCAP, a folder with an optional times file, Y4M or MJPEG.",
        discussion: """
            Without --pace nothing is dropped, and the maps are the same bit for bit from run to run (--verify checks it).
            With --pace realtime or --rate frames come at their recorded times, and what cannot keep up is dropped as in a \
            car: by --queue (latest unless named), and with --budget-ms before the backbone.

            The capture time of a picture is in the sidecar of its folder (EuRoC, KITTI, TUM); in MCAP it is the stamp of \
            the ROS header or Foxglove's timestamp, else the publish time.

            With --out many drives are done one after the other, each into a folder of its own: those that are named, and \
            all below a folder of drives. A manifest is written last and its folder renamed then, so that a folder with a \
            name is complete even if the program was killed; --resume goes on from there. Start it once for each part \
            (--shard) on as many machines as there are; 'densehybrid merge' adds up. Exit code 1 if a drive was not done, \
            else 4 if a --fail-on gate tripped or 3 if input was lost in any, also in those that --resume kept.

            EXAMPLES
              densehybrid replay Pipelines/sample-drive --overlay overlays/ --frame-times times.csv
              densehybrid replay drive/ --start 10 --duration 5 --every 2 --openset maps/
              densehybrid replay drive.mcap --topic /camera/front --mcap results.mcap
              densehybrid replay drive.mcap --pace realtime --budget-ms 100 --fail-on drop
              densehybrid replay drive/ --decisions live.jsonl --openset maps/
              densehybrid replay drive/ --rate 2 --loop 0 --meta -
              densehybrid replay drive/ --verify 5c0f...
              densehybrid replay drives/ --out results/ --openset maps/ --meta meta.jsonl --resume
              densehybrid replay drives/ --out results/ --shard 0/4 --resume
            """)

    @Argument(help: "Folder or file; with --out several, and folders of drives.", completion: .file())
    var drives: [String]

    @Option(help: "none: as fast as it goes, without loss; realtime: at the recorded times (default: none).")
    var pace: String?

    @Option(name: .shortAndLong, help: "Recorded seconds that pass in a second; means --pace realtime.")
    var rate: Double?

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

    @OptionGroup(title: "Many drives") var batch: BatchArguments
    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Stream") var options: StreamOptions

    func run() throws {
        let pace = try Pace(replay: pace, rate: rate)
        var selection = FrameSelection()
        selection.start = start
        selection.duration = duration
        selection.loop = loop
        selection.every = every
        selection.frames = frames
        try batch.check(drives: drives)
        let streamer = Streamer(model: model, options: options, verb: "replay")
        if let out = batch.out {
            try Batcher(streamer: streamer, arguments: batch)
                .run(drives, out: out, selection: selection, pace: pace)
        } else {
            try streamer.run(drives[0], selection: selection, pace: pace)
        }
    }
}
