internal import ArgumentParser
internal import FrameIO

/// `densehybrid run [INPUT]`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Stream frames through the pipeline.",
        discussion: """
            INPUT is a file, a FIFO, a folder, a pattern such as shots/%06d.jpg, or - for standard input (also without \
            INPUT, when something is piped in).

            EXAMPLES
              ffmpeg -i drive.mp4 -f yuv4mpegpipe - | densehybrid run - --overlay - --format mjpeg | ffplay -
              ffmpeg -i drive.mp4 -f mjpeg - | densehybrid run - --openset maps/ --meta meta.jsonl
              ffmpeg -i drive.mp4 -f rawvideo -pix_fmt nv12 - | \\
                densehybrid run - --input-format raw --pixel-format nv12 --video-size 1280x720 --openset maps.y4m
              densehybrid run camera.fifo --budget-ms 100 --meta -
              densehybrid run camera.fifo --reopen --stall-timeout 1 --on-stall unknown --diagnostics health.jsonl
              densehybrid run camera.fifo --budget-ms 100 --metrics :9109
              densehybrid run camera.fifo --budget-ms 100 --mcap drive.mcap --mcap-content openset,overlay,meta
              densehybrid run camera.fifo --pipeline Pipelines/live-camera.yaml --decisions live.jsonl --openset maps/

            --metrics :9109 is looked at by opening http://127.0.0.1:9109/.

            Without a budget nothing is dropped: the reader waits. With --budget-ms the newest frame wins \
            (--queue latest), and late frames are dropped before the backbone, or \
            answered by the cheaper rungs of a ladder (--on-late degrade).

            When no map has been delivered for --stall-timeout seconds, --on-stall writes the last maps again or maps on \
            which all is unknown (JSON lines of status "stalled", never valid), or ends the stream with exit code 3. \
            A service manager (NOTIFY_SOCKET) is told READY=1, STATUS=, WATCHDOG=1 while no stage hangs, STOPPING=1.

            JPEG and PNG pictures are taken as stored; an EXIF orientation is not applied.
            """)

    @Argument(help: "File, FIFO, folder, pattern, or - for standard input (default: -).", completion: .file())
    var input: String?

    @Option(help: "Most frames to take.")
    var frames: Int?

    @Option(help: "Frames to leave out at the beginning.")
    var skip = 0

    @Option(help: "Take one of this many frames.")
    var every = 1

    @Flag(
        help: """
            Open the input again, with waits of 0.1 to 5 s, when its writer goes away, and wait for it when it is not \
            there: a FIFO, a device or a file. Frame numbers go on; only a signal, or --frames, ends the run.
            """)
    var reopen = false

    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Stream") var options: StreamOptions

    func run() throws {
        // Nothing is named and nothing piped in: most likely somebody wants to know what this verb does.
        if input == nil, model.score != "help", Console.inputIsTerminal {
            Console.error(DenseHybrid.helpMessage(for: RunCommand.self))
            throw ExitStatus(code: 2)
        }
        var selection = FrameSelection()
        selection.frames = frames
        selection.skip = skip
        selection.every = every
        try Streamer(model: model, options: options, verb: "run", reopens: reopen)
            .run(input ?? "-", selection: selection, pace: .input)
    }
}
